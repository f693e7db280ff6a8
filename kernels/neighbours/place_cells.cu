// Counting sort: each cell takes the next free place of its bin, from the back: gputme/ops/neighbours/place_cells.py.
#include "tme.h"

TME_KERNEL place_cells(
    i64 n,             // cells
    i64 bins,          // bins
    IN(i32) bin,       // [n]
    INOUT(i64) start,  // [bins + 1] in: where each bin ends; out: where it starts
    OUT(i32) order)    // [n] cells bin by bin, within a bin in any order
{
    TME_FOR(i, n) order[TME_FETCH_ADD(start + bin[i], -1) - 1] = (i32)i;
}
