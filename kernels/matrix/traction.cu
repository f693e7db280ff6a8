// How the matrix where a cell stands changes how it walks. Equations: gputme/ops/matrix/traction.py.
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
    TME_FOR(i, n) {
        if (death[i]) continue;
        i64 t = type[i];
        i64 v = tme_voxel_of(x[i], y[i], z[i], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic);
        if (speed_row >= 0 && lowest[t] <= highest[t]) {
            real rho = density[v], rises = (rho - lowest[t]) / (ideal[t] - lowest[t]);
            real falls = (highest[t] - rho) / (highest[t] - ideal[t]);
            real tent = rho < ideal[t] ? tme_max(rises, floor[t]) : tme_max(falls, (real)0);
            real* speed = ruled + speed_row * stride + i;
            *speed = tme_flush(*speed * tent);
        }
        if (fibres && persistence_row >= 0) {
            real guidance = tme_behaviour(table, slot, ruled, stride, behaviours, t, B_GUIDANCE, i);
            real* persistence = ruled + persistence_row * stride + i;
            *persistence = *persistence * ((real)1 + lengthens[t] * (guidance * anisotropy[v]));
        }
    }
}
