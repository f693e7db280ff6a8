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

TME_KERNEL fit(
    i64 nx, i64 ny, i64 nz,  // voxels
    i64 varied,              // 1: the medium varies
    IN(real) across,         // [nx + ny + nz + 3] um/min, D / distance at every face along x, y, z
    IN(real) relative,       // [varied * ((nx + 1) * ny * nz + nx * (ny + 1) * nz + nx * ny * (nz + 1))] of it
    IN(real) flow,           // [(nx + 1) * ny * nz + nx * (ny + 1) * nz + nx * ny * (nz + 1)] um/min, up positive
    OUT(real) faces)         // [2 * ((nx + 1) * ny * nz + nx * (ny + 1) * nz + nx * ny * (nz + 1))] um/min
{
    TME_FOR(f, 3 * nx * ny * nz + ny * nz + nx * nz + nx * ny) {
        i64 faces_x = (nx + 1) * ny * nz, faces_y = nx * (ny + 1) * nz, all = faces_x + faces_y + nx * ny * (nz + 1);
        i64 g = f - faces_x, h = g - faces_y, plane = nx * ny;
        i64 index = g < 0 ? f % (nx + 1) : h < 0 ? nx + 1 + g / nx % (ny + 1) : nx + ny + 2 + h / plane;
        f64 conductance = (f64)across[index], q = (f64)flow[f], size = q < 0 ? -q : q;
        if (varied) conductance = conductance * (f64)relative[f];
        f64 against = conductance > 0 ? conductance * bernoulli(tme_min(size / conductance, 700.0)) : 0.0;
        f64 along = against + size;
        faces[f] = tme_flush((real)(q < 0 ? against : along));
        faces[all + f] = tme_flush((real)(q < 0 ? along : against));
    }
}
