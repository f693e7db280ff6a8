// How many mechanics steps a minute the cells ask for: gputme/ops/motion/demand.py.
#include "behaviour.h"

TME_KERNEL demand(
    i64 n,              // cells
    i64 parts,          // work items: shares of the cells
    i64 types,          // cell types
    real accuracy,      // radii a cell may be off in its first step
    i64 stride,         // length of a row of ruled
    i64 behaviours,     // behaviours of a type in table
    IN(real) table,     // [types * behaviours]
    IN(i32) slot,       // [behaviours]
    IN(real) ruled,     // [1] row slot[b] holds stride values of behaviour b
    IN(u8) type,        // [n]
    IN(u8) death,       // [n]
    IN(real) radius,    // [n] um
    IN(real) vx,        // [n] um/min, by forces
    IN(real) vy,        // [n] um/min
    IN(real) vz,        // [n] um/min
    IN(real) stiffness, // [n] 1/min
    INOUT(i64) peak)    // [3] 1/min, bits of float64: raised by stability, displacement, accuracy
{
    const real STABLE = (real)0.7, FAR = (real)0.1;
    TME_FOR(part, parts) {
        real m[3] = {0, 0, 0};
        TME_SLICE(i, n, part, parts) {
            real movable = tme_behaviour(table, slot, ruled, stride, behaviours, type[i], B_MOVABLE, i);
            real speed = tme_behaviour(table, slot, ruled, stride, behaviours, type[i], B_SPEED, i);
            if (!(movable > 0)) continue;
            real v2 = vx[i] * vx[i] + vy[i] * vy[i];
            real v = tme_sqrt(v2 + vz[i] * vz[i]), rate = 2 * stiffness[i];
            real crawl = death[i] == 0 ? speed : (real)0;
            m[0] = tme_max(m[0], rate / STABLE);
            m[1] = tme_max(m[1], (v + crawl) / (FAR * radius[i]));
            m[2] = tme_max(m[2], tme_sqrt((real)0.5 * rate * v / (accuracy * radius[i])));
        }
        for (int q = 0; q < 3; q++) TME_MAX(peak + q, tme_bits((f64)m[q]));
    }
}
