// A field and its gradient at each cell: gputme/ops/sense.py.
#include "cloud.h"

// The voxels between which the derivative at voxel k is taken, and one over their distance.
struct Beside { i64 before, after; real per_length; };

TME_DEVICE Beside tme_beside(i64 k, i64 n, real per_length, bool periodic) {
    Beside b;
    b.before = k > 0 ? k - 1 : (periodic ? n - 1 : k);
    b.after = k + 1 < n ? k + 1 : (periodic ? 0 : k);
    bool central = periodic || (k > 0 && k + 1 < n);
    b.per_length = central ? (real)0.5 * per_length : per_length;
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
        real a = 0, b = 0, d = 0;
        for (i32 corner = 0; corner < 8; corner++) {
            real w = tme_weight(c, corner);
            if (w == 0) continue;
            i64 kx = corner & 1 ? c.x.upper : c.x.lower;
            i64 ky = corner & 2 ? c.y.upper : c.y.lower;
            i64 kz = corner & 4 ? c.z.upper : c.z.lower;
            Beside sx = tme_beside(kx, nx, per_x, periodic & 1);
            Beside sy = tme_beside(ky, ny, per_y, periodic & 2);
            Beside sz = tme_beside(kz, nz, per_z, periodic & 4);
            const real* line = u + (kz * ny + ky) * nx;
            a = a + w * ((line[sx.after] - line[sx.before]) * sx.per_length);
            const real* sheet = u + kz * ny * nx + kx;
            b = b + w * ((sheet[sy.after * nx] - sheet[sy.before * nx]) * sy.per_length);
            const real* pile = u + ky * nx + kx;
            d = d + w * ((pile[sz.after * ny * nx] - pile[sz.before * ny * nx]) * sz.per_length);
        }
        gx[i] = tme_flush(a);
        gy[i] = tme_flush(b);
        gz[i] = tme_flush(d);
    }
}
