// What flows through every face of the voxels, by the pressures on its sides: gputme/ops/fields/darcy.py.
#include "tme.h"

TME_KERNEL darcy(
    i64 nx, i64 ny, i64 nz,  // voxels, all of one size
    i64 periodic,            // bit 0: x, 1: y, 2: z
    i64 varied,              // 1: links are multiplied by the conductance of their face
    IN(real) links,          // [4 * (nx + ny + nz)] 1/mmHg/min, as of the pressure's operator
    IN(real) faces,          // [varied * ((nx + 1) * ny * nz + nx * (ny + 1) * nz + nx * ny * (nz + 1))]
    IN(f64) wall_loss,       // [2 * (nx + ny + nz)] 1/mmHg/min, link to a wall below, then above, the voxel
    IN(f64) wall_gain,       // [2 * (nx + ny + nz)] 1/min, link times the pressure beyond
    IN(real) p,              // [nx * ny * nz] mmHg
    OUT(real) flow)          // [(nx + 1) * ny * nz + nx * (ny + 1) * nz + nx * ny * (nz + 1)] 1/min, up positive
{
    TME_FOR(f, 3 * nx * ny * nz + ny * nz + nx * nz + nx * ny) {
        i64 g = f - (nx + 1) * ny * nz, h = g - nx * (ny + 1) * nz, m = nx + ny + nz;
        i64 n = nx, step = 1, first = 0, row = f / (nx + 1), index = f - row * (nx + 1), v = row * nx + index;
        if (g >= 0) {  // v: the voxel above the face, or where it would be
            i64 z = g / (nx * (ny + 1));
            n = ny, step = nx, first = nx, v = g - z * nx, index = g / nx - z * (ny + 1);
        }
        if (h >= 0) n = nz, step = nx * ny, first = nx + ny, v = h, index = h / step;
        f64 conductance = varied ? (f64)faces[f] : 1.0, q;
        bool inside = index > 0 && index < n;
        if (inside || (periodic & (first == 0 ? 1 : h < 0 ? 2 : 4))) {
            i64 below = index > 0 ? v - step : v + (n - 1) * step, above = index < n ? v : v - n * step;
            f64 link = index < n ? (f64)links[first + index] : (f64)links[m + first + n - 1];
            q = link * ((f64)p[below] - (f64)p[above]);
        } else if (index == 0) {
            q = wall_gain[first] - wall_loss[first] * (f64)p[v];
        } else {
            i64 last = m + first + n - 1;
            q = wall_loss[last] * (f64)p[v - step] - wall_gain[last];
        }
        flow[f] = tme_flush((real)(q * conductance));
    }
}
