// What holds add up to at the end of a step: gputme/ops/interactions/conclude.py.
#include "interactions/meetings.h"

TME_KERNEL conclude(
    i64 n,                   // cells
    i64 m,                   // actors
    i32 blunting,            // 1: some that do damage may lack effect
    i64 tick,                // the step's start
    i64 end,                 // tick at which it ends
    i64 types,               // cell types
    i64 stride,              // length of a row of ruled
    i64 behaviours,          // behaviours of a type in table
    IN(real) table,          // [types * behaviours]
    IN(i32) slot,            // [behaviours]
    IN(real) ruled,          // [1] row slot[b] holds stride values of behaviour b
    IN(i32) needed,          // [types] hits that kill; 0: it does damage
    IN(i64) actors,          // [m] cells
    IN(i32) at,              // [m] the cell that each holds; -1: none
    IN(u8) type,             // [n]
    IN(i64) doom,            // [n] tick at which it is killed; 0: it is not
    INOUT(u64) held_id,       // [n] id of the cell that it holds; 0: none
    INOUT(i64) held_since,   // [n] tick
    INOUT(real) delivered,   // [n] damage
    INOUT(i64) attack_time,  // [n] ticks
    INOUT(i64) harm,         // [n] damage in this step
    INOUT(i64) blunted,      // [blunting * n] of it by attackers, as far as they lack effect
    INOUT(i64) held_for)     // [blunting * n] ticks for which attackers held it with damage in this step, added up
{
    Books books = {delivered, attack_time, harm, blunting, blunted, held_for};
    TME_FOR(r, m) {
        if (at[r] < 0) continue;
        i64 i = actors[r];
        Rates mine = {table, slot, ruled, stride, behaviours, type[i], i};
        i64 until = doom[i] > 0 ? tme_min(doom[i], end) : end;
        tme_book(books, mine, at[r], held_since[i], until, tick, needed[type[i]] == 0);
        if (doom[i] > 0) held_id[i] = 0, held_since[i] = 0;
    }
}
