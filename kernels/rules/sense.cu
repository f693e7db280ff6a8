// A field and its gradient at each cell: gputme/ops/rules/sense.py.
#include "exchange/cloud.h"

// Steps from a voxel to the two that give its derivative along an axis, and one over their distance.
struct Beside { i64 before, after; real per_length; };

TME_DEVICE Beside tme_beside(i64 k, i64 n, i64 step, real per_length, bool periodic) {
    bool low = k > 0, high = k + 1 < n;
    Beside b;
    b.before = low ? -step : (periodic ? (n - 1) * step : 0);
    b.after = high ? step : (periodic ? -(n - 1) * step : 0);
    b.per_length = periodic || (low && high) ? (real)0.5 * per_length : per_length;
    return b;
}

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
        bool wrap_x = periodic & 1, wrap_y = periodic & 2, wrap_z = periodic & 4;
        Beside sx[2] = {tme_beside(c.x.lower, nx, 1, per_x, wrap_x),
                        tme_beside(c.x.upper, nx, 1, per_x, wrap_x)};
        Beside sy[2] = {tme_beside(c.y.lower, ny, nx, per_y, wrap_y),
                        tme_beside(c.y.upper, ny, nx, per_y, wrap_y)};
        Beside sz[2] = {tme_beside(c.z.lower, nz, nx * ny, per_z, wrap_z),
                        tme_beside(c.z.upper, nz, nx * ny, per_z, wrap_z)};
        real along_x = 0, along_y = 0, along_z = 0;
        for (i32 corner = 0; corner < 8; corner++) {
            real w = tme_weight(c, corner);
            if (w == 0) continue;
            const real* at = u + tme_voxel(c, corner, nx, ny);
            Beside px = sx[corner & 1], py = sy[corner >> 1 & 1], pz = sz[corner >> 2];
            along_x = along_x + w * ((at[px.after] - at[px.before]) * px.per_length);
            along_y = along_y + w * ((at[py.after] - at[py.before]) * py.per_length);
            along_z = along_z + w * ((at[pz.after] - at[pz.before]) * pz.per_length);
        }
        gx[i] = tme_flush(along_x);
        gy[i] = tme_flush(along_y);
        gz[i] = tme_flush(along_z);
    }
}
