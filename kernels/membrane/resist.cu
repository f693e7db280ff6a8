// What the basement membrane does to the cells whose turn it is: gputme/ops/membrane/resist.py.
#include "behaviour.h"
#include "membrane/membrane.h"
#include "motion/ways.h"

TME_KERNEL resist(
    i64 n,                              // cells
    i64 turn,                           // cells whose turn it is: the first of the active
    i64 now, i64 top,                   // this is sub-step `now` of 2^top
    real minutes,                       // min, the base step
    i32 joins,                          // 1: it is added to what pulls already
    i64 types,                          // cell types
    i64 nx, i64 ny, i64 nz,             // voxels
    real x0, real y0, real z0,          // um, lower corner of the domain
    real per_x, real per_y, real per_z, // 1/um, one over the voxel's sides
    i32 periodic,                       // bit 0: x, 1: y, 2: z
    i64 stride,                         // length of a row of ruled
    i64 behaviours,                     // behaviours of a type in table
    IN(real) table,                     // [types * behaviours]
    IN(i32) slot,                       // [behaviours]
    IN(real) ruled,                     // [1] row slot[b] holds stride values of behaviour b
    IN(real) phi,                       // [nx * ny * nz] um, signed distance from the membrane, negative inside
    IN(real) gx,                        // [nx * ny * nz] its gradient
    IN(real) gy,                        // [nx * ny * nz]
    IN(real) gz,                        // [nx * ny * nz]
    IN(real) integrity,                 // [nx * ny * nz]
    IN(u8) type,                        // [n] by cell
    IN(u8) side,                        // [n] by cell
    IN(i32) active,                     // [turn] places
    IN(i32) order,                      // [n] cell at each place
    IN(real) way,                       // [16 * n] by place
    INOUT(real) tx,                     // [turn] um/min
    INOUT(real) ty,                     // [turn] um/min
    INOUT(real) tz)                     // [turn] um/min
{
    Membrane m = {nx, ny, nz, x0, y0, z0, per_x, per_y, per_z, periodic, phi, gx, gy, gz, integrity};
    real t = minutes * tme_share(top) * (real)now;
    TME_FOR(a, turn) {
        i64 k = active[a], i = order[k];
        const real *mine = way + TME_WAY * k, *line = mine + 8 * tme_half(now, top, (i64)mine[11]);
        Face f = tme_face(m, line[0] + line[4] * t, line[1] + line[5] * t, line[2] + line[6] * t);
        real repulsion = tme_behaviour(table, slot, ruled, stride, behaviours, type[i], B_MEMBRANE_REPULSION, i);
        real adhesion = tme_behaviour(table, slot, ruled, stride, behaviours, type[i], B_MEMBRANE_ADHESION, i);
        Held held = tme_held(f, side[i], repulsion, adhesion, mine[3], tme_max(mine[7], mine[3]));
        tx[a] = tme_join(joins, tx[a], tme_flush(held.velocity * f.nx));
        ty[a] = tme_join(joins, ty[a], tme_flush(held.velocity * f.ny));
        tz[a] = tme_join(joins, tz[a], tme_flush(held.velocity * f.nz));
    }
}
