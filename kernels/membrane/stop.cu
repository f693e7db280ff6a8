// No cell walks through a basement membrane that holds: gputme/ops/membrane/stop.py.
#include "membrane/membrane.h"

TME_DEVICE real size(real x) { return x < 0 ? -x : x; }

TME_KERNEL stop(
    i64 n,                              // cells
    i64 nx, i64 ny, i64 nz,             // voxels
    real x0, real y0, real z0,          // um, lower corner of the domain
    real per_x, real per_y, real per_z, // 1/um, one over the voxel's sides
    i32 periodic,                       // bit 0: x, 1: y, 2: z
    real breach,                        // integrity below which cells pass
    IN(real) phi,                       // [nx * ny * nz] um, signed distance from the membrane, negative inside
    IN(real) gx,                        // [nx * ny * nz] its gradient
    IN(real) gy,                        // [nx * ny * nz]
    IN(real) gz,                        // [nx * ny * nz]
    IN(real) integrity,                 // [nx * ny * nz]
    IN(u8) side,                        // [n] 1 outside, 2 inside; 0: not yet known
    IN(real) x,                         // [n] um
    IN(real) y,                         // [n] um
    IN(real) z,                         // [n] um
    INOUT(real) dx,                     // [n] um, displacement
    INOUT(real) dy,                     // [n] um
    INOUT(real) dz)                     // [n] um
{
    Membrane m = {nx, ny, nz, x0, y0, z0, per_x, per_y, per_z, periodic, phi, gx, gy, gz, integrity};
    TME_FOR(i, n) {
        real length = tme_max(tme_max(size(dx[i]) * per_x, size(dy[i]) * per_y), size(dz[i]) * per_z), done = 0;
        if (!(length > 0) || side[i] == 0) continue;
        real pieces = tme_min((real)tme_floor((real)2 * length) + 1, (real)1048576);
        real s = side[i] == TME_INSIDE ? (real)-1 : (real)1;
        while (done < pieces) {
            real share = (done + 1) / pieces;
            Face f = tme_face(m, x[i] + dx[i] * share, y[i] + dy[i] * share, z[i] + dz[i] * share);
            if (s * f.phi < 0 && f.integrity >= breach) break;
            done = done + 1;
        }
        if (done < pieces) {
            real kept = done / pieces;
            dx[i] = dx[i] * kept;
            dy[i] = dy[i] * kept;
            dz[i] = dz[i] * kept;
        }
    }
}
