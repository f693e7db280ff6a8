// Asymmetric division: daughters that turn into another type at birth. Meaning: gputme/ops/fate/differentiate.py.
#include "behaviour.h"
#include "philox.h"

TME_KERNEL differentiate(
    i64 m,                   // daughters
    i64 n,                   // cells before: daughters stand behind them
    i64 types,               // cell types
    u64 seed,
    i64 stride,              // length of a row of ruled
    i64 behaviours,          // behaviours of a type in table
    i64 asymmetric,          // number of the behaviour "asymmetric division to type 0"
    IN(real) table,          // [types * behaviours]
    IN(i32) slot,            // [behaviours]
    INOUT(real) ruled,       // [1] row slot[b] holds stride values of behaviour b
    IN(real) target,         // [types] um3, nuclear solids of a newborn
    IN(u64) parent,          // [n + m]
    IN(i64) birth,           // [n + m] tick, the time of the division
    INOUT(u8) type,          // [n + m]
    INOUT(u8) phase,         // [n + m]
    INOUT(real) nuclear_target,  // [n + m] um3
    INOUT(i64) turned)       // [1] daughters that have turned
{
    TME_FOR(k, m) {
        i64 d = n + k, own = type[d], into = own;
        f64 total = 0;
        for (i64 t = 0; t < types; t++)
            total = total + (t == own ? 0.0 : (f64)tme_behaviour(table, slot, ruled, stride, behaviours, own,
                                                                 asymmetric + t, d));
        f64 u = tme_uniform(tme_random(seed, birth[d], parent[d], STREAM_DIVISION, 1).a) * tme_max(total, 1.0);
        f64 reached = 0;
        for (i64 t = 0; t < types && into == own; t++) {
            reached = reached + (t == own ? 0.0 : (f64)tme_behaviour(table, slot, ruled, stride, behaviours, own,
                                                                     asymmetric + t, d));
            if (u < reached) into = t;
        }
        if (into == own) continue;
        type[d] = (u8)into;
        phase[d] = 0;
        nuclear_target[d] = target[into];
        for (i64 b = 0; b < behaviours; b++)  // until rules look at it, it does what its type does
            if (slot[b] >= 0) ruled[slot[b] * stride + d] = table[into * behaviours + b];
        TME_ADD(turned, 1);
    }
}
