// What every face passes on of the value below it and of the value above it, by diffusion and flow together.
// Equation, units and source: gputme/ops/fields/fit.py.
#include "maths.h"
#include "tme.h"

// B(z) = z / (e^z - 1) of z >= 0; 1 at 0, where the quotient would lose its digits.
TME_DEVICE f64 bernoulli(f64 z) {
    f64 w = z * z, p = w * (-1.0 / 1209600.0) + 1.0 / 30240.0;
    p = p * w - 1.0 / 720.0;
    p = p * w + 1.0 / 12.0;
    p = p * w + 1.0;
    return z < 0.125 ? p - z * 0.5 : z / (tme_exp(z) - 1.0);
}

TME_DEVICE void pass(real across, real relative, real flow, real* up, real* down) {
    f64 conductance = (f64)across * (f64)relative, size = flow < 0 ? -(f64)flow : (f64)flow;
    f64 against = conductance > 0 ? conductance * bernoulli(tme_min(size / conductance, 700.0)) : 0.0;
    f64 along = against + size;
    *up = tme_flush((real)(flow < 0 ? against : along));
    *down = tme_flush((real)(flow < 0 ? along : against));
}

TME_KERNEL fit(
    i64 nx, i64 ny, i64 nz,  // voxels
    i64 varied,              // 1: the medium varies
    IN(real) across,         // [nx + ny + nz + 3] um/min, D / distance at every face along x, y, z
    IN(real) relative,       // [varied * ((nx + 1) * ny * nz + nx * (ny + 1) * nz + nx * ny * (nz + 1))] of it
    IN(real) flow,           // [(nx + 1) * ny * nz + nx * (ny + 1) * nz + nx * ny * (nz + 1)] um/min, up positive
    OUT(real) faces)         // [2 * ((nx + 1) * ny * nz + nx * (ny + 1) * nz + nx * ny * (nz + 1))] um/min
{
    i64 faces_x = (nx + 1) * ny * nz, faces_y = nx * (ny + 1) * nz, all = faces_x + faces_y + nx * ny * (nz + 1);
    TME_ROWS(row, ny * nz + ny + nz + 1, nx + 1) {  // every voxel has the faces below it, and some beyond the last
        i64 z = row / (ny + 1), y = row - z * (ny + 1);
        TME_ALONG(x, row, nx + 1) {
            if (y < ny && z < nz) {
                i64 f = (z * ny + y) * (nx + 1) + x;
                pass(across[x], varied ? relative[f] : (real)1, flow[f], faces + f, faces + all + f);
            }
            if (x < nx && z < nz) {
                i64 f = faces_x + (z * (ny + 1) + y) * nx + x;
                pass(across[nx + 1 + y], varied ? relative[f] : (real)1, flow[f], faces + f, faces + all + f);
            }
            if (x < nx && y < ny) {
                i64 f = faces_x + faces_y + (z * ny + y) * nx + x;
                pass(across[nx + ny + 2 + z], varied ? relative[f] : (real)1, flow[f], faces + f, faces + all + f);
            }
        }
    }
}
