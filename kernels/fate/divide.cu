// Two cells that touch, where the mother stood; centre of mass kept away from walls. Meaning: gputme/ops/fate/divide.py.
#include "maths.h"
#include "motion/sphere.h"
#include "motion/walls.h"

TME_KERNEL divide(
    i64 m,                   // cells that divide
    i64 n,                   // cells before: daughters stand behind them
    i64 types,               // cell types
    u64 next_id,             // id of the first daughter
    u64 seed,
    i64 end,                 // tick, end of the step
    i32 planar,              // 1: cells stay in their plane
    i32 walls,               // two bits per face, from x_min: 0 reflect, 1 absorb, 2 periodic
    real lx, real ly, real lz,  // um, lower corner of the box
    real ux, real uy, real uz,  // um, upper corner
    IN(f64) axes,            // [types * 3] unit vectors along which cells divide; 0: at random
    IN(i64) mothers,         // [m] places of the cells that divide, in the order of their ids
    IN(u8) type,             // [n + m]
    INOUT(u64) id,           // [n + m]
    INOUT(u64) parent,       // [n + m]
    INOUT(i64) birth,        // [n + m] tick
    INOUT(i64) fate_time,    // [n + m] tick, the time of the division
    IN(real) fluid,          // [n + m] um3, halved already
    IN(real) nuclear,        // [n + m] um3
    IN(real) cytoplasmic,    // [n + m] um3
    INOUT(real) x,           // [n + m] um
    INOUT(real) y,           // [n + m] um
    INOUT(real) z,           // [n + m] um
    INOUT(real) radius,      // [n + m] um
    INOUT(u8) mark,          // [n + m] back to 0; 3: absorbed by a wall
    INOUT(i64) absorbed)     // [1] cells that a wall absorbs
{
    const u8 ABSORBED = 3;
    TME_FOR(k, m) {
        i64 i = mothers[k], d = n + k;
        Words w = tme_random(seed, fate_time[i], id[i], STREAM_DIVISION, 0);
        Vector axis = tme_direction(w.a, w.b, planar != 0);
        const f64* own = axes + 3 * type[i];
        if (own[0] != 0 || own[1] != 0 || own[2] != 0) axis.x = own[0], axis.y = own[1], axis.z = own[2];
        id[d] = next_id + (u64)k;
        parent[d] = id[i];
        birth[d] = fate_time[i];
        f64 volume = (f64)fluid[i] + nuclear[i] + cytoplasmic[i];
        f64 reach = tme_radius(volume);
        radius[d] = radius[i] = (real)reach;
        real ax = (real)(reach * axis.x), ay = (real)(reach * axis.y), az = (real)(reach * axis.z);
        i64 pair[2] = {d, i};
        real xi = x[i], yi = y[i], zi = z[i];
        for (i32 j = 0; j < 2; j++) {
            i64 c = pair[j];
            real sign = j ? (real)-1 : (real)1;
            End xc = tme_within(xi + sign * ax, lx, ux, walls, 0);
            End yc = tme_within(yi + sign * ay, ly, uy, walls, 1);
            End zc = {zi + sign * az, false, false};
            if (!planar) zc = tme_within(zc.x, lz, uz, walls, 2);
            x[c] = xc.x;
            y[c] = yc.x;
            z[c] = zc.x;
            bool out = xc.left | yc.left | zc.left;
            mark[c] = out ? ABSORBED : (u8)0;
            fate_time[c] = out ? end : fate_time[c];
            if (out) TME_ADD(absorbed, 1);
        }
    }
}
