// Sinks of the next coarser grid: volume means of the free voxels' sinks and of their links to fixed voxels; an
// aggregate of fixed voxels only is fixed. Equation: gputme/ops/fields/coarsen_sink.py.
#include "fields/operator.h"

// Add a voxel's share to its aggregate: nothing of a fixed one or past the end.
TME_DEVICE void join(i64 varied, bool held, bool edge, const Row& r, i64 x, real w, const real* share,
                     const real* sink, real* sum, real* most) {
    if (edge && x > r.end) return;
    real mine = sink[r.start + x], lost = 0, gained = 0;
    if (held) tme_fixed_links(varied, edge, r, x, sink, sink, &lost, &gained);
    *most = tme_max(*most, mine);
    *sum = *sum + ((w * share[x]) * (mine + lost)) * tme_free(mine);
}

TME_KERNEL coarsen_sink(
    i64 nx, i64 ny, i64 nz,  // voxels of this grid
    i64 cx, i64 cy, i64 cz,  // voxels of the coarser grid: an axis is halved (rounded up) or kept
    i64 periodic,            // bit 0: x, 1: y, 2: z
    i64 varied,              // 1: links are multiplied by the conductance of their face; 2: by one for each way
    i64 held,                // 1: some voxels are fixed
    IN(real) links,          // [4 * (nx + ny + nz)] 1/min
    IN(real) faces,          // [varied * ((nx + 1) * ny * nz + nx * (ny + 1) * nz + nx * ny * (nz + 1))]
    IN(real) share,          // [nx + ny + nz] width over the width of the coarse voxel, per axis
    IN(real) sink,           // [nx * ny * nz] 1/min; negative: the voxel is fixed
    OUT(real) coarse_sink)   // [cx * cy * cz] 1/min
{
    i64 fx = cx < nx ? 2 : 1, fy = cy < ny ? 2 : 1, fz = cz < nz ? 2 : 1;
    TME_ROWS(row, cz * cy, cx) {
        i64 Z = row / cy, Y = row - Z * cy;
        i64 y_end = tme_min(ny, fy * Y + fy), z_end = tme_min(nz, fz * Z + fz);
        real sum[TME_TILE], most[TME_TILE];
        TME_CHUNKS(x0, row, cx) {
            TME_WITHIN(X, x0, cx) {
                sum[X - x0] = 0;
                most[X - x0] = -1;
            }
            for (i64 z = fz * Z; z < z_end; z++) for (i64 y = fy * Y; y < y_end; y++) {
                Row r = tme_row(z * ny + y, nx, ny, nz, periodic, (real)0, links, faces);
                real w = share[nx + ny + z] * share[nx + y];
                for (i64 k = 0; k < fx; k++) {
                    if (held && fx == 2) {
                        TME_VOXELS(varied, X, x0, cx, join(VARIED, true, EDGE, r, 2 * X + k, w, share, sink,
                                                           sum + (X - x0), most + (X - x0)))
                    } else if (held) {
                        TME_VOXELS(varied, X, x0, cx, join(VARIED, true, EDGE, r, X, w, share, sink,
                                                           sum + (X - x0), most + (X - x0)))
                    } else if (fx == 2) {
                        TME_VOXELS(false, X, x0, cx, join(false, false, EDGE, r, 2 * X + k, w, share, sink,
                                                          sum + (X - x0), most + (X - x0)))
                    } else {
                        TME_VOXELS(false, X, x0, cx, join(false, false, EDGE, r, X, w, share, sink,
                                                          sum + (X - x0), most + (X - x0)))
                    }
                }
            }
            TME_WITHIN(X, x0, cx) {
                coarse_sink[row * cx + X] = most[X - x0] >= 0 ? tme_flush(sum[X - x0]) : (real)-1;
            }
        }
    }
}
