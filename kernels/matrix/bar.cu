// Cells do not walk into a matrix whose pores are too small for them: gputme/ops/matrix/bar.py.
#include "wide.h"
#include "matrix/fibres.h"
#include "matrix/values.h"

TME_DEVICE real size(real x) { return x < 0 ? -x : x; }

TME_KERNEL bar(
    i64 n,                              // cells
    i64 types,                          // cell types
    i64 nx, i64 ny, i64 nz,             // voxels
    real x0, real y0, real z0,          // um, lower corner of the domain
    real per_x, real per_y, real per_z, // 1/um, one over the voxel's sides
    i32 periodic,                       // bit 0: x, 1: y, 2: z
    i64 stride,                         // length of a row of ruled
    i64 behaviours,                     // behaviours of a type in table
    IN(real) table,                     // [types * behaviours]
    IN(i32) slot,                       // [behaviours]
    IN(real) ruled,                     // [1] row slot[b] holds stride values of behaviour b
    IN(u8) type,                        // [n]
    IN(real) x,                         // [n] um
    IN(real) y,                         // [n] um
    IN(real) z,                         // [n] um
    IN(real) density,                   // [nx * ny * nz]
    INOUT(real) dx,                     // [n] um, displacement
    INOUT(real) dy,                     // [n] um
    INOUT(real) dz)                     // [n] um
{
    Behaviour porosities = tme_prepare(table, slot, ruled, stride, behaviours, B_POROSITY);
    TME_LINES(block, n) {
        real pieces[TME_LANES], least[TME_LANES], porous[TME_LANES];
        i64 kind[TME_LANES], cell[TME_LANES], count = tme_min((i64)TME_LANES, n - block);
        TME_EACH(q, count) cell[q] = block + q;
        TME_EACH(q, count) kind[q] = type[block + q];
        tme_values(porosities, tme_alike(count, kind), count, kind, cell, porous);
        TME_LANE(i, block, n) {
            real porosity = porous[i - block];
            real length = tme_max(tme_max(size(dx[i]) * per_x, size(dy[i]) * per_y), size(dz[i]) * per_z);
            real all = tme_min((real)tme_floor((real)2 * length) + 1, (real)1048576);
            pieces[i - block] = (porosity > 0) & (length > 0) ? all : (real)0;
            least[i - block] = (real)1 - porosity;
        }
        TME_LANE(i, block, n) {  // those who walk less than half a voxel: without branches, a vector loop
            i64 own = tme_voxel_of(x[i], y[i], z[i], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic);
            i64 there = tme_voxel_of(x[i] + dx[i], y[i] + dy[i], z[i] + dz[i], x0, y0, z0, per_x, per_y, per_z,
                                     nx, ny, nz, periodic);
            real dense = density[there == own ? (i64)0 : there];  // few enter another voxel: others fetch no line for it
            bool stops = (pieces[i - block] == 1) & (there != own) & (dense > least[i - block]);
            real kept = stops ? (real)0 : (real)1;
            dx[i] = dx[i] * kept;
            dy[i] = dy[i] * kept;
            dz[i] = dz[i] * kept;
        }
        TME_LANE(i, block, n) {
            real all = pieces[i - block], done = 0;
            if (!(all > 1)) continue;
            i64 own = tme_voxel_of(x[i], y[i], z[i], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic);
            while (done < all) {
                real share = (done + 1) / all;
                i64 there = tme_voxel_of(x[i] + dx[i] * share, y[i] + dy[i] * share, z[i] + dz[i] * share, x0, y0, z0,
                                         per_x, per_y, per_z, nx, ny, nz, periodic);
                if (there != own && density[there] > least[i - block]) break;
                own = there;
                done = done + 1;
            }
            if (done < all) {
                real kept = done / all;
                dx[i] = dx[i] * kept;
                dy[i] = dy[i] * kept;
                dz[i] = dz[i] * kept;
            }
        }
    }
}
