// Adds what one substrate's gradient contributes to where a cell wants to go: gputme/ops/motion/chemotaxis.py.
// Who does not respond does not look.
#include "behaviour.h"
#include "exchange/slopes.h"

TME_KERNEL chemotaxis(
    i64 n,                              // cells
    i64 types,                          // cell types
    i64 stride,                         // length of a row of ruled
    i64 behaviours,                     // behaviours of a type in table
    i64 response,                       // number of the behaviour `chemotactic response` to this substrate
    real least,                         // 1/um, a gradient below least * value is rounding, not a direction
    i64 nx, i64 ny, i64 nz,             // voxels
    real x0, real y0, real z0,          // um, lower corner of the domain
    real per_x, real per_y, real per_z, // 1/um, one over the voxel's sides
    i32 periodic,                       // bit 0: x, 1: y, 2: z
    i32 nearest,                        // 1: all in the voxel of the centre, 0: trilinear weights
    IN(real) table,                     // [types * behaviours]
    IN(i32) slot,                       // [behaviours]
    IN(real) ruled,                     // [1] row slot[b] holds stride values of behaviour b
    IN(u8) form,                        // [types] 0: unit vector, 1: gradient, 2: receptor occupancy
    IN(real) half_max,                  // [types] value, K of the receptor form
    IN(u8) type,                        // [n]
    IN(real) x,                         // [n] um, centre
    IN(real) y,                         // [n] um
    IN(real) z,                         // [n] um
    IN(real) u,                         // [nx * ny * nz] the field
    INOUT(real) bx,                     // [n] sum over substrates
    INOUT(real) by,                     // [n]
    INOUT(real) bz)                     // [n]
{
    TME_FOR(i, n) {
        i64 t = type[i];
        f64 weight = tme_behaviour(table, slot, ruled, stride, behaviours, t, response, i);
        if (weight == 0) continue;
        Cloud c = tme_cloud(x[i], y[i], z[i], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic, nearest);
        Slopes along = tme_slopes(u, c, nx, ny, nz, per_x, per_y, per_z, periodic);
        f64 gx = along.x, gy = along.y, gz = along.z, v = tme_flush(tme_sample(u, c, nx, ny)), k = half_max[t];
        f64 norm = tme_sqrt(gx * gx + gy * gy + gz * gz);
        if (!(norm > (f64)least * (v < 0 ? -v : v) && norm > 0)) continue;
        f64 scale = weight;
        if (form[t] == 0) scale = weight / norm;
        if (form[t] == 2) scale = weight * (k / ((k + v) * (k + v)));
        bx[i] = tme_flush(bx[i] + (real)(scale * gx));
        by[i] = tme_flush(by[i] + (real)(scale * gy));
        bz[i] = tme_flush(bz[i] + (real)(scale * gz));
    }
}
