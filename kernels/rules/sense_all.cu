// Several fields on one grid at each cell, into rows of signals: gputme/ops/rules/sense_all.py.
#include "exchange/cloud.h"

TME_KERNEL sense_all(
    i64 n,                              // cells
    i64 count,                          // fields
    i64 nx, i64 ny, i64 nz,             // voxels
    real x0, real y0, real z0,          // um, lower corner of the domain
    real per_x, real per_y, real per_z, // 1/um, one over the voxel's sides
    i32 periodic,                       // bit 0: x, 1: y, 2: z
    i32 nearest,                        // 1: all in the voxel of the centre, 0: trilinear weights
    i64 stride,                         // length of a row of signals
    IN(i32) row,                        // [count] row of signals that a field goes to
    IN(real) x,                         // [n] um, centre
    IN(real) y,                         // [n] um
    IN(real) z,                         // [n] um
    MANY(real) field,                   // [count][nx * ny * nz]
    OUT(real) sensed)                   // [1] rows of signals
{
    TME_FOR(i, n) {
        Cloud c = tme_cloud(x[i], y[i], z[i], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic, nearest);
        i64 voxel[8];
        real weight[8];
        for (i32 corner = 0; corner < 8; corner++) {
            voxel[corner] = tme_voxel(c, corner, nx, ny);
            weight[corner] = tme_weight(c, corner);
        }
        for (i64 f = 0; f < count; f++) {
            const real* u = field[f];
            real s = 0;
            for (i32 corner = 0; corner < 8; corner++)
                if (weight[corner] != 0) s = s + weight[corner] * u[voxel[corner]];
            sensed[row[f] * stride + i] = tme_flush(s);
        }
    }
}
