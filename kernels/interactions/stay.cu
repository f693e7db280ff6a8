// Cells that hold another do not walk, unless their type does: gputme/ops/interactions/stay.py.
#include "tme.h"

TME_KERNEL stay(
    i64 n,            // cells
    i64 types,        // cell types
    IN(u8) walks,     // [types] 1: goes on
    IN(u8) type,      // [n]
    IN(u64) held_id,   // [n] id of the cell that it holds; 0: none
    INOUT(real) dx,   // [n] um
    INOUT(real) dy,   // [n] um
    INOUT(real) dz)   // [n] um
{
    TME_FOR(i, n) {
        if (held_id[i] && !walks[type[i]]) dx[i] = dy[i] = dz[i] = 0;
    }
}
