// Floor the field at 0, multiply it, and sum what then leaves: decay, sinks, walls, fixed neighbours, content/dt.
// Equation: gputme/ops/fields/rescale.py.
#include "fields/operator.h"

// Scale a voxel; what then leaves it, in quanta.
TME_DEVICE i64 leave(i64 varied, bool held, bool edge, const Row& r, const Walls& loss, i64 x, f64 factor,
                     f64 rate, f64 per_unit, const real* sink, real* u) {
    i64 v = r.start + x;
    real least = held && sink[v] < 0 ? (real)-3e38 : (real)0;
    f64 times = held && sink[v] < 0 ? 1.0 : factor;
    real scaled = tme_flush((real)((f64)tme_max(u[v], least) * times));
    f64 out = rate + (f64)sink[v];
    out = out + tme_wall(varied, true, loss, r, x);
    if (held) {
        real lost, gained;
        tme_fixed_links(varied, edge, r, x, sink, sink, &lost, &gained);
        out = (out + (f64)lost) * (f64)tme_free(sink[v]);
    }
    u[v] = scaled;
    return tme_quanta(out * (f64)scaled, per_unit);
}

TME_KERNEL rescale(
    i64 nx, i64 ny, i64 nz,  // voxels
    i64 periodic,            // bit 0: x, 1: y, 2: z
    i64 varied,              // 1: links are multiplied by the conductance of their face; 2: by one for each way
    i64 held,                // 1: some voxels are fixed
    f64 rate,                // 1/min, 1/dt + decay
    f64 room,                // quanta that one voxel may have in the sum
    i64 parts,               // shares of the sum
    IN(real) links,          // [4 * (nx + ny + nz)] 1/min
    IN(real) faces,          // [varied * ((nx + 1) * ny * nz + nx * (ny + 1) * nz + nx * ny * (nz + 1))]
    IN(f64) wall_loss,       // [2 * (nx + ny + nz)] 1/min, link to a wall below, then above, the voxel
    IN(f64) factor,          // [1] what free voxels are multiplied by
    IN(i64) norms,           // [3] bits; the last: largest rate of loss times value, from `residual_norm`
    IN(real) sink,           // [nx * ny * nz] 1/min; negative: the voxel is fixed
    INOUT(real) u,           // [nx * ny * nz]
    OUT(i64) outgo)          // [parts] quanta: shares of the sum over free voxels of u times rate + sink + walls + fixed
{
    TME_FOR(part, parts) {
        i64 sums[TME_TILE] = {0};
        f64 times = factor[0], per_unit = tme_outgo_unit(norms, times, room);
        TME_ROWS_OF(row, nz * ny, nx, part, parts) {
            Row r = tme_row(row, nx, ny, nz, periodic, (real)0, links, faces);
            Walls loss = tme_walls(row, nx, ny, nz, wall_loss);
            TME_CHUNKS(x0, row, nx) {
                if (held) {
                    TME_VOXELS(varied, x, x0, nx,
                               sums[x - x0] += leave(VARIED, true, EDGE, r, loss, x, times, rate, per_unit, sink, u))
                } else {
                    TME_VOXELS(varied, x, x0, nx,
                               sums[x - x0] += leave(VARIED, false, EDGE, r, loss, x, times, rate, per_unit, sink, u))
                }
            }
        }
        outgo[part] = tme_total(sums);
    }
}
