// Shares of a sum, one of each thread, become one number. Meaning: gputme/ops/fields/add_up.py.
#include "tme.h"

TME_KERNEL add_up(
    i64 parts,          // shares of the sum
    i64 heaps,          // work items: each adds up some of them
    IN(i64) shares,     // [parts]
    INOUT(i64) total)   // [1] raised
{
    TME_FOR(heap, heaps) {
        i64 sum = 0;
        TME_SLICE(i, parts, heap, heaps) sum += shares[i];
        TME_ADD(total, sum);
    }
}
