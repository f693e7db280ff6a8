// A field and its gradient at each cell: gputme/ops/rules/sense.py.
#include "exchange/slopes.h"

TME_KERNEL sense(
    i64 n,                              // cells
    i64 nx, i64 ny, i64 nz,             // voxels
    real x0, real y0, real z0,          // um, lower corner of the domain
    real per_x, real per_y, real per_z, // 1/um, one over the voxel's sides
    i32 periodic,                       // bit 0: x, 1: y, 2: z
    i32 nearest,                        // 1: all in the voxel of the centre, 0: trilinear weights
    i64 gradients,                      // n: gradients are wanted too, 0: only values
    IN(real) x,                         // [n] um, centre
    IN(real) y,                         // [n] um
    IN(real) z,                         // [n] um
    IN(real) u,                         // [nx * ny * nz] the field
    OUT(real) value,                    // [n] the field at the cell
    OUT(real) gx,                       // [gradients] value/um
    OUT(real) gy,                       // [gradients] value/um
    OUT(real) gz)                       // [gradients] value/um
{
    TME_FOR(i, n) {
        Cloud c = tme_cloud(x[i], y[i], z[i], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic, nearest);
        value[i] = tme_flush(tme_sample(u, c, nx, ny));
        if (!gradients) continue;
        Slopes along = tme_slopes(u, c, nx, ny, nz, per_x, per_y, per_z, periodic);
        gx[i] = along.x;
        gy[i] = along.y;
        gz[i] = along.z;
    }
}
