// Events between two cells happen: gputme/ops/interactions/carry_out.py.
#include "interactions/meetings.h"

enum { TME_SEIZED, TME_EATEN, TME_FUSED };

TME_KERNEL carry_out(
    i64 n,                   // cells
    i64 m,                   // actors
    i32 attack,              // 1: cells may attack others
    i32 around,              // 1: events nearby come one after the other
    i32 blunting,            // 1: some that do damage may lack effect
    i64 round,
    u64 seed,
    i64 tick,                // the step's start
    i64 types,               // cell types
    i64 stride,              // length of a row of ruled
    i64 behaviours,          // behaviours of a type in table
    IN(real) table,          // [types * behaviours]
    IN(i32) slot,            // [behaviours]
    IN(real) ruled,          // [1] row slot[b] holds stride values of behaviour b
    IN(i32) needed,          // [types] hits that kill; 0: it does damage
    IN(i64) memory,          // [types] ticks after which hits count anew
    IN(i64) actors,          // [m] cells
    IN(u64) id,              // [n]
    IN(u8) type,             // [n]
    IN(i64) first,           // [n] key of the event that a cell is given to
    IN(u8) waits,            // [around * m] 1: an earlier event nearby comes before
    IN(i32) whom,            // [m] the other cell of an actor's next event
    IN(u8) what,             // [m] MEETING_
    INOUT(i64) when,         // [m] tick of that event
    INOUT(i64) clock,        // [m] tick from which on the next one is drawn
    INOUT(i32) at,           // [m] the cell that it holds; -1: none
    INOUT(i64) doom,         // [n] tick at which it is killed; 0: it is not
    INOUT(u64) held_id,      // [attack * n] id of the cell that it holds; 0: none
    INOUT(i64) held_since,   // [attack * n] tick
    INOUT(real) delivered,   // [attack * n] damage
    INOUT(i64) attack_time,  // [attack * n] ticks
    INOUT(i64) harm,         // [attack * n] damage in this step
    INOUT(i64) blunted,      // [blunting * n] of it by attackers, as far as they lack effect
    INOUT(i64) held_for,     // [blunting * n] ticks for which attackers held it with damage in this step, added up
    INOUT(u8) hits,          // [attack * n] that it has taken and that count
    INOUT(i64) last_hit,     // [attack * n] tick; 0: none
    INOUT(u8) mark,          // [n] 2: it is gone
    INOUT(i64) happened)     // [3] holds that began, cells eaten, cells fused: added to
{
    Books books = {delivered, attack_time, harm, blunting, blunted, held_for};
    TME_FOR(r, m) {
        if (when[r] == TME_NEVER) continue;
        i64 i = actors[r], j = whom[r], t = when[r], key = tme_key(round, tick, t, r), kind = type[i];
        if (first[i] != key || first[j] != key || (around && waits[r])) continue;  // an earlier one comes before
        Rates mine = {table, slot, ruled, stride, behaviours, kind, i};
        when[r] = TME_AGAIN, clock[r] = t;
        if (what[r] == MEETING_SEIZE) {
            at[r] = (i32)j, held_id[i] = id[j], held_since[i] = t;
            TME_ADD(happened + TME_SEIZED, 1);
        } else if (what[r] == MEETING_RELEASE) {
            tme_book(books, mine, j, held_since[i], t, tick, needed[kind] == 0);
            at[r] = -1, held_id[i] = 0, held_since[i] = 0;
        } else if (what[r] == MEETING_EAT || what[r] == MEETING_FUSE) {
            doom[j] = t, mark[j] = TME_GONE;
            TME_ADD(happened + (what[r] == MEETING_EAT ? TME_EATEN : TME_FUSED), 1);
        } else if (what[r] == MEETING_HIT) {
            bool long_ago = last_hit[j] == 0 || t - last_hit[j] > memory[kind];
            i32 taken = (long_ago ? 0 : hits[j]) + 1;
            bool enough = taken >= needed[kind];
            f64 effect = tme_rate(mine, B_ATTACK_EFFECT);
            bool kills = enough && tme_uniform(tme_random(seed, t, id[i], STREAM_MEET, 1).a) < effect && doom[j] == 0;
            hits[j] = (u8)(enough ? 0 : taken);
            last_hit[j] = tme_max(last_hit[j], t);
            if (kills) doom[j] = t;
        }
    }
}
