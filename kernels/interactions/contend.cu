// Events ask for the two cells that they are of: gputme/ops/interactions/contend.py.
#include "interactions/meetings.h"

TME_KERNEL contend(
    i64 n,             // cells
    i64 m,             // actors
    i64 round,
    i64 tick,          // the step's start
    IN(i64) actors,    // [m] cells
    IN(i64) when,      // [m] tick of the next event
    IN(i32) whom,      // [m] the other cell
    INOUT(i64) first)  // [n] key of the event that a cell is given to: raised
{
    TME_FOR(r, m) {
        if (when[r] == TME_NEVER) continue;
        i64 key = tme_key(round, tick, when[r], r);
        TME_MAX(first + actors[r], key);
        TME_MAX(first + whom[r], key);
    }
}
