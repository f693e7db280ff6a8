// Death ends what a cell exchanges: gputme/ops/fate/cease.py.
#include "tme.h"

TME_KERNEL cease(
    i64 n,                 // cells
    i64 types,             // cell types
    i64 stride,            // length of a row of ruled
    i64 since,             // tick after which a cell must have died
    i64 count,             // behaviours
    IN(i32) row,           // [count] their rows in ruled
    IN(real) factor,       // [count * types]
    IN(u8) type,           // [n]
    IN(u8) death,          // [n]
    IN(i64) phase_start,   // [n] tick; of the dead: when they died
    INOUT(real) ruled)     // [1] rows of behaviours
{
    TME_FOR(i, n) {
        if (death[i] == 0 || phase_start[i] <= since) continue;
        for (i64 k = 0; k < count; k++) {
            i64 at = row[k] * stride + i;
            ruled[at] = tme_flush(ruled[at] * factor[k * types + type[i]]);
        }
    }
}
