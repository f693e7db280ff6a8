// The residual b - A u of a grid as the right-hand side of the next coarser grid, whose unknown starts at 0.
// Equation: gputme/ops/restrict_residual.py.
#include "operator.h"

TME_KERNEL restrict_residual(
    i64 nx, i64 ny, i64 nz,  // voxels of this grid
    i64 cx, i64 cy, i64 cz,  // voxels of the coarser grid: an axis is halved (rounded up) or kept
    i64 periodic,            // bit 0: x, 1: y, 2: z
    i64 varied,              // 1: links are multiplied by their face's relative conductance
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
                Row r = tme_row(z * ny + y, nx, ny, nz, periodic, varied, rate, links, faces, u);
                real w = share[nx + ny + z] * share[nx + y];
                if (fx == 2) {
                    TME_WITHIN(X, x0, cx) {
                        i64 x = 2 * X, v = r.start + x;
                        real s, d, t, e;
                        tme_gather(r, x, u, b[v], &s, &d);
                        tme_gather(r, x + 1, u, b[v + 1], &t, &e);
                        s = s - (d + sink[v]) * u[v];
                        t = t - (e + sink[v + 1]) * u[v + 1];
                        real even = sink[v] >= 0 ? (w * share[x]) * s : (real)0;
                        real odd = sink[v + 1] >= 0 && (i32)x < r.end ? (w * share[x + 1]) * t : (real)0;
                        sum[X - x0] = (sum[X - x0] + even) + odd;
                    }
                } else {
                    TME_WITHIN(X, x0, cx) {
                        i64 v = r.start + X;
                        real s, d;
                        tme_gather(r, X, u, b[v], &s, &d);
                        s = s - (d + sink[v]) * u[v];
                        sum[X - x0] = sum[X - x0] + (sink[v] >= 0 ? (w * share[X]) * s : (real)0);
                    }
                }
            }
            TME_WITHIN(X, x0, cx) {
                coarse_b[row * cx + X] = tme_flush(sum[X - x0]);
                coarse_u[row * cx + X] = 0;
            }
        }
    }
}
