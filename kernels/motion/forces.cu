// Velocity, pressure and stiffness of each cell by its neighbours. Equation, units: gputme/ops/motion/forces.py.
#include "neighbours/neighbours.h"
#include "motion/pair.h"

// What neighbours do, added up: velocity, pressure, K (see gputme/ops/motion/forces.py).
struct Sums { real x, y, z, squeeze, xx, yy, zz, xy, xz, yz; };

TME_KERNEL forces(
    i64 n,                      // cells
    i64 nx, i64 ny, i64 nz,     // bins
    real wx, real wy, real wz,  // um, period of an axis; 0: walls
    i32 planar,                 // 1: cells stay in their plane
    i32 measure,                // 1: write the stiffness
    i32 paired,                 // 1: strengths by pair of types; 0: by cell
    i64 types,                  // cell types
    i64 affinity,               // number of the first affinity among the behaviours
    i64 stride,                 // length of a row of ruled
    i64 behaviours,             // behaviours of a type in table
    IN(real) table,             // [types * behaviours]
    IN(i32) slot,               // [behaviours]
    IN(real) ruled,             // [1] row slot[b] holds stride values of behaviour b
    IN(real) repulsion,         // [types * types] um/min, by pair
    IN(real) adhesion,          // [types * types] um/min, by pair
    IN(i64) start,              // [nx * ny * nz + 1] first place of each bin
    IN(i32) bin,                // [n] by cell
    IN(i32) order,              // [n] cell at each place
    IN(u64) id,                 // [n] by cell
    IN(u8) kind,                // [n] by place, as all that follow but the results
    IN(real) size,              // [n] um, radius
    IN(real) reach,             // [n] um, adhesion distance
    IN(real) sx,                // [n] um
    IN(real) sy,                // [n] um
    IN(real) sz,                // [n] um
    OUT(real) vx,               // [n] um/min, by cell
    OUT(real) vy,               // [n] um/min
    OUT(real) vz,               // [n] um/min
    OUT(real) pressure,         // [n]
    OUT(real) stiffness)        // [n] 1/min
{
    const real CLOSE_PACKED = (real)(1.0 / 0.0272888);
    Bins bins = {nx, ny, nz, wx, wy, wz, start};
    Packed cells = {sx, sy, sz, size, reach};
    Strengths strengths = {paired, types, affinity, stride, behaviours, table, slot, ruled, repulsion, adhesion};
    TME_FOR(k, n) {
        i64 i = order[k], ti = kind[k];
        real radius = size[k], far = reach[k];
        Sums s = {};
        tme_neighbours(bins, cells, k, bin[i], [&](Near& near) {
            real touch[TME_NEAR], hold[TME_NEAR], push[TME_NEAR], pull[TME_NEAR];  // of each neighbour
            real a[TME_NEAR], b[TME_NEAR], g[TME_NEAR], h[TME_NEAR];
            i32 lanes = tme_lanes(near.count);
            for (i32 l = 0; l < lanes; l++) {
                i64 j = near.place[l], tj = kind[j];
                touch[l] = radius + size[j];
                hold[l] = far + reach[j];
                Strength of = tme_strength(strengths, i, ti, order[j], tj);
                push[l] = of.push;
                pull[l] = of.pull;
                if (tme_coincide(near.d2[l])) {
                    Apart away = tme_apart(id[i], id[order[j]], planar != 0);
                    near.d2[l] = TME_NEAREST * TME_NEAREST;
                    near.dx[l] = away.x;
                    near.dy[l] = away.y;
                    near.dz[l] = away.z;
                }
            }
            for (i32 l = 0; l < lanes; l++) {
                real d = tme_sqrt(near.d2[l]);
                a[l] = tme_max(1 - d / touch[l], (real)0);
                b[l] = tme_max(1 - d / hold[l], (real)0);
                g[l] = (push[l] * (a[l] * a[l]) - pull[l] * (b[l] * b[l])) / d;
            }
            for (i32 l = 0; l < near.count; l++) {
                s.x = s.x + g[l] * near.dx[l];
                s.y = s.y + g[l] * near.dy[l];
                s.z = s.z + g[l] * near.dz[l];
                s.squeeze = s.squeeze + a[l] * a[l];
            }
            if (measure) {
                for (i32 l = 0; l < lanes; l++) {
                    real slope = push[l] * a[l] / touch[l] - pull[l] * b[l] / hold[l];
                    h[l] = 2 * (slope < 0 ? -slope : slope) / near.d2[l];
                }
                for (i32 l = 0; l < near.count; l++) {
                    real dx = near.dx[l], dy = near.dy[l], dz = near.dz[l];
                    real ux = h[l] * dx, uy = h[l] * dy, uz = h[l] * dz;
                    s.xx = s.xx + ux * dx;
                    s.yy = s.yy + uy * dy;
                    s.zz = s.zz + uz * dz;
                    s.xy = s.xy + ux * dy;
                    s.xz = s.xz + ux * dz;
                    s.yz = s.yz + uy * dz;
                }
            }
        });
        vx[i] = tme_flush(s.x);
        vy[i] = tme_flush(s.y);
        vz[i] = tme_flush(s.z);
        pressure[i] = tme_flush(s.squeeze * CLOSE_PACKED);
        if (measure) {
            real xy = s.xy < 0 ? -s.xy : s.xy;
            real xz = s.xz < 0 ? -s.xz : s.xz;
            real yz = s.yz < 0 ? -s.yz : s.yz;
            real row = tme_max(s.xx + xy + xz, s.yy + xy + yz);
            stiffness[i] = tme_flush(tme_max(row, s.zz + xz + yz));
        }
    }
}
