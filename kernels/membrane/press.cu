// What the basement membrane does to cells: gputme/ops/membrane/press.py.
#include "behaviour.h"
#include "membrane/membrane.h"

TME_KERNEL press(
    i64 n,                              // cells
    i64 types,                          // cell types
    i32 measure,                        // 1: add to stiffness, too
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
    IN(u8) type,                        // [n]
    IN(u8) side,                        // [n] 1 outside, 2 inside; 0: not yet known
    IN(real) x,                         // [n] um
    IN(real) y,                         // [n] um
    IN(real) z,                         // [n] um
    IN(real) radius,                    // [n] um
    INOUT(real) vx,                     // [n] um/min
    INOUT(real) vy,                     // [n] um/min
    INOUT(real) vz,                     // [n] um/min
    INOUT(real) stiffness)              // [n] 1/min
{
    Membrane m = {nx, ny, nz, x0, y0, z0, per_x, per_y, per_z, periodic, phi, gx, gy, gz, integrity};
    TME_FOR(i, n) {
        Face f = tme_face(m, x[i], y[i], z[i]);
        real reach = tme_behaviour(table, slot, ruled, stride, behaviours, type[i], B_REACH, i) * radius[i];
        real repulsion = tme_behaviour(table, slot, ruled, stride, behaviours, type[i], B_MEMBRANE_REPULSION, i);
        real adhesion = tme_behaviour(table, slot, ruled, stride, behaviours, type[i], B_MEMBRANE_ADHESION, i);
        Held held = tme_held(f, side[i], repulsion, adhesion, radius[i], tme_max(reach, radius[i]));
        if (held.velocity == 0 && held.slope == 0) continue;
        vx[i] = tme_flush(vx[i] + held.velocity * f.nx);
        vy[i] = tme_flush(vy[i] + held.velocity * f.ny);
        vz[i] = tme_flush(vz[i] + held.velocity * f.nz);
        if (measure) stiffness[i] = tme_flush(stiffness[i] + held.slope);
    }
}
