// The part of each cell's demand that the voxels around it did not meet: gputme/ops/exchange/unmet.py.
#include "exchange/cloud.h"

TME_KERNEL unmet(
    i64 n,                              // cells
    i64 nx, i64 ny, i64 nz,             // voxels
    real x0, real y0, real z0,          // um, lower corner of the domain
    real per_x, real per_y, real per_z, // 1/um, one over the voxel's sides
    i32 periodic,                       // bit 0: x, 1: y, 2: z
    i32 nearest,                        // 1: all in the voxel of the centre, 0: trilinear weights
    IN(real) x,                         // [n] um, centre
    IN(real) y,                         // [n] um
    IN(real) z,                         // [n] um
    IN(real) demand,                    // [n] value/min
    IN(real) met,                       // [nx * ny * nz] share of the demand that is met
    OUT(real) missing,                  // [n] value/min
    INOUT(i64) peak)                    // [1] bits of the largest size
{
    TME_FOR(i, n) {
        Cloud c = tme_cloud(x[i], y[i], z[i], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic, nearest);
        real lacks = tme_flush(demand[i] * ((real)1 - tme_sample(met, c, nx, ny)));
        missing[i] = lacks;
        TME_MAX(peak, tme_bits(lacks < 0 ? -lacks : lacks));
    }
}
