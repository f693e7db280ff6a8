// b = u/dt + sources + inflow through the walls (+ diffusion of the present field, explicit), and the sum of all
// that comes in. Equation, units and boundary treatment: gputme/ops/fields/right_hand_side.py.
#include "fields/operator.h"

// Write b of a voxel; what comes in, in quanta.
TME_DEVICE i64 come(i64 varied, bool held, bool explicit_flux, bool edge, const Row& r, const Walls& gain,
                    const Walls& loss, i64 x, f64 per_dt, f64 per_unit, const real* sink, const real* source,
                    const real* u, real* b) {
    i64 v = r.start + x;
    f64 in = (f64)u[v] * per_dt + (f64)source[v];
    in = in + tme_wall(varied, false, gain, r, x);
    f64 flux = 0.0;
    if (explicit_flux) {  // includes what walls and fixed voxels take
        real s, d;
        tme_gather(varied, edge, r, x, u, (real)0, &s, &d);
        flux = (f64)(s - d * u[v]);
    }
    b[v] = tme_flush((real)(in + flux));
    if (explicit_flux) in = in - tme_wall(varied, true, loss, r, x) * (f64)u[v];
    if (held) {
        real lost, gained;
        tme_fixed_links(varied, edge, r, x, sink, u, &lost, &gained);
        in = in + (f64)gained;
        if (explicit_flux) in = in - (f64)lost * (f64)u[v];
        in = in * (f64)tme_free(sink[v]);
    }
    return tme_quanta(in, per_unit);
}

TME_KERNEL right_hand_side(
    i64 nx, i64 ny, i64 nz,  // voxels
    i64 periodic,            // bit 0: x, 1: y, 2: z
    i64 varied,              // 1: links are multiplied by the conductance of their face; 2: by one for each way
    i64 held,                // 1: some voxels are fixed
    i64 explicit_flux,       // 1: add the fluxes of the present field
    f64 per_dt,              // 1/min, 1/dt, or 0 for a steady state
    f64 fastest,             // 1/min, and
    f64 inflow,              // value/min: no income of a voxel exceeds fastest times u, plus its source, plus this
    f64 room,                // quanta that one voxel may have in the sum
    i64 parts,               // shares of the sum
    IN(i64) sizes,           // [2] bits of the largest |u| and |source|
    IN(real) links,          // [4 * (nx + ny + nz)] 1/min
    IN(real) faces,          // [varied * ((nx + 1) * ny * nz + nx * (ny + 1) * nz + nx * ny * (nz + 1))]
    IN(f64) wall_loss,       // [2 * (nx + ny + nz)] 1/min, link to a wall below, then above, the voxel
    IN(f64) wall_gain,       // [2 * (nx + ny + nz)] value/min, link times the value beyond
    IN(real) sink,           // [nx * ny * nz] 1/min; negative: the voxel is fixed
    IN(real) source,         // [nx * ny * nz] value/min
    IN(real) u,              // [nx * ny * nz]
    OUT(real) b,             // [nx * ny * nz] value/min
    OUT(i64) income)         // [parts] quanta: shares of the sum of u/dt + sources + walls + fixed over free voxels
{
    TME_FOR(part, parts) {
        i64 sums[TME_TILE] = {0};
        f64 per_unit = tme_income_unit(sizes, fastest, inflow, room);
        TME_ROWS_OF(row, nz * ny, nx, part, parts) {
            Row r = tme_row(row, nx, ny, nz, periodic, (real)0, links, faces);
            Walls gain = tme_walls(row, nx, ny, nz, wall_gain), loss = tme_walls(row, nx, ny, nz, wall_loss);
            TME_CHUNKS(x0, row, nx) {
                if (explicit_flux) {
                    TME_VOXELS(varied, x, x0, nx,
                               sums[x - x0] += come(VARIED, held, true, EDGE, r, gain, loss, x, per_dt, per_unit,
                                                    sink, source, u, b))
                } else if (held) {
                    TME_VOXELS(varied, x, x0, nx,
                               sums[x - x0] += come(VARIED, true, false, EDGE, r, gain, loss, x, per_dt, per_unit,
                                                    sink, source, u, b))
                } else {
                    TME_VOXELS(varied, x, x0, nx,
                               sums[x - x0] += come(VARIED, false, false, EDGE, r, gain, loss, x, per_dt, per_unit,
                                                    sink, source, u, b))
                }
            }
        }
        income[part] = tme_total(sums);
    }
}
