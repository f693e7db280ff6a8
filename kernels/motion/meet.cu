// What pairs that are about to meet ask of both: gputme/ops/motion/meet.py.
#include "motion/pair.h"
#include "motion/ways.h"
#include "neighbours/neighbours.h"

TME_KERNEL meet(
    i64 n,                      // cells
    i64 parts,                  // work items: shares of the seeds
    i64 nx, i64 ny, i64 nz,     // bins
    real lx, real ly, real lz,  // um, lower corner of the first bin
    real bx, real by, real bz,  // 1/um, bins per length
    real wx, real wy, real wz,  // um, period of an axis; 0: walls
    real minutes,               // min, the base step
    real accuracy,              // radii a cell may be off in its first step
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
    IN(i32) order,              // [n] cell at each place
    IN(u8) kind,                // [n] by place
    IN(real) size,              // [n] um, radius, by place
    IN(real) reach,             // [n] um, adhesion distance, by place
    IN(real) sx,                // [n] um, by place
    IN(real) sy,                // [n] um
    IN(real) sz,                // [n] um
    IN(real) wide,              // [n] um, by place
    IN(real) vx,                // [n] um/min, by cell
    IN(real) vy,                // [n] um/min
    IN(real) vz,                // [n] um/min
    IN(real) dx,                // [n] um, displacement by motility, by cell
    IN(real) dy,                // [n] um
    IN(real) dz,                // [n] um
    IN(i32) seeds,              // [n] places, in any order
    IN(i64) found,              // [1] how many there are
    IN(i64) peak,               // [4] the last: bits of the largest `wide`
    INOUT(i64) level)           // [n] exponents by place: raised
{
    Bins bins = {nx, ny, nz, wx, wy, wz, start};
    Corner corner = {lx, ly, lz, bx, by, bz};
    Packed cells = {sx, sy, sz, size, reach};
    Strengths strengths = {paired, types, affinity, stride, behaviours, table, slot, ruled, repulsion, adhesion};
    real per = (real)1 / minutes, bend = (real)0.5 / accuracy, widest = (real)tme_from_bits(peak[3]);
    TME_FOR(part, parts) {
        TME_SLICE(s, found[0], part, parts) {
            i64 k = seeds[s], i = order[k], ti = kind[k];
            bool walks = (dx[i] != 0) | (dy[i] != 0) | (dz[i] != 0);
            real ux = vx[i] + dx[i] * per, uy = vy[i] + dy[i] * per, uz = vz[i] + dz[i] * per;
            real mine = size[k], far = reach[k], most = 0;
            Near near;  // those who have been found; the host looks at many at once
            near.count = 0;
            auto look = [&]() {
                real rx[TME_NEAR], ry[TME_NEAR], rz[TME_NEAR], push[TME_NEAR], pull[TME_NEAR], either[TME_NEAR];
                real other[TME_NEAR], hold[TME_NEAR], asked[TME_NEAR], own[TME_NEAR];
                i32 lanes = TME_NEAR > 1 ? tme_lanes(near.count) : 1;
                for (i32 l = 0; l < lanes; l++) {
                    i32 from = l < near.count ? l : 0;
                    i64 q = near.place[from], j = order[q];
                    Strength of = tme_strength(strengths, i, ti, j, kind[q]);
                    push[l] = of.push;
                    pull[l] = of.pull;
                    near.dx[l] = near.dx[from];
                    near.dy[l] = near.dy[from];
                    near.dz[l] = near.dz[from];
                    rx[l] = ux - (vx[j] + dx[j] * per);
                    ry[l] = uy - (vy[j] + dy[j] * per);
                    rz[l] = uz - (vz[j] + dz[j] * per);
                    either[l] = walks | (dx[j] != 0) | (dy[j] != 0) | (dz[j] != 0) ? (real)1 : (real)0;
                    other[l] = size[q];
                    hold[l] = far + reach[q];
                }
                for (i32 l = 0; l < lanes; l++) {
                    real ax = near.dx[l], ay = near.dy[l], az = near.dz[l];
                    real u2 = rx[l] * rx[l] + ry[l] * ry[l], along = ax * rx[l] + ay * ry[l];
                    u2 = u2 + rz[l] * rz[l];
                    along = along + az * rz[l];
                    real t = u2 > 0 ? tme_clamp(-along / u2, (real)0, minutes) : (real)0;
                    real cx = ax + t * rx[l], cy = ay + t * ry[l], cz = az + t * rz[l], d2 = cx * cx + cy * cy;
                    real d = tme_sqrt(d2 + cz * cz), touch = mine + other[l];
                    real a = tme_max(1 - d / touch, (real)0), b = tme_max(1 - d / hold[l], (real)0);
                    real slope = push[l] * a / touch - pull[l] * b / hold[l];
                    real force = push[l] * (a * a) - pull[l] * (b * b);
                    real stiff = 2 * (slope < 0 ? -slope : slope), strong = force < 0 ? -force : force;
                    real turns = bend * stiff * tme_sqrt(u2);
                    real stable = either[l] > 0 ? 2 * stiff / TME_STABLE : (real)0;
                    real goes = either[l] > 0 ? strong / (TME_FAR * other[l]) : (real)0;
                    asked[l] = tme_max(tme_max(tme_sqrt(turns / other[l]), stable), goes) * minutes;
                    own[l] = tme_max(tme_sqrt(turns / mine), stable) * minutes;
                }
                for (i32 l = 0; l < near.count; l++) {
                    if (asked[l] > 1) TME_MAX(level + near.place[l], tme_exponent(asked[l]));
                    if (walks) most = tme_max(most, own[l]);
                }
                near.count = 0;
            };
            tme_reachable(bins, corner, cells, wide, k, widest, [&](i64 q, real ax, real ay, real az) {
                i32 at = TME_NEAR > 1 ? near.count : 0;
                near.place[at] = (i32)q;
                near.dx[at] = ax;
                near.dy[at] = ay;
                near.dz[at] = az;
                near.count = at + 1;
                if (near.count == TME_NEAR) look();
            });
            if (near.count) look();
            i64 raised = tme_exponent(most);
            if (raised > 0) TME_MAX(level + k, raised);
        }
    }
}
