// Maximum norms of the residual b - A u, of b and of (diagonal * u) over free voxels: when to stop.
// Equation: gputme/ops/fields/residual_norm.py.
#include "fields/operator.h"

TME_DEVICE void norms(i64 varied, bool edge, const Row& r, i64 x, real fastest, const real* sink, const real* b,
                      const real* u, real* rest, real* given, real* term) {
    i64 v = r.start + x;
    real s, d, open = tme_free(sink[v]);
    tme_gather(varied, edge, r, x, u, b[v], &s, &d);
    if (varied) open = open * (fastest / d);  // slow voxels count as much as fast ones
    d = (d + sink[v]) * u[v];
    *rest = tme_max(*rest, tme_size(open * (s - d)));
    *given = tme_max(*given, tme_size(open * b[v]));
    *term = tme_max(*term, tme_size(open * d));
}

TME_KERNEL residual_norm(
    i64 nx, i64 ny, i64 nz,  // voxels
    i64 periodic,            // bit 0: x, 1: y, 2: z
    i64 varied,              // 1: links are multiplied by the conductance of their face; 2: by one for each way
    real rate,               // 1/min, uniform part of the diagonal: 1/dt + decay
    real fastest,            // 1/min, the largest diagonal without sinks; used where the coefficient varies
    IN(real) links,          // [4 * (nx + ny + nz)] 1/min
    IN(real) faces,          // [varied * ((nx + 1) * ny * nz + nx * (ny + 1) * nz + nx * ny * (nz + 1))]
    IN(real) sink,           // [nx * ny * nz] 1/min; negative: the voxel is fixed
    IN(real) b,              // [nx * ny * nz] right-hand side
    IN(real) u,              // [nx * ny * nz] the field
    INOUT(i64) peak)         // [3] bits of max |b - A u|, max |b|, max |diagonal * u| as float64, raised
{
    real rest[TME_TILE] = {0}, given[TME_TILE] = {0}, term[TME_TILE] = {0};
    TME_ROWS(row, nz * ny, nx) {
        Row r = tme_row(row, nx, ny, nz, periodic, rate, links, faces);
        TME_CHUNKS(x0, row, nx) {
            TME_VOXELS(varied, x, x0, nx, norms(VARIED, EDGE, r, x, fastest, sink, b, u, rest + (x - x0),
                                                given + (x - x0), term + (x - x0)))
        }
    }
    tme_raise(peak, rest);
    tme_raise(peak + 1, given);
    tme_raise(peak + 2, term);
}
