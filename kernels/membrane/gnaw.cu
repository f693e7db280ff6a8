// How cells wear the basement membrane where they touch it: gputme/ops/membrane/gnaw.py.
#include "behaviour.h"
#include "matrix/fibres.h" // TME_AT_ONCE
#include "membrane/membrane.h"

TME_KERNEL gnaw(
    i64 n,                              // cells
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
    IN(u8) type,                        // [n]
    IN(u8) death,                       // [n]
    IN(real) x,                         // [n] um
    IN(real) y,                         // [n] um
    IN(real) z,                         // [n] um
    IN(real) radius,                    // [n] um
    INOUT(i64) wear)                    // [nx * ny * nz] 2^-32 /min
{
    Membrane m = {nx, ny, nz, x0, y0, z0, per_x, per_y, per_z, periodic, phi, gx, gy, gz, integrity};
    TME_FOR(i, n) {
        if (death[i]) continue;
        real rate = tme_behaviour(table, slot, ruled, stride, behaviours, type[i], B_MEMBRANE_DEGRADATION, i);
        real reach = tme_max(tme_behaviour(table, slot, ruled, stride, behaviours, type[i], B_REACH, i) * radius[i], radius[i]);
        if (!(rate > 0)) continue;
        Face f = tme_face(m, x[i], y[i], z[i]);
        if ((f.phi < 0 ? -f.phi : f.phi) < reach) TME_ADD(&wear[f.voxel], tme_fixed(tme_min((f64)rate, TME_AT_ONCE), TME_QUANTA));
    }
}
