// Which of the events that name a cell comes first: gputme/ops/bonds/vie.py.
#include "tme.h"

TME_KERNEL vie(
    i64 n,             // cells
    i32 second,        // 0: times, 1: ids among the earliest
    IN(u64) id,        // [n]
    IN(i64) when,      // [n] tick of the event that the cell proposes
    IN(i32) whom,      // [n] the other cell of it
    INOUT(i64) first,  // [n] less the tick of the first event that names the cell: raised
    INOUT(i64) who)    // [n] less the id of who proposes it: raised
{
    TME_FOR(i, n) {
        if (when[i] >= TME_NEVER) continue;
        for (i32 side = 0; side < 2; side++) {
            i64 c = side ? whom[i] : i;
            if (!second) TME_MAX(first + c, -when[i]);
            else if (first[c] == -when[i]) TME_MAX(who + c, -(i64)id[i]);
        }
    }
}
