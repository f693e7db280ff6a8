// Each cell books its share of what the field lost or gained in a step: gputme/ops/exchange/collect.py.
#include "exchange/cloud.h"

TME_KERNEL collect(
    i64 n,                              // cells
    i64 nx, i64 ny, i64 nz,             // voxels
    real x0, real y0, real z0,          // um, lower corner of the domain
    real per_x, real per_y, real per_z, // 1/um, one over the voxel's sides
    i32 periodic,                       // bit 0: x, 1: y, 2: z
    i32 nearest,                        // 1: all in the voxel of the centre, 0: trilinear weights
    real amount,                        // um3 min, voxel volume times step
    IN(real) x,                         // [n] um, centre
    IN(real) y,                         // [n] um
    IN(real) z,                         // [n] um
    IN(real) taking,                    // [n] 1/min, as exchange left it
    IN(real) giving,                    // [n] value/min
    IN(real) u,                         // [nx * ny * nz] the new field
    INOUT(real) internal)               // [n] value um3, amount inside the cell
{
    TME_FOR(i, n) {
        Cloud c = tme_cloud(x[i], y[i], z[i], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic, nearest);
        real gained = taking[i] * tme_sample(u, c, nx, ny) - giving[i];
        internal[i] = tme_flush(internal[i] + gained * amount);
    }
}
