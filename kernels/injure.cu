// Damage that accumulates and is repaired, over one step: gputme/ops/injure.py.
#include "behaviour.h"
#include "dither.h"
#include "maths.h"

TME_KERNEL injure(
    i64 n,                // cells
    i64 types,            // cell types
    i64 tick,             // the step's start, key of the rounding
    f64 dt,               // min
    i64 stride,           // length of a row of ruled
    i64 behaviours,       // behaviours of a type in table
    IN(real) table,       // [types * behaviours]
    IN(i32) slot,         // [behaviours]
    IN(real) ruled,       // [1] row slot[b] holds stride values of behaviour b
    IN(u64) id,           // [n]
    IN(u8) type,          // [n]
    IN(u8) death,         // [n]
    INOUT(real) damage)   // [n]
{
    const i64 RATE = 9, REPAIR = 10;  // columns.Behaviours
    TME_FOR(i, n) {
        if (death[i]) continue;
        f64 rate = tme_behaviour(table, slot, ruled, stride, behaviours, type[i], RATE, i);
        f64 repair = tme_behaviour(table, slot, ruled, stride, behaviours, type[i], REPAIR, i);
        f64 x = repair * dt, stays = tme_exp(-x);
        f64 gain = x < 1e-5 ? dt - 0.5 * x * dt : (1.0 - stays) / repair;
        damage[i] = tme_flush(tme_dither(damage[i] * stays + rate * gain, tme_mix(tick, id[i]), 0));
    }
}
