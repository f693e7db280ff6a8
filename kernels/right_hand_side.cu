// b = u/dt + sources + inflow through the walls (+ diffusion of the present field, explicit), and the sum of all
// that comes in. Equation, units and boundary treatment: gputme/ops/right_hand_side.py.
#include "operator.h"

TME_KERNEL right_hand_side(
    i64 nx, i64 ny, i64 nz,  // voxels
    i64 periodic,            // bit 0: x, 1: y, 2: z
    i64 varied,              // 1: links are multiplied by their face's relative conductance
    i64 held,                // 1: some voxels are fixed
    i64 explicit_flux,       // 1: add the fluxes of the present field
    f64 per_dt,              // 1/min, 1/dt, or 0 for a steady state
    f64 per_unit,            // quanta of the sum per value/min, a power of two
    IN(real) links,          // [4 * (nx + ny + nz)] 1/min
    IN(real) faces,          // [varied * ((nx + 1) * ny * nz + nx * (ny + 1) * nz + nx * ny * (nz + 1))]
    IN(f64) wall_loss,       // [2 * (nx + ny + nz)] 1/min, link to a wall below, then above, the voxel
    IN(f64) wall_gain,       // [2 * (nx + ny + nz)] value/min, link times the value beyond
    IN(real) sink,           // [nx * ny * nz] 1/min; negative: the voxel is fixed
    IN(real) source,         // [nx * ny * nz] value/min
    IN(real) u,              // [nx * ny * nz]
    OUT(real) b,             // [nx * ny * nz] value/min
    INOUT(i64) income)       // [1] quanta: sum of u/dt + sources + walls + fixed neighbours over free voxels
{
    i64 sums[TME_TILE] = {0};
    TME_ROWS(row, nz * ny, nx) {
        Row r = tme_row(row, nx, ny, nz, periodic, varied, (real)0, links, faces, u);
        Walls gain = tme_walls(row, nx, ny, nz, wall_gain), loss = tme_walls(row, nx, ny, nz, wall_loss);
        TME_CHUNKS(x0, row, nx) {
            TME_WITHIN(x, x0, nx) {
                i64 v = r.start + x;
                f64 in = (f64)u[v] * per_dt + (f64)source[v];
                in = in + tme_wall(gain, r, x);
                f64 flux = 0.0;
                if (explicit_flux) {
                    real s, d;
                    tme_gather(r, x, u, (real)0, &s, &d);
                    flux = (f64)(s - d * u[v]);  // includes what the walls take, and all fixed links
                }
                b[v] = tme_flush((real)(in + flux));
                if (explicit_flux) in = in - tme_wall(loss, r, x) * (f64)u[v];
                if (held) {
                    real lost, gained;
                    tme_fixed_links(r, x, sink, u, &lost, &gained);
                    in = in + (f64)gained;
                    if (explicit_flux) in = in - (f64)lost * (f64)u[v];
                    in = sink[v] < 0 ? 0.0 : in;
                }
                sums[x - x0] += tme_quanta(in, per_unit);
            }
        }
    }
    tme_total(income, sums);
}
