// The residual b - A u of a grid as the right-hand side of the next coarser grid, whose unknown starts at 0.
// Equation: gputme/ops/fields/restrict_residual.py.
#include "fields/operator.h"

// The residual's share of a free voxel; 0 of a fixed one and past the end.
TME_DEVICE real part(i64 varied, bool edge, const Row& r, i64 x, real w, const real* share, const real* sink,
                     const real* b, const real* u) {
    if (edge && x > r.end) return 0;
    i64 v = r.start + x;
    real s, d;
    tme_gather(varied, edge, r, x, u, b[v], &s, &d);
    s = s - (d + sink[v]) * u[v];
    return ((w * share[x]) * s) * tme_free(sink[v]);
}

TME_KERNEL restrict_residual(
    i64 nx, i64 ny, i64 nz,  // voxels of this grid
    i64 cx, i64 cy, i64 cz,  // voxels of the coarser grid: an axis is halved (rounded up) or kept
    i64 periodic,            // bit 0: x, 1: y, 2: z
    i64 varied,              // 1: links are multiplied by the conductance of their face; 2: by one for each way
    real rate,               // 1/min, uniform part of the diagonal: 1/dt + decay
    IN(real) links,          // [4 * (nx + ny + nz)] 1/min
    IN(real) faces,          // [varied * ((nx + 1) * ny * nz + nx * (ny + 1) * nz + nx * ny * (nz + 1))]
    IN(real) share,          // [nx + ny + nz] width over the width of the coarse voxel, per axis
    IN(real) sink,           // [nx * ny * nz] 1/min; negative: the voxel is fixed
    IN(real) b,              // [nx * ny * nz] right-hand side
    IN(real) u,              // [nx * ny * nz] the field
    OUT(real) coarse_b,      // [cx * cy * cz]
    OUT(real) coarse_u)      // [cx * cy * cz]
{
    i64 fx = cx < nx ? 2 : 1, fy = cy < ny ? 2 : 1, fz = cz < nz ? 2 : 1;
    TME_ROWS(row, cz * cy, cx) {
        i64 Z = row / cy, Y = row - Z * cy;
        i64 y_end = tme_min(ny, fy * Y + fy), z_end = tme_min(nz, fz * Z + fz);
        real sum[TME_TILE];
        TME_CHUNKS(x0, row, cx) {
            TME_WITHIN(X, x0, cx) sum[X - x0] = 0;
            for (i64 z = fz * Z; z < z_end; z++) for (i64 y = fy * Y; y < y_end; y++) {
                Row r = tme_row(z * ny + y, nx, ny, nz, periodic, rate, links, faces);
                real w = share[nx + ny + z] * share[nx + y];
                if (fx == 2) {
                    TME_VOXELS(varied, X, x0, cx,
                               sum[X - x0] = (sum[X - x0] + part(VARIED, EDGE, r, 2 * X, w, share, sink, b, u))
                                             + part(VARIED, EDGE, r, 2 * X + 1, w, share, sink, b, u))
                } else {
                    TME_VOXELS(varied, X, x0, cx,
                               sum[X - x0] = sum[X - x0] + part(VARIED, EDGE, r, X, w, share, sink, b, u))
                }
            }
            TME_WITHIN(X, x0, cx) {
                coarse_b[row * cx + X] = tme_flush(sum[X - x0]);
                coarse_u[row * cx + X] = 0;
            }
        }
    }
}
