// Where the sums of each voxel's cells stand: in the place of one of them. gputme/ops/matrix/appoint.py.
#include "wide.h"
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
    const bool alone = TME_ALONE;
    TME_LINES(block, n) {
        TME_LANE(i, block, n)
            at[i] = tme_voxel_of(x[i], y[i], z[i], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic);
        const i64 end = tme_min(block + TME_LANES, n);
        for (i64 i = block; i < end; i++) {
            TME_SOON(keeper + at[tme_min(i + 2 * TME_AHEAD, end - 1)]);
            i64 word = (turn << 32) + i, *kept = keeper + at[i];
            if (death[i]) at[i] = -1;
            else if (alone) *kept = tme_max(*kept, word);
            else TME_MAX(kept, word);
        }
    }
}
