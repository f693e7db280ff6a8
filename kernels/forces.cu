// Velocity, pressure and stiffness of each cell by its neighbours. Equation, units: gputme/ops/forces.py.
#include "behaviour.h"
#include "neighbours.h"
#include "sphere.h"

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
    const i64 ADHESION = 5, REPULSION = 6;  // columns.Behaviours
    const real NEAR = (real)1e-5;           // um, closest distance
    const real CLOSE_PACKED = (real)(1.0 / 0.0272888);
    Bins bins = {nx, ny, nz, wx, wy, wz, start};
    Packed cells = {sx, sy, sz, size, reach};
    TME_FOR(k, n) {
        i64 i = order[k], ti = kind[k];
        real radius = size[k], far = reach[k];
        real fx = 0, fy = 0, fz = 0, squeeze = 0;
        real xx = 0, yy = 0, zz = 0, xy = 0, xz = 0, yz = 0;
        tme_neighbours(bins, cells, k, bin[i], [&](i64 j, real dx, real dy, real dz, real d2) {
            real d = tme_sqrt(d2);
            if (d2 < (real)1e-10) {  // as good as coincident: apart in a direction drawn from the two ids
                u64 mine = id[i], other = id[order[j]], a = tme_min(mine, other), b = tme_max(mine, other);
                Words w = philox4x32((u32)a, (u32)(a >> 32), (u32)b, (u32)(b >> 32), 0, 0);
                Vector v = tme_direction(w.a, w.b, planar != 0);
                real sign = mine > other ? NEAR : -NEAR;
                d = NEAR;
                d2 = NEAR * NEAR;
                dx = sign * (real)v.x;
                dy = sign * (real)v.y;
                dz = sign * (real)v.z;
            }
            real touch = radius + size[j], hold = far + reach[j];
            real a = tme_max(1 - d / touch, (real)0), b = tme_max(1 - d / hold, (real)0);
            i64 tj = kind[j];
            real push = 0, pull = 0;
            if (paired) {
                push = repulsion[ti * types + tj];
                pull = adhesion[ti * types + tj];
            } else {
                i64 o = order[j];
                push = tme_sqrt(tme_behaviour(table, slot, ruled, stride, behaviours, ti, REPULSION, i)
                                * tme_behaviour(table, slot, ruled, stride, behaviours, tj, REPULSION, o));
                real p = tme_behaviour(table, slot, ruled, stride, behaviours, ti, ADHESION, i)
                         * tme_behaviour(table, slot, ruled, stride, behaviours, ti, affinity + tj, i);
                real q = tme_behaviour(table, slot, ruled, stride, behaviours, tj, ADHESION, o)
                         * tme_behaviour(table, slot, ruled, stride, behaviours, tj, affinity + ti, o);
                pull = tme_sqrt(p * q);
            }
            real g = (push * (a * a) - pull * (b * b)) / d;
            fx = fx + g * dx;
            fy = fy + g * dy;
            fz = fz + g * dz;
            squeeze = squeeze + a * a;
            if (measure) {
                real slope = push * a / touch - pull * b / hold;
                real s = 2 * (slope < 0 ? -slope : slope) / d2, ux = s * dx, uy = s * dy, uz = s * dz;
                xx = xx + ux * dx;
                yy = yy + uy * dy;
                zz = zz + uz * dz;
                xy = xy + ux * dy;
                xz = xz + ux * dz;
                yz = yz + uy * dz;
            }
        });
        vx[i] = tme_flush(fx);
        vy[i] = tme_flush(fy);
        vz[i] = tme_flush(fz);
        pressure[i] = tme_flush(squeeze * CLOSE_PACKED);
        if (measure) {
            xy = xy < 0 ? -xy : xy;
            xz = xz < 0 ? -xz : xz;
            yz = yz < 0 ? -yz : yz;
            real row = tme_max(xx + xy + xz, yy + xy + yz);
            stiffness[i] = tme_flush(tme_max(row, zz + xz + yz));
        }
    }
}
