// How cells walk among fibres, which guide every run. Equations: gputme/ops/matrix/follow.py.
#include "behaviour.h"
#include "matrix/fibres.h"
#include "motion/walk.h"

TME_KERNEL follow(
    i64 n,                              // cells
    i64 types,                          // cell types
    i64 nx, i64 ny, i64 nz,             // voxels
    real x0, real y0, real z0,          // um, lower corner of the domain
    real per_x, real per_y, real per_z, // 1/um, one over the voxel's sides
    i32 periodic,                       // bit 0: x, 1: y, 2: z
    u64 seed,
    i64 tick,                           // start of the step
    f64 dt,                             // min
    i32 planar,                         // 1: cells stay in their plane
    i64 stride,                         // length of a row of ruled
    i64 behaviours,                     // behaviours of a type in table
    IN(real) table,                     // [types * behaviours]
    IN(i32) slot,                       // [behaviours]
    IN(real) ruled,                     // [1] row slot[b] holds stride values of behaviour b
    IN(u8) graded,                      // [types] 1: the bias grows with the length of the wanted direction, up to 1
    IN(real) barrier,                   // [types] share of the speed that is lost straight across fibres
    IN(u64) id,                         // [n]
    IN(u8) type,                        // [n]
    IN(u8) death,                       // [n]
    IN(real) x,                         // [n] um
    IN(real) y,                         // [n] um
    IN(real) z,                         // [n] um
    IN(real) fibre_x,                   // [nx * ny * nz]
    IN(real) fibre_y,                   // [nx * ny * nz]
    IN(real) fibre_z,                   // [nx * ny * nz]
    IN(real) anisotropy,                // [nx * ny * nz]
    IN(real) bx,                        // [n] wanted direction, of any length; 0 where none
    IN(real) by,                        // [n]
    IN(real) bz,                        // [n]
    INOUT(real) mx,                     // [n] unit direction of the present run; 0 before the first
    INOUT(real) my,                     // [n]
    INOUT(real) mz,                     // [n]
    OUT(real) dx,                       // [n] um, displacement in this step
    OUT(real) dy,                       // [n] um
    OUT(real) dz)                       // [n] um
{
    TME_FOR(i, n) {
        if (i + TME_AHEAD < n) {
            i64 j = i + TME_AHEAD;
            i64 next = tme_voxel_of(x[j], y[j], z[j], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic);
            TME_SOON(fibre_x + next);
            TME_SOON(fibre_y + next);
            TME_SOON(fibre_z + next);
            TME_SOON(anisotropy + next);
        }
        dx[i] = dy[i] = dz[i] = 0;
        i64 t = type[i];
        f64 s = tme_behaviour(table, slot, ruled, stride, behaviours, t, B_SPEED, i);
        if (death[i] || !(s > 0) || !(tme_behaviour(table, slot, ruled, stride, behaviours, t, B_MOVABLE, i) > 0)) continue;
        i64 v = tme_voxel_of(x[i], y[i], z[i], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic);
        Vector f = {fibre_x[v], fibre_y[v], fibre_z[v]};
        f64 a = anisotropy[v];
        f = tme_upright(f);
        f64 guidance = tme_behaviour(table, slot, ruled, stride, behaviours, t, B_GUIDANCE, i);
        Fibre among = {f, guidance * a, (f64)barrier[t] * a};
        bool guided = among.guidance != 0 || among.barrier != 0;

        f64 T = tme_max(tme_behaviour(table, slot, ruled, stride, behaviours, t, B_PERSISTENCE, i), (real)1e-6);
        f64 bias = tme_behaviour(table, slot, ruled, stride, behaviours, t, B_BIAS, i);
        Walk walk = tme_walk(bias, bx[i], by[i], bz[i], T, graded[t] != 0, planar != 0, seed, tick, id[i]);
        Vector m = {mx[i], my[i], mz[i]};
        if (m.x == 0 && m.y == 0 && m.z == 0) m = tme_first(walk);
        Words words = tme_draw(walk, 0);
        Vector d = !guided && dt > 10 * T ? tme_far(walk, words, dt, &m) : tme_near_by(walk, words, dt, &m, among);
        mx[i] = (real)m.x;
        my[i] = (real)m.y;
        mz[i] = (real)m.z;
        dx[i] = tme_flush((real)(s * d.x));
        dy[i] = tme_flush((real)(s * d.y));
        dz[i] = tme_flush((real)(s * d.z));
    }
}
