// Cells of a bin in the order of their ids: insertion sort of a handful. Meaning: gputme/ops/neighbours/sort_bins.py.
#include "tme.h"

TME_KERNEL sort_bins(
    i64 n,             // cells
    i64 bins,          // bins
    IN(i64) start,     // [bins + 1] bin b holds places start[b] .. start[b + 1] - 1
    IN(u64) id,        // [n] by cell
    INOUT(i32) order)  // [n] cells bin by bin
{
    TME_FOR(b, bins) {
        for (i64 k = start[b] + 1; k < start[b + 1]; k++) {
            i32 cell = order[k];
            u64 key = id[cell];
            i64 place = k;
            for (; place > start[b] && id[order[place - 1]] > key; place--) order[place] = order[place - 1];
            order[place] = cell;
        }
    }
}
