// Add the trilinearly interpolated coarse correction to the free voxels of a grid: gputme/ops/fields/prolong.py.
#include "fields/operator.h"

// The correction interpolated along y and z, as weights of four coarse rows.
struct Rows {
    const real *p, *q, *s, *t;
    real wp, wq, ws, wt;
};

TME_DEVICE real at(const Rows& c, i64 X) {
    return ((c.wp * c.p[X] + c.wq * c.q[X]) + c.ws * c.s[X]) + c.wt * c.t[X];
}

// Correct the voxels of a coarse index: both of a halved axis (unless past the end), or the one of a kept axis.
TME_DEVICE void correct(bool held, bool edge, const Rows& c, i64 X, i64 nx, i64 cx, i64 fx, i64 wraps,
                        const real* near, const real* far, const real* sink, real* u) {
    i64 left = X - 1, right = X + 1, x = fx * X;
    if (edge && X == 0) left = wraps ? cx - 1 : 0;  // without a neighbour its weight is 0
    if (edge && X == cx - 1) right = wraps ? 0 : X;
    real own = at(c, X);
    real even = near[x] * own + far[x] * at(c, left);
    if (held) even = even * tme_free(sink[x]);
    u[x] = tme_flush(u[x] + even);
    if (fx == 1 || (edge && x + 1 >= nx)) return;
    real odd = near[x + 1] * own + far[x + 1] * at(c, right);
    if (held) odd = odd * tme_free(sink[x + 1]);
    u[x + 1] = tme_flush(u[x + 1] + odd);
}

TME_KERNEL prolong(
    i64 nx, i64 ny, i64 nz,  // voxels of this grid
    i64 cx, i64 cy, i64 cz,  // voxels of the coarser grid: an axis is halved (rounded up) or kept
    i64 periodic,            // bit 0: x, 1: y, 2: z
    i64 held,                // 1: some voxels are fixed
    IN(real) near,           // [nx + ny + nz] weight of the voxel's own coarse voxel, per axis
    IN(real) far,            // [nx + ny + nz] weight of the next one (below for even, above for odd indices)
    IN(real) sink,           // [nx * ny * nz] 1/min; negative: the voxel is fixed
    IN(real) coarse_u,       // [cx * cy * cz] the correction
    INOUT(real) u)           // [nx * ny * nz] the field
{
    i64 wraps = periodic & 1;
    TME_ROWS(row, nz * ny, cx) {
        i64 z = row / ny, y = row - z * ny, start = row * nx;
        i64 Z = z, Y = y, Z2 = z, Y2 = y;  // own coarse layer and the next one
        if (cz < nz) { Z = z >> 1; Z2 = Z + ((z & 1) ? 1 : -1); }
        if (cy < ny) { Y = y >> 1; Y2 = Y + ((y & 1) ? 1 : -1); }
        if (Z2 < 0 || Z2 >= cz) Z2 = (periodic & 4) ? (Z2 < 0 ? cz - 1 : 0) : Z;
        if (Y2 < 0 || Y2 >= cy) Y2 = (periodic & 2) ? (Y2 < 0 ? cy - 1 : 0) : Y;
        real near_z = near[nx + ny + z], far_z = far[nx + ny + z];
        real near_y = near[nx + y], far_y = far[nx + y];
        // VARIED below: whether some voxels are fixed
        Rows c = {coarse_u + (Z * cy + Y) * cx, coarse_u + (Z * cy + Y2) * cx, coarse_u + (Z2 * cy + Y) * cx,
                  coarse_u + (Z2 * cy + Y2) * cx, near_z * near_y, near_z * far_y, far_z * near_y, far_z * far_y};
        TME_CHUNKS(X0, row, cx) {
            if (cx == nx) {
                TME_VOXELS(held != 0, X, X0, cx, correct(VARIED, EDGE, c, X, nx, cx, 1, wraps, near, far,
                                                    sink + start, u + start))
            } else {
                TME_VOXELS(held != 0, X, X0, cx, correct(VARIED, EDGE, c, X, nx, cx, 2, wraps, near, far,
                                                    sink + start, u + start))
            }
        }
    }
}
