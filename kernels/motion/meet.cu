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
            i64 k = seeds[s], i = order[k], ti = kind[k], raised = 0;
            bool walks = (dx[i] != 0) | (dy[i] != 0) | (dz[i] != 0);
            real ux = vx[i] + dx[i] * per, uy = vy[i] + dy[i] * per, uz = vz[i] + dz[i] * per, mine = size[k];
            tme_reachable(bins, corner, cells, wide, k, widest, [&](i64 q, real ax, real ay, real az) {
                i64 j = order[q];
                bool either = walks | (dx[j] != 0) | (dy[j] != 0) | (dz[j] != 0);
                Strength of = tme_strength(strengths, i, ti, j, kind[q]);
                real rx = ux - (vx[j] + dx[j] * per), ry = uy - (vy[j] + dy[j] * per), rz = uz - (vz[j] + dz[j] * per);
                real u2 = rx * rx + ry * ry, along = ax * rx + ay * ry;
                u2 = u2 + rz * rz;
                along = along + az * rz;
                real t = u2 > 0 ? tme_clamp(-along / u2, (real)0, minutes) : (real)0;
                real cx = ax + t * rx, cy = ay + t * ry, cz = az + t * rz, d2 = cx * cx + cy * cy;
                real d = tme_sqrt(d2 + cz * cz), touch = mine + size[q], hold = reach[k] + reach[q];
                real a = tme_max(1 - d / touch, (real)0), b = tme_max(1 - d / hold, (real)0);
                real slope = of.push * a / touch - of.pull * b / hold, force = of.push * (a * a) - of.pull * (b * b);
                real stiff = 2 * (slope < 0 ? -slope : slope), strong = force < 0 ? -force : force;
                real turns = bend * stiff * tme_sqrt(u2), other = size[q];
                real stable = either ? 2 * stiff / TME_STABLE : (real)0;
                real goes = either ? strong / (TME_FAR * other) : (real)0;
                i64 e = tme_exponent(tme_max(tme_max(tme_sqrt(turns / other), stable), goes) * minutes);
                if (e > 0) TME_MAX(level + q, e);
                if (walks) raised = tme_max(raised, tme_exponent(tme_max(tme_sqrt(turns / mine), stable) * minutes));
            });
            if (raised > 0) TME_MAX(level + k, raised);
        }
    }
}
