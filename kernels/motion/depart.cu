// The first step of every cell, from the forces at the start of a base step: gputme/ops/motion/depart.py.
#include "behaviour.h"
#include "motion/ways.h"

TME_KERNEL depart(
    i64 n,                 // cells
    i64 types,             // cell types
    i32 planar,            // 1: z stays
    real minutes,          // min, the base step
    real last,             // min, the base step before
    i64 stride,            // length of a row of ruled
    i64 behaviours,        // behaviours of a type in table
    IN(real) table,        // [types * behaviours]
    IN(i32) slot,          // [behaviours]
    IN(real) ruled,        // [1] row slot[b] holds stride values of behaviour b
    IN(i32) order,         // [n] cell at each place
    IN(u8) kind,           // [n] by place
    IN(real) size,         // [n] um, radius, by place
    IN(real) reach,        // [n] um, adhesion distance, by place
    IN(real) sx,           // [n] um, by place
    IN(real) sy,           // [n] um
    IN(real) sz,           // [n] um
    IN(real) vx,           // [n] um/min, by forces, by cell
    IN(real) vy,           // [n] um/min
    IN(real) vz,           // [n] um/min
    IN(real) stiffness,    // [n] 1/min, by cell
    IN(real) dx,           // [n] um, displacement by motility, by cell
    IN(real) dy,           // [n] um
    IN(real) dz,           // [n] um
    INOUT(real) px,        // [n] um/min, previous velocity, by cell
    INOUT(real) py,        // [n] um/min
    INOUT(real) pz,        // [n] um/min
    INOUT(u8) started,     // [n] 0, or 1 + exponent of the steps of the base step before, by cell
    INOUT(i64) level,      // [n] exponent of the steps, by place
    OUT(real) way,         // [16 * n] by place
    INOUT(i64) count)      // [32] cells by exponent, from 1: raised
{
    Behaviour movable = tme_prepare(table, slot, ruled, stride, behaviours, B_MOVABLE);
    real per = (real)1 / minutes;
    TME_FOR(k, n) {
        i64 i = order[k], e = tme_value(movable, kind[k], i) > 0 ? level[k] : 0;
        bool moves = tme_value(movable, kind[k], i) > 0, up = moves && !planar;
        real h = minutes * tme_share(e), before = started[i] ? last * tme_share(started[i] - 1) : (real)0;
        real jx = vx[i] - px[i], jy = vy[i] - py[i], jz = vz[i] - pz[i], most = 2 * before * stiffness[i];
        real v2 = vx[i] * vx[i] + vy[i] * vy[i] + vz[i] * vz[i];
        real p2 = px[i] * px[i] + py[i] * py[i] + pz[i] * pz[i];
        bool jumped = jx * jx + jy * jy + jz * jz > most * most * tme_max(v2, p2) + (real)1e-20;
        real w = before > 0 && !jumped ? (real)0.5 * tme_min(h / before, (real)1) : (real)0, now = 1 + w;
        real* a = way + TME_WAY * k;
        a[0] = sx[k];
        a[1] = sy[k];
        a[2] = sz[k];
        a[3] = size[k];
        a[4] = moves ? now * vx[i] - w * px[i] + dx[i] * per : (real)0;
        a[5] = moves ? now * vy[i] - w * py[i] + dy[i] * per : (real)0;
        a[6] = up ? now * vz[i] - w * pz[i] + dz[i] * per : (real)0;
        a[7] = reach[k];
        a[11] = (real)e;
        px[i] = moves ? vx[i] : (real)0;
        py[i] = moves ? vy[i] : (real)0;
        pz[i] = up ? vz[i] : (real)0;
        started[i] = moves ? (u8)(1 + e) : (u8)0;
        level[k] = e;
        if (e > 0) TME_ADD(count + e, 1);
    }
}
