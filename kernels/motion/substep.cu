// One sub-step of the cells whose turn it is; all others go straight on. Equation, units: gputme/ops/motion/substep.py.
#include "motion/pair.h"
#include "motion/ways.h"
#include "neighbours/neighbours.h"

TME_KERNEL substep(
    i64 n,                      // cells
    i64 turn,                   // cells whose turn it is: the first of the active
    i64 now, i64 top,           // this is sub-step `now` of 2^top
    real minutes,               // min, the base step
    i32 planar,                 // 1: z stays
    i32 motility,               // 1: cells have a direction
    i32 walls,                  // two bits per face, from x_min: WALL_REFLECT, ...
    real lx, real ly, real lz,  // um, lower corner of the box
    real ux, real uy, real uz,  // um, upper corner
    real wx, real wy, real wz,  // um, period of an axis; 0: walls
    i32 paired,                 // 1: strengths by pair of types; 0: by cell
    i64 types,                  // cell types
    i64 affinity,               // number of the first affinity among the behaviours
    i64 stride,                 // length of a row of ruled
    i64 behaviours,             // behaviours of a type in table
    i64 width,                  // length of a row of list
    i32 tugged,                 // 1: springs pull
    IN(real) table,             // [types * behaviours]
    IN(i32) slot,               // [behaviours]
    IN(real) ruled,             // [1] row slot[b] holds stride values of behaviour b
    IN(real) repulsion,         // [types * types] um/min, by pair
    IN(real) adhesion,          // [types * types] um/min, by pair
    IN(i32) active,             // [turn] places, of most steps first
    IN(i32) length,             // [turn] how many partners
    IN(i32) list,               // [turn * width] their places
    IN(i32) order,              // [n] cell at each place
    IN(u8) kind,                // [n] by place
    IN(u64) id,                 // [n] by cell
    IN(real) tx,                // [tugged * turn] um/min, by springs
    IN(real) ty,                // [tugged * turn] um/min
    IN(real) tz,                // [tugged * turn] um/min
    INOUT(real) way,            // [16 * n] by place
    INOUT(real) px,             // [n] um/min, previous velocity, by cell
    INOUT(real) py,             // [n] um/min
    INOUT(real) pz,             // [n] um/min
    INOUT(real) dx,             // [n] um, displacement by motility, by cell; turned where a wall mirrors the walk
    INOUT(real) dy,             // [n] um
    INOUT(real) dz,             // [n] um
    INOUT(real) mx,             // [motility * n] direction of the present run; turned with it
    INOUT(real) my,             // [motility * n]
    INOUT(real) mz,             // [motility * n]
    INOUT(u8) gone)             // [n] set to 1 where a wall absorbs the cell
{
    Strengths strengths = {paired, types, affinity, stride, behaviours, table, slot, ruled, repulsion, adhesion};
    real dt = minutes * tme_share(top), t = dt * (real)now;
    bool wraps = wx > 0 || wy > 0 || wz > 0;
    TME_FOR(a, turn) {
        i64 k = active[a], i = order[k], ti = kind[k], e = (i64)way[TME_WAY * k + 11], half = tme_half(now, top, e);
        const real* from = way + TME_WAY * k + 8 * half;
        real x0 = from[0], y0 = from[1], z0 = from[2], vx = from[4], vy = from[5], vz = from[6];
        real x = x0 + vx * t, y = y0 + vy * t, z = z0 + vz * t;
        real radius = way[TME_WAY * k + 3], far = way[TME_WAY * k + 7];
        const i32* partner = list + a * width;
        real fx = 0, fy = 0, fz = 0;
        for (i32 first = 0; first < length[a]; first += TME_NEAR) {
            real ax[TME_NEAR], ay[TME_NEAR], az[TME_NEAR], d2[TME_NEAR];  // to each partner
            real touch[TME_NEAR], hold[TME_NEAR], push[TME_NEAR], pull[TME_NEAR], g[TME_NEAR];
            i32 some = TME_NEAR > 1 ? tme_min(length[a] - first, (i32)TME_NEAR) : 1, lanes = tme_lanes(some);
            for (i32 l = 0; l < lanes; l++) {
                i64 j = partner[first + (l < some ? l : 0)];
                const real* other = way + TME_WAY * j;
                touch[l] = radius + other[3];
                hold[l] = far + other[7];
                other += 8 * tme_half(now, top, (i64)other[11]);
                real qx = x - (other[0] + other[4] * t), qy = y - (other[1] + other[5] * t);
                real qz = z - (other[2] + other[6] * t);
                if (wraps) {
                    if (wx > 0) qx = tme_nearest(qx, wx);
                    if (wy > 0) qy = tme_nearest(qy, wy);
                    if (wz > 0) qz = tme_nearest(qz, wz);
                }
                real q2 = qx * qx + qy * qy;
                q2 = q2 + qz * qz;
                Strength of = tme_strength(strengths, i, ti, order[j], kind[j]);
                push[l] = of.push;
                pull[l] = of.pull;
                if (tme_coincide(q2)) {
                    Apart away = tme_apart(id[i], id[order[j]], planar != 0);
                    q2 = TME_NEAREST * TME_NEAREST;
                    qx = away.x;
                    qy = away.y;
                    qz = away.z;
                }
                ax[l] = qx;
                ay[l] = qy;
                az[l] = qz;
                d2[l] = q2;
            }
            for (i32 l = 0; l < lanes; l++) {
                real d = tme_sqrt(d2[l]), p = tme_max(1 - d / touch[l], (real)0), q = tme_max(1 - d / hold[l], (real)0);
                g[l] = (push[l] * (p * p) - pull[l] * (q * q)) / d;
            }
            for (i32 l = 0; l < some; l++) {
                fx = fx + g[l] * ax[l];
                fy = fy + g[l] * ay[l];
                fz = fz + g[l] * az[l];
            }
        }
        fx = tme_flush(fx);
        fy = tme_flush(fy);
        fz = tme_flush(fz);
        if (tugged) {
            fx = tme_flush(fx + tx[a]);
            fy = tme_flush(fy + ty[a]);
            fz = tme_flush(fz + tz[a]);
        }
        real h = minutes * tme_share(e), s = t - h, share = tme_share(e), per = (real)1 / minutes;
        End xe = tme_go(x0 + vx * s, dx[i] * share, x, lx, ux, walls, 0);
        End ye = tme_go(y0 + vy * s, dy[i] * share, y, ly, uy, walls, 1);
        End ze = {z, false, false};
        if (!planar) ze = tme_go(z0 + vz * s, dz[i] * share, z, lz, uz, walls, 2);
        if (xe.mirrored) {
            dx[i] = -dx[i];
            if (motility) mx[i] = -mx[i];
        }
        if (ye.mirrored) {
            dy[i] = -dy[i];
            if (motility) my[i] = -my[i];
        }
        if (ze.mirrored) {
            dz[i] = -dz[i];
            if (motility) mz[i] = -mz[i];
        }
        if (xe.left | ye.left | ze.left) gone[i] = 1;
        vx = (real)1.5 * fx - (real)0.5 * px[i] + dx[i] * per;
        vy = (real)1.5 * fy - (real)0.5 * py[i] + dy[i] * per;
        vz = planar ? (real)0 : (real)1.5 * fz - (real)0.5 * pz[i] + dz[i] * per;
        real* to = way + TME_WAY * k + 8 * (1 - half);
        to[0] = xe.x - vx * t;
        to[1] = ye.x - vy * t;
        to[2] = ze.x - vz * t;
        to[4] = vx;
        to[5] = vy;
        to[6] = vz;
        px[i] = fx;
        py[i] = fy;
        pz[i] = planar ? (real)0 : fz;
    }
}
