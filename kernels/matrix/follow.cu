// How cells walk among fibres, which guide every run. Equations: gputme/ops/matrix/follow.py.
#include "wide.h"
#include "matrix/fibres.h"
#include "matrix/values.h"
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
    Behaviour speeds = tme_prepare(table, slot, ruled, stride, behaviours, B_SPEED);
    Behaviour biases = tme_prepare(table, slot, ruled, stride, behaviours, B_BIAS);
    Behaviour times = tme_prepare(table, slot, ruled, stride, behaviours, B_PERSISTENCE);
    Behaviour movables = tme_prepare(table, slot, ruled, stride, behaviours, B_MOVABLE);
    Behaviour guidances = tme_prepare(table, slot, ruled, stride, behaviours, B_GUIDANCE);
    TME_LINES(block, n) {
        real pace[TME_LANES], movable[TME_LANES], persistence[TME_LANES], guidance[TME_LANES], slowing[TME_LANES];
        i64 at[TME_LANES], kind[TME_LANES], cell[TME_LANES], count = tme_min((i64)TME_LANES, n - block);
        real turns[TME_LANES];  // 1: a cell needs more than one straight way, as few do
        TME_EACH(q, count) cell[q] = block + q;
        TME_EACH(q, count) kind[q] = type[block + q];
        const bool alike = tme_alike(count, kind);
        tme_values(speeds, alike, count, kind, cell, pace);
        tme_values(movables, alike, count, kind, cell, movable);
        tme_values(times, alike, count, kind, cell, persistence);
        tme_values(guidances, alike, count, kind, cell, guidance);
        tme_values(tme_by_type(barrier), alike, count, kind, cell, slowing);
        TME_LANE(i, block, n) {
            bool moves = (death[i] == 0) & (pace[i - block] > 0) & (movable[i - block] > 0);
            pace[i - block] = moves ? pace[i - block] : (real)0;
            persistence[i - block] = tme_max(persistence[i - block], (real)1e-6);
            at[i - block] = tme_voxel_of(x[i], y[i], z[i], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic);
        }
        for (i64 i = block; i < tme_min(block + TME_LANES, n); i++) {
            TME_SOON(fibre_x + at[i - block]);
            TME_SOON(fibre_y + at[i - block]);
            TME_SOON(fibre_z + at[i - block]);
            TME_SOON(anisotropy + at[i - block]);
        }
        TME_LANE(i, block, n) {  // without branches: a vector loop
            i64 v = at[i - block];
            f64 s = pace[i - block], T = persistence[i - block];
            Vector f = {fibre_x[v], fibre_y[v], fibre_z[v]}, m = {mx[i], my[i], mz[i]};
            Fibre among = tme_among(f, anisotropy[v], guidance[i - block], slowing[i - block]);
            Vector way = tme_way(among, m);
            f64 u = tme_uniform(tme_random(seed, tick, id[i], STREAM_MOTILITY, 0).a);
            bool guided = (among.guidance != 0) | (among.barrier != 0);
            bool begun = (m.x != 0) | (m.y != 0) | (m.z != 0);
            bool straight = begun & (guided | (dt <= 10 * T)) & (u * T >= dt);  // no run ends: -log(1 - u) > u
            turns[i - block] = (s > 0) & !straight ? (real)1 : (real)0;
            dx[i] = tme_flush((real)(s * (dt * way.x)));
            dy[i] = tme_flush((real)(s * (dt * way.y)));
            dz[i] = tme_flush((real)(s * (dt * way.z)));
        }
        TME_LANE(i, block, n) {
            if (turns[i - block] == 0) continue;
            i64 t = type[i], v = at[i - block];
            f64 s = pace[i - block], T = persistence[i - block], bias = tme_value(biases, t, i);
            Vector f = {fibre_x[v], fibre_y[v], fibre_z[v]}, m = {mx[i], my[i], mz[i]}, d;
            Fibre among = tme_among(f, anisotropy[v], guidance[i - block], slowing[i - block]);
            bool guided = (among.guidance != 0) | (among.barrier != 0), weak = graded[t] != 0, flat = planar != 0;
            Walk walk = tme_walk(bias, bx[i], by[i], bz[i], T, weak, flat, seed, tick, id[i]);
            if (m.x == 0 && m.y == 0 && m.z == 0) m = tme_first(walk);
            Words words = tme_draw(walk, 0);
            d = !guided && dt > 10 * T ? tme_far(walk, words, dt, &m) : tme_near_by(walk, words, dt, &m, among);
            mx[i] = (real)m.x;
            my[i] = (real)m.y;
            mz[i] = (real)m.z;
            dx[i] = tme_flush((real)(s * d.x));
            dy[i] = tme_flush((real)(s * d.y));
            dz[i] = tme_flush((real)(s * d.z));
        }
    }
}
