// The gradient of a field at a cell: central differences at the voxels around it, by the weights of the value.
// gputme/ops/exchange/_cloud.py is the same arithmetic.
#ifndef TME_SLOPES_H
#define TME_SLOPES_H
#include "exchange/cloud.h"

struct Slopes { real x, y, z; };

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

TME_DEVICE Slopes tme_slopes(const real* u, Cloud c, i64 nx, i64 ny, i64 nz, real per_x, real per_y, real per_z,
                             i32 periodic) {
    bool wrap_x = periodic & 1, wrap_y = periodic & 2, wrap_z = periodic & 4;
    Beside sx[2] = {tme_beside(c.x.lower, nx, 1, per_x, wrap_x), tme_beside(c.x.upper, nx, 1, per_x, wrap_x)};
    Beside sy[2] = {tme_beside(c.y.lower, ny, nx, per_y, wrap_y), tme_beside(c.y.upper, ny, nx, per_y, wrap_y)};
    Beside sz[2] = {tme_beside(c.z.lower, nz, nx * ny, per_z, wrap_z),
                    tme_beside(c.z.upper, nz, nx * ny, per_z, wrap_z)};
    Slopes along = {0, 0, 0};
    for (i32 corner = 0; corner < 8; corner++) {
        real w = tme_weight(c, corner);
        if (w == 0) continue;
        const real* at = u + tme_voxel(c, corner, nx, ny);
        Beside px = sx[corner & 1], py = sy[corner >> 1 & 1], pz = sz[corner >> 2];
        along.x = along.x + w * ((at[px.after] - at[px.before]) * px.per_length);
        along.y = along.y + w * ((at[py.after] - at[py.before]) * py.per_length);
        along.z = along.z + w * ((at[pz.after] - at[pz.before]) * pz.per_length);
    }
    return {tme_flush(along.x), tme_flush(along.y), tme_flush(along.z)};
}

#endif
