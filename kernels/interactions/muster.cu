// Who may act on others in this step: gputme/ops/interactions/muster.py.
#include "tme.h"

TME_KERNEL muster(
    i64 n,             // cells
    i32 attack,        // 1: cells may attack others
    i32 blunting,      // 1: some that do damage may lack effect
    i64 types,         // cell types
    IN(u8) acts,       // [types] whether cells of the type do something to others
    IN(i32) order,     // [n] cell at each place
    IN(u8) type,       // [n]
    IN(u8) death,      // [n]
    INOUT(u64) held_id, // [attack * n] id of the cell that it holds
    OUT(i64) doom,     // [n] tick
    INOUT(i64) harm,   // [attack * n]
    OUT(i64) blunted,  // [blunting * n]
    OUT(i64) held_for, // [blunting * n]
    OUT(u8) mark,      // [n] 1: it acts
    OUT(i32) seat,     // [n] its place
    OUT(i64) first,    // [n] key of the event that goes first
    INOUT(i64) count)  // [1] who act
{
    TME_FOR(k, n) {
        i64 i = order[k];
        bool alive = death[i] == ALIVE, busy = acts[type[i]];
        seat[i] = (i32)k;
        if (attack) {
            if (!alive) held_id[i] = 0;
            harm[i] = 0;
            busy = busy || held_id[i];
        }
        if (blunting) blunted[i] = held_for[i] = 0;
        first[i] = doom[i] = 0;
        mark[i] = alive && busy;
        if (mark[i]) TME_ADD(count, 1);
    }
}
