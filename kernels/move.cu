// One step of the cells by forces and motility, within walls. Equation, units: gputme/ops/move.py.
#include "behaviour.h"

enum { REFLECT, ABSORB, PERIODIC };

// The position after the walls; `out` becomes 1 where the cell leaves through one.
TME_DEVICE real within(real x, real lower, real upper, i32 below, i32 above, u8* out) {
    real width = upper - lower;
    bool low = x < lower, high = x > upper;
    *out = (low & (below == ABSORB)) | (high & (above == ABSORB)) ? 1 : *out;
    real back = below == PERIODIC ? x + width : (below == ABSORB ? lower : lower + (lower - x));
    real forth = above == PERIODIC ? x - width : (above == ABSORB ? upper : upper - (x - upper));
    x = low ? back : (high ? forth : x);
    return tme_flush(tme_clamp(x, lower, upper));
}

TME_KERNEL move(
    i64 n,                      // cells
    i64 types,                  // cell types
    i32 planar,                 // 1: z stays
    i32 walls,                  // two bits per face, from x_min: 0 reflect, 1 absorb, 2 periodic
    real first, real last,      // min, weights of the present and the previous velocity
    real alone,                 // min, weight of the present velocity of a cell without a previous one
    i32 check,                  // 1: cells whose velocity has jumped start anew
    real since,                 // min, twice the previous step
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
    INOUT(real) px,             // [n] um/min, previous velocity
    INOUT(real) py,             // [n] um/min
    INOUT(real) pz,             // [n] um/min
    INOUT(u8) started,          // [n] whether there is a previous velocity
    INOUT(u8) gone)             // [n] set to 1 where a wall absorbs the cell
{
    const i64 MOVABLE = 8;  // columns.Behaviours
    Behaviour movable = tme_prepare(table, slot, ruled, stride, behaviours, MOVABLE);
    TME_FOR(i, n) {
        bool moves = tme_value(movable, type[i], i) > 0;
        real jx = vx[i] - px[i], jy = vy[i] - py[i], jz = vz[i] - pz[i], most = since * stiffness[i];
        real v2 = vx[i] * vx[i] + vy[i] * vy[i] + vz[i] * vz[i];
        real p2 = px[i] * px[i] + py[i] * py[i] + pz[i] * pz[i];
        bool jumped = jx * jx + jy * jy + jz * jz > most * most * tme_max(v2, p2) + (real)1e-20;
        bool goes_on = started[i] && !(check && jumped);
        real now = goes_on ? first : alone, before = goes_on ? last : (real)0;
        real xn = x[i] + ((now * vx[i] - before * px[i]) + dx[i]);
        real yn = y[i] + ((now * vy[i] - before * py[i]) + dy[i]);
        real zn = z[i] + ((now * vz[i] - before * pz[i]) + dz[i]);
        u8 out = gone[i];
        xn = within(xn, lx, ux, walls & 3, walls >> 2 & 3, &out);
        yn = within(yn, ly, uy, walls >> 4 & 3, walls >> 6 & 3, &out);
        if (!planar) zn = within(zn, lz, uz, walls >> 8 & 3, walls >> 10 & 3, &out);
        x[i] = moves ? xn : x[i];
        y[i] = moves ? yn : y[i];
        z[i] = moves && !planar ? zn : z[i];
        px[i] = moves ? vx[i] : (real)0;
        py[i] = moves ? vy[i] : (real)0;
        pz[i] = moves && !planar ? vz[i] : (real)0;
        started[i] = moves;
        gone[i] = moves ? out : gone[i];
    }
}
