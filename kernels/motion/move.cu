// One step of the cells by forces and motility, within walls. Equation, units: gputme/ops/motion/move.py.
#include "behaviour.h"
#include "motion/ways.h"

TME_KERNEL move(
    i64 n,                      // cells
    i64 types,                  // cell types
    i32 planar,                 // 1: z stays
    i32 mechanics,              // 1: cells have a velocity by forces
    i32 motility,               // 1: cells have a direction
    i32 walls,                  // two bits per face, from x_min: WALL_REFLECT, ...
    real dt, real before,       // min, this step, and the base step before
    i32 check,                  // 1: cells whose velocity has jumped start anew
    real lx, real ly, real lz,  // um, lower corner of the box
    real ux, real uy, real uz,  // um, upper corner
    i64 stride,                 // length of a row of ruled
    i64 behaviours,             // behaviours of a type in table
    IN(real) table,             // [types * behaviours]
    IN(i32) slot,               // [behaviours]
    IN(real) ruled,             // [1] row slot[b] holds stride values of behaviour b
    IN(u8) type,                // [n]
    IN(real) stiffness,         // [n] 1/min, read if `check`
    IN(real) vx,                // [n] um/min, present velocity by forces
    IN(real) vy,                // [n] um/min
    IN(real) vz,                // [n] um/min
    IN(real) dx,                // [n] um, displacement by motility
    IN(real) dy,                // [n] um
    IN(real) dz,                // [n] um
    INOUT(real) x,              // [n] um
    INOUT(real) y,              // [n] um
    INOUT(real) z,              // [n] um
    INOUT(real) px,             // [mechanics * n] um/min, previous velocity
    INOUT(real) py,             // [mechanics * n] um/min
    INOUT(real) pz,             // [mechanics * n] um/min
    INOUT(real) mx,             // [motility * n] direction of the present run, turned where a wall mirrors the walk
    INOUT(real) my,             // [motility * n]
    INOUT(real) mz,             // [motility * n]
    INOUT(u8) started,          // [mechanics * n] 0, or 1 + exponent of the steps in the base step before: 1 afterwards
    INOUT(u8) gone)             // [n] set to 1 where a wall absorbs the cell
{
    Behaviour movable = tme_prepare(table, slot, ruled, stride, behaviours, B_MOVABLE);
    TME_FOR(i, n) {
        bool moves = tme_value(movable, type[i], i) > 0;
        real qx = mechanics ? px[i] : (real)0, qy = mechanics ? py[i] : (real)0, qz = mechanics ? pz[i] : (real)0;
        real past = mechanics && started[i] ? before * tme_share(started[i] - 1) : (real)0;
        real jx = vx[i] - qx, jy = vy[i] - qy, jz = vz[i] - qz, most = 2 * past * stiffness[i];
        real v2 = vx[i] * vx[i] + vy[i] * vy[i] + vz[i] * vz[i];
        real p2 = qx * qx + qy * qy + qz * qz;
        bool jumped = jx * jx + jy * jy + jz * jz > most * most * tme_max(v2, p2) + (real)1e-20;
        real w = past > 0 && !(check && jumped) ? (real)0.5 * tme_min(dt / past, (real)2) : (real)0;
        real now = dt * (1 + w), last = dt * w;
        End xw = tme_within(x[i] + dx[i], lx, ux, walls, 0);  // walked, then pushed
        End yw = tme_within(y[i] + dy[i], ly, uy, walls, 1);
        End zw = tme_within(z[i] + dz[i], lz, uz, walls, 2);
        End xp = tme_within(xw.x + (now * vx[i] - last * qx), lx, ux, walls, 0);
        End yp = tme_within(yw.x + (now * vy[i] - last * qy), ly, uy, walls, 1);
        End zp = tme_within(zw.x + (now * vz[i] - last * qz), lz, uz, walls, 2);
        bool up = moves && !planar, out = xw.left | xp.left | yw.left | yp.left | (up & (zw.left | zp.left));
        x[i] = moves ? tme_flush(xp.x) : x[i];
        y[i] = moves ? tme_flush(yp.x) : y[i];
        z[i] = up ? tme_flush(zp.x) : z[i];
        if (motility) {
            if (moves & xw.mirrored) mx[i] = -mx[i];
            if (moves & yw.mirrored) my[i] = -my[i];
            if (up & zw.mirrored) mz[i] = -mz[i];
        }
        if (mechanics) {
            px[i] = moves ? vx[i] : (real)0;
            py[i] = moves ? vy[i] : (real)0;
            pz[i] = up ? vz[i] : (real)0;
            started[i] = moves;
        }
        if (moves & out) gone[i] = 1;
    }
}
