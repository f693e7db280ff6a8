// Where the sums of each voxel's cells stand: in the place of one of them. gputme/ops/matrix/appoint.py.
#include "wide.h"
#include "matrix/fibres.h"

TME_KERNEL appoint(
    i64 n,                              // cells
    i64 nx, i64 ny, i64 nz,             // voxels
    real x0, real y0, real z0,          // um, lower corner of the domain
    real per_x, real per_y, real per_z, // 1/um, one over the voxel's sides
    i32 periodic,                       // bit 0: x, 1: y, 2: z
    i32 first,                          // word of cell 0, above those of every earlier turn; first + n: below 2^31
    IN(u8) death,                       // [n]
    IN(real) x,                         // [n] um
    IN(real) y,                         // [n] um
    IN(real) z,                         // [n] um
    OUT(i64) at,                        // [n] its voxel, -1: dead
    INOUT(i32) keeper)                  // [nx * ny * nz] first + the cell appointed
{
    const bool alone = TME_ALONE;
    TME_LINES(block, n) {
        TME_LANE(i, block, n)
            at[i] = tme_voxel_of(x[i], y[i], z[i], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic);
        const i64 end = tme_min(block + TME_LANES, n);
        for (i64 i = block; i < end; i++) {
            TME_SOON(keeper + at[tme_min(i + 2 * TME_AHEAD, end - 1)]);
            i32 word = first + (i32)i, *kept = keeper + at[i];
            if (death[i]) at[i] = -1;
            else if (alone) *kept = tme_max(*kept, word);
            else TME_MAX(kept, word);
        }
    }
}
