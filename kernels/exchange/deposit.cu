// Spreads one value per cell over the voxels around it, as fixed-point sums: gputme/ops/exchange/deposit.py.
#include "exchange/cloud.h"

// Add a cell's value to the voxels around it, of which the second half are those of the next layer. What has no weight
// is 0 quanta: adding it costs less than asking.
TME_DEVICE void spread(bool alone, i32 corners, Cloud c, i64 nx, i64 ny, real value, f64 per_unit, i64* total) {
    i64 share[8];
    for (i32 corner = 0; corner < corners; corner++)
        share[corner] = tme_fixed(tme_weight(c, corner) * value, per_unit);
    for (i32 corner = 0; corner < corners; corner++) {
        i64* at = &total[tme_voxel(c, corner, nx, ny)];
        if (alone) *at += share[corner];
        else if (share[corner] != 0) TME_ADD(at, share[corner]);
    }
}

TME_KERNEL deposit(
    i64 n,                              // cells
    i64 nx, i64 ny, i64 nz,             // voxels
    real x0, real y0, real z0,          // um, lower corner of the domain
    real per_x, real per_y, real per_z, // 1/um, one over the voxel's sides
    i32 periodic,                       // bit 0: x, 1: y, 2: z
    i32 nearest,                        // 1: all in the voxel of the centre, 0: trilinear weights
    IN(real) x,                         // [n] um, centre
    IN(real) y,                         // [n] um
    IN(real) z,                         // [n] um
    IN(real) value,                     // [n]
    IN(i64) peak,                       // [1] bits of the largest size of a value
    INOUT(i64) total)                   // [nx * ny * nz] fixed-point sums
{
    f64 per_unit = tme_per_unit(peak[0], n);
    const bool alone = TME_ALONE, flat = nz == 1 && !(periodic & 4);
    TME_FOR(i, n) {
        if (value[i] == 0) continue;
        Cloud c = tme_cloud(x[i], y[i], z[i], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic, nearest);
        if (alone && flat) spread(true, 4, c, nx, ny, value[i], per_unit, total);
        else if (alone) spread(true, 8, c, nx, ny, value[i], per_unit, total);
        else spread(false, 8, c, nx, ny, value[i], per_unit, total);
    }
}
