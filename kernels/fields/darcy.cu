// What flows through every face of the voxels, by the pressures on its sides: gputme/ops/fields/darcy.py.
#include "tme.h"

// The axis of a face: voxels along it, from one to the next, and the place of its first in arrays per axis and index.
struct Along {
    i64 n, step, first, m, wraps;
};

// Flow up through a face at `index` of its axis; v: the voxel above it, or where it would be.
TME_DEVICE real through(const Along& a, i64 index, i64 v, const real* links, const f64* loss, const f64* gain,
                        const real* p, real conductance) {
    i64 first = a.first, last = a.m + a.first + a.n - 1;
    f64 q;
    if ((index > 0 && index < a.n) || a.wraps) {
        i64 below = index > 0 ? v - a.step : v + (a.n - 1) * a.step, above = index < a.n ? v : v - a.n * a.step;
        q = (f64)links[index < a.n ? first + index : last] * ((f64)p[below] - (f64)p[above]);
    } else if (index == 0) {
        q = gain[first] - loss[first] * (f64)p[v];
    } else {
        q = loss[last] * (f64)p[v - a.step] - gain[last];
    }
    return tme_flush((real)(q * (f64)conductance));
}

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
    i64 m = nx + ny + nz, faces_x = (nx + 1) * ny * nz, faces_y = nx * (ny + 1) * nz;
    Along ax = {nx, 1, 0, m, periodic & 1}, ay = {ny, nx, nx, m, periodic & 2};
    Along az = {nz, nx * ny, nx + ny, m, periodic & 4};
    TME_ROWS(row, ny * nz + ny + nz + 1, nx + 1) {  // every voxel has the faces below it, and some beyond the last
        i64 z = row / (ny + 1), y = row - z * (ny + 1), voxels = (z * ny + y) * nx;
        TME_ALONG(x, row, nx + 1) {
            i64 v = voxels + x;
            if (y < ny && z < nz) {
                i64 f = (z * ny + y) * (nx + 1) + x;
                flow[f] = through(ax, x, v, links, wall_loss, wall_gain, p, varied ? faces[f] : (real)1);
            }
            if (x < nx && z < nz) {
                i64 f = faces_x + (z * (ny + 1) + y) * nx + x;
                flow[f] = through(ay, y, v, links, wall_loss, wall_gain, p, varied ? faces[f] : (real)1);
            }
            if (x < nx && y < ny) {
                i64 f = faces_x + faces_y + v;
                flow[f] = through(az, z, v, links, wall_loss, wall_gain, p, varied ? faces[f] : (real)1);
            }
        }
    }
}
