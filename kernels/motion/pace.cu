// In how many steps each cell goes through a base step, by itself, and how far it may come: gputme/ops/motion/pace.py.
#include "behaviour.h"
#include "motion/ways.h"

TME_KERNEL pace(
    i64 n,              // cells
    i64 parts,          // work items: shares of the cells
    i64 types,          // cell types
    real minutes,       // min, the base step
    real accuracy,      // radii a cell may be off in its first step
    i64 stride,         // length of a row of ruled
    i64 behaviours,     // behaviours of a type in table
    IN(real) table,     // [types * behaviours]
    IN(i32) slot,       // [behaviours]
    IN(real) ruled,     // [1] row slot[b] holds stride values of behaviour b
    IN(i32) order,      // [n] cell at each place
    IN(u8) kind,        // [n] by place
    IN(real) size,      // [n] um, radius, by place
    IN(real) reach,     // [n] um, adhesion distance, by place
    IN(real) vx,        // [n] um/min, by forces, by cell
    IN(real) vy,        // [n] um/min
    IN(real) vz,        // [n] um/min
    IN(real) stiffness, // [n] 1/min, by cell
    IN(real) dx,        // [n] um, displacement by motility, by cell
    IN(real) dy,        // [n] um
    IN(real) dz,        // [n] um
    OUT(real) wide,     // [n] um, reach and the way that it may go, by place
    OUT(i64) level,     // [n] exponent of the number of steps, by place
    OUT(i32) seeds,     // [n] places of the cells that others may have to heed, in any order
    INOUT(i64) found,   // [1] of them: raised
    INOUT(i64) peak)    // [4] bits of float64, raised: stability, displacement, accuracy in 1/min; wide in um
{
    TME_FOR(part, parts) {
        real m[4] = {0, 0, 0, 0};
        TME_SLICE(k, n, part, parts) {
            i64 i = order[k];
            bool moves = tme_behaviour(table, slot, ruled, stride, behaviours, kind[k], B_MOVABLE, i) > 0;
            real v2 = vx[i] * vx[i] + vy[i] * vy[i], d2 = dx[i] * dx[i] + dy[i] * dy[i];
            real v = tme_sqrt(v2 + vz[i] * vz[i]), walk = tme_sqrt(d2 + dz[i] * dz[i]);
            real r = size[k], rate = 2 * stiffness[i];
            real stable = rate / TME_STABLE, goes = v / (TME_FAR * r);
            real bends = tme_sqrt((real)0.5 * rate * v / (accuracy * r));
            real asked = tme_max(tme_max(stable, goes), bends) * minutes, push = v * minutes;
            real far = tme_max(r, reach[k]) + (moves ? walk + tme_min(push, (real)0.5 * r) : (real)0);
            wide[k] = far;
            m[3] = tme_max(m[3], far);
            level[k] = moves ? tme_exponent(asked) : 0;
            if (!moves) continue;
            m[0] = tme_max(m[0], stable);
            m[1] = tme_max(m[1], goes);
            m[2] = tme_max(m[2], bends);
            if ((asked > 1) | (push + walk > TME_FAR * r)) seeds[TME_FETCH_ADD(found, 1)] = (i32)k;
        }
        for (int q = 0; q < 4; q++) TME_MAX(peak + q, tme_bits((f64)m[q]));
    }
}
