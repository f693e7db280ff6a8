// Springs between cells that are attached, added to velocity and stiffness. Equation: gputme/ops/bonds/springs.py.
#include "bonds/bonds.h"
#include "neighbours/neighbours.h"

TME_KERNEL springs(
    i64 n,                      // cells
    i64 rows,                   // most partners of a cell
    i32 measure,                // 1: add to the stiffness
    real wx, real wy, real wz,  // um, period of an axis; 0: walls
    i64 types,                  // cell types
    i64 affinity,               // number of the first affinity among the behaviours
    i64 stride,                 // length of a row of ruled and of mate
    i64 behaviours,             // behaviours of a type in table
    IN(real) table,             // [types * behaviours]
    IN(i32) slot,               // [behaviours]
    IN(real) ruled,             // [1] row slot[b] holds stride values of behaviour b
    IN(u8) type,                // [n]
    IN(i32) mate,               // [rows * stride] places of partners, the first first; -1: none
    IN(real) x,                 // [n] um
    IN(real) y,                 // [n] um
    IN(real) z,                 // [n] um
    INOUT(real) vx,             // [n] um/min
    INOUT(real) vy,             // [n] um/min
    INOUT(real) vz,             // [n] um/min
    INOUT(real) stiffness)      // [n] 1/min
{
    Conduct conduct = {affinity, stride, behaviours, table, slot, ruled, type};
    TME_FOR(i, n) {
        if (rows == 0 || mate[i] < 0) continue;
        real fx = 0, fy = 0, fz = 0, total = 0;
        for (i64 r = 0; r < rows; r++) {
            i64 j = mate[r * stride + i];
            if (j < 0) continue;
            real k = tme_elastic(conduct, i, j), qx = x[j] - x[i], qy = y[j] - y[i], qz = z[j] - z[i];
            if (wx > 0) qx = tme_nearest(qx, wx);
            if (wy > 0) qy = tme_nearest(qy, wy);
            if (wz > 0) qz = tme_nearest(qz, wz);
            fx = fx + k * qx;
            fy = fy + k * qy;
            fz = fz + k * qz;
            total = total + k;
        }
        vx[i] = tme_flush(vx[i] + fx);
        vy[i] = tme_flush(vy[i] + fy);
        vz[i] = tme_flush(vz[i] + fz);
        if (measure) stiffness[i] = tme_flush(stiffness[i] + total);
    }
}
