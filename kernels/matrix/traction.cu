// How the matrix where a cell stands changes how it walks. Equations: gputme/ops/matrix/traction.py.
#include "wide.h"
#include "matrix/fibres.h"
#include "matrix/values.h"

TME_KERNEL traction(
    i64 n,                              // cells
    i64 types,                          // cell types
    i64 nx, i64 ny, i64 nz,             // voxels
    real x0, real y0, real z0,          // um, lower corner of the domain
    real per_x, real per_y, real per_z, // 1/um, one over the voxel's sides
    i32 periodic,                       // bit 0: x, 1: y, 2: z
    i32 fibres,                         // 1: the matrix has fibres
    i64 stride,                         // length of a row of ruled
    i64 behaviours,                     // behaviours of a type in table
    i64 rows,                           // rows of ruled
    i64 speed_row,                      // row of the speed, -1: it stays as it is
    i64 persistence_row,                // row of the persistence time, -1: it stays as it is
    IN(real) table,                     // [types * behaviours]
    IN(i32) slot,                       // [behaviours]
    IN(real) lowest,                    // [types] density; above `highest`: the type does not mind
    IN(real) ideal,                     // [types]
    IN(real) highest,                   // [types]
    IN(real) floor,                     // [types] least share of the speed below the ideal density
    IN(real) lengthens,                 // [types] by which guidance and anisotropy lengthen runs
    IN(u8) type,                        // [n]
    IN(u8) death,                       // [n]
    IN(real) x,                         // [n] um
    IN(real) y,                         // [n] um
    IN(real) z,                         // [n] um
    IN(real) density,                   // [nx * ny * nz]
    IN(real) anisotropy,                // [fibres * nx * ny * nz]
    INOUT(real) ruled)                  // [rows * stride]
{
    Behaviour guidances = tme_prepare(table, slot, ruled, stride, behaviours, B_GUIDANCE);
    real *speed = ruled + tme_max(speed_row, (i64)0) * stride;
    real *persistence = ruled + tme_max(persistence_row, (i64)0) * stride;
    TME_LINES(block, n) {
        i64 at[TME_LANES], kind[TME_LANES], cell[TME_LANES], count = tme_min((i64)TME_LANES, n - block);
        TME_EACH(q, count) cell[q] = block + q;
        TME_EACH(q, count) kind[q] = type[block + q];
        const bool alike = tme_alike(count, kind);
        TME_LANE(i, block, n)
            at[i - block] = tme_voxel_of(x[i], y[i], z[i], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic);
        for (i64 i = block; i < tme_min(block + TME_LANES, n); i++) {
            TME_SOON(density + at[i - block]);
            TME_SOON(anisotropy + at[i - block]);
        }
        if (speed_row >= 0) {
            real low[TME_LANES], best[TME_LANES], high[TME_LANES], least[TME_LANES];
            tme_values(tme_by_type(lowest), alike, count, kind, cell, low);
            tme_values(tme_by_type(ideal), alike, count, kind, cell, best);
            tme_values(tme_by_type(highest), alike, count, kind, cell, high);
            tme_values(tme_by_type(floor), alike, count, kind, cell, least);
            TME_LANE(i, block, n) {
                i64 q = i - block;
                real rho = density[at[q]];
                real rises = (rho - low[q]) / (best[q] - low[q]), falls = (high[q] - rho) / (high[q] - best[q]);
                real tent = rho < best[q] ? tme_max(rises, least[q]) : tme_max(falls, (real)0);
                speed[i] = (death[i] == 0) & (low[q] <= high[q]) ? tme_flush(speed[i] * tent) : speed[i];
            }
        }
        if (fibres && persistence_row >= 0) {
            real guidance[TME_LANES], by[TME_LANES];
            tme_values(guidances, alike, count, kind, cell, guidance);
            tme_values(tme_by_type(lengthens), alike, count, kind, cell, by);
            TME_LANE(i, block, n) {
                real longer = (real)1 + by[i - block] * (guidance[i - block] * anisotropy[at[i - block]]);
                persistence[i] = death[i] == 0 ? persistence[i] * longer : persistence[i];
            }
        }
    }
}
