// Springs at the time of a sub-step, for the cells whose turn it is. Equation: gputme/ops/bonds/tug.py.
#include "bonds/bonds.h"
#include "motion/ways.h"
#include "neighbours/neighbours.h"

TME_KERNEL tug(
    i64 n,                      // cells
    i64 turn,                   // cells whose turn it is: the first of the active
    i64 now, i64 top,           // this is sub-step `now` of 2^top
    real minutes,               // min, the base step
    i32 joins,                  // 1: it is added to what pulls already
    i64 rows,                   // most partners of a cell
    real wx, real wy, real wz,  // um, period of an axis; 0: walls
    i64 types,                  // cell types
    i64 affinity,               // number of the first affinity among the behaviours
    i64 stride,                 // length of a row of ruled and of mate
    i64 behaviours,             // behaviours of a type in table
    IN(real) table,             // [types * behaviours]
    IN(i32) slot,               // [behaviours]
    IN(real) ruled,             // [1] row slot[b] holds stride values of behaviour b
    IN(u8) type,                // [n] by cell
    IN(i32) mate,               // [rows * stride] partners by cell; -1: none
    IN(i32) active,             // [turn] places
    IN(i32) order,              // [n] cell at each place
    IN(i32) place,              // [n] place of each cell
    IN(real) way,               // [16 * n] by place
    INOUT(real) tx,             // [turn] um/min
    INOUT(real) ty,             // [turn] um/min
    INOUT(real) tz)             // [turn] um/min
{
    Conduct conduct = {affinity, stride, behaviours, table, slot, ruled, type};
    real t = minutes * tme_share(top) * (real)now;
    TME_FOR(a, turn) {
        i64 k = active[a], i = order[k];
        const real* mine = way + TME_WAY * k;
        mine += 8 * tme_half(now, top, (i64)mine[11]);
        real x = mine[0] + mine[4] * t, y = mine[1] + mine[5] * t, z = mine[2] + mine[6] * t;
        real fx = 0, fy = 0, fz = 0;
        for (i64 r = 0; r < rows; r++) {
            i64 j = mate[r * stride + i];
            if (j < 0) continue;
            const real* other = way + TME_WAY * place[j];
            other += 8 * tme_half(now, top, (i64)other[11]);
            real k_ij = tme_elastic(conduct, i, j);
            real qx = (other[0] + other[4] * t) - x, qy = (other[1] + other[5] * t) - y;
            real qz = (other[2] + other[6] * t) - z;
            if (wx > 0) qx = tme_nearest(qx, wx);
            if (wy > 0) qy = tme_nearest(qy, wy);
            if (wz > 0) qz = tme_nearest(qz, wz);
            fx = fx + k_ij * qx;
            fy = fy + k_ij * qy;
            fz = fz + k_ij * qz;
        }
        tx[a] = tme_join(joins, tx[a], tme_flush(fx));
        ty[a] = tme_join(joins, ty[a], tme_flush(fy));
        tz[a] = tme_join(joins, tz[a], tme_flush(fz));
    }
}
