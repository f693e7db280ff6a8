// Where the sums of each voxel's cells stand: in the place of one of them. gputme/ops/matrix/appoint.py.
#include "matrix/fibres.h"

TME_KERNEL appoint(
    i64 n,                              // cells
    i64 nx, i64 ny, i64 nz,             // voxels
    real x0, real y0, real z0,          // um, lower corner of the domain
    real per_x, real per_y, real per_z, // 1/um, one over the voxel's sides
    i32 periodic,                       // bit 0: x, 1: y, 2: z
    i64 turn,                           // number of this appointment, above that of every earlier one
    IN(u8) death,                       // [n]
    IN(real) x,                         // [n] um
    IN(real) y,                         // [n] um
    IN(real) z,                         // [n] um
    OUT(i64) at,                        // [n] its voxel, -1: dead
    INOUT(i64) keeper)                  // [nx * ny * nz] 2^32 turn + the cell appointed
{
    TME_FOR(i, n) {
        if (i + TME_AHEAD < n) {
            i64 j = i + TME_AHEAD;
            TME_SOON(keeper + tme_voxel_of(x[j], y[j], z[j], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic));
        }
        at[i] = -1;
        if (death[i]) continue;
        i64 v = tme_voxel_of(x[i], y[i], z[i], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic);
        at[i] = v;
        TME_MAX(&keeper[v], (turn << 32) + i);
    }
}
