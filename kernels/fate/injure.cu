// Damage that accumulates and is repaired, up to a step's end: gputme/ops/fate/injure.py.
#include "behaviour.h"
#include "fate/relax.h"

TME_KERNEL injure(
    i64 n,                // cells
    i64 types,            // cell types
    i64 tick,             // the step's start
    i64 end,              // tick, the step's end
    i32 attack,           // 1: others may do damage to cells
    i64 stride,           // length of a row of ruled
    i64 behaviours,       // behaviours of a type in table
    IN(real) table,       // [types * behaviours]
    IN(i32) slot,         // [behaviours]
    IN(real) ruled,       // [1] row slot[b] holds stride values of behaviour b
    IN(u64) id,           // [n]
    IN(u8) type,          // [n]
    IN(i64) phase_start,  // [n] tick of the last event (of switching cells `carried`): damage is that of then, or of the step's start
    IN(u8) death,         // [n]
    IN(i64) harm,         // [attack * n] damage by others in the step
    INOUT(real) damage)   // [n]
{
    TME_FOR(i, n) {
        if (death[i]) continue;
        f64 rate = tme_behaviour(table, slot, ruled, stride, behaviours, type[i], B_DAMAGE_RATE, i);
        f64 repair = tme_behaviour(table, slot, ruled, stride, behaviours, type[i], B_DAMAGE_REPAIR, i);
        if (attack) rate = rate + tme_harmed(harm[i], tick, end);
        i64 since = tme_max(tick, phase_start[i]);
        f64 now = tme_damaged(damage[i], rate, repair, (f64)(end - since) * (1.0 / TME_TICKS));
        damage[i] = tme_flush(tme_dither(now, tme_mix(since, id[i]), 0));
    }
}
