// How the matrix where a cell stands changes how it walks. Equations: gputme/ops/matrix/traction.py.
#include "wide.h"
#include "behaviour.h"
#include "matrix/fibres.h"

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
        i64 at[TME_LANES], kind[TME_LANES];
        TME_LANE(i, block, n) kind[i - block] = death[i] ? (i64)-1 : (i64)type[i];
        TME_LANE(i, block, n)
            at[i - block] = tme_voxel_of(x[i], y[i], z[i], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic);
        for (i64 i = block; i < tme_min(block + TME_LANES, n); i++) {
            TME_SOON(density + at[i - block]);
            TME_SOON(anisotropy + at[i - block]);
        }
        if (speed_row >= 0)
            TME_LANE(i, block, n) {
                i64 t = tme_max(kind[i - block], (i64)0);
                real rho = density[at[i - block]], low = lowest[t], best = ideal[t], high = highest[t];
                real rises = (rho - low) / (best - low), falls = (high - rho) / (high - best);
                real tent = rho < best ? tme_max(rises, floor[t]) : tme_max(falls, (real)0);
                speed[i] = (kind[i - block] >= 0) & (low <= high) ? tme_flush(speed[i] * tent) : speed[i];
            }
        if (fibres && persistence_row >= 0)
            TME_LANE(i, block, n) {
                i64 t = tme_max(kind[i - block], (i64)0);
                real longer = (real)1 + lengthens[t] * (tme_value(guidances, t, i) * anisotropy[at[i - block]]);
                persistence[i] = kind[i - block] >= 0 ? persistence[i] * longer : persistence[i];
            }
    }
}
