// How many living cells there are of one type: gputme/ops/census/headcount.py.
#include "tme.h"

TME_KERNEL headcount(
    i64 n,             // cells
    i64 parts,         // shares of the cells
    i32 kind,          // the type that is counted
    IN(u8) type,       // [n]
    IN(u8) death,      // [n]
    INOUT(i64) count)  // [1] raised
{
    TME_FOR(part, parts) {
        i64 found = 0;
        TME_SLICE(i, n, part, parts) found += (type[i] == kind) & (death[i] == ALIVE);
        if (found) TME_ADD(count, found);
    }
}
