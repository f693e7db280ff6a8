// The bin of every cell, and how many cells each bin holds: gputme/ops/neighbours/bin_cells.py.
#include "tme.h"

TME_DEVICE i64 bin_along(real x, real lower, real per_um, i64 bins) {
    real u = (x - lower) * per_um, top = (real)(bins - 1);
    return u > 0 ? (i64)tme_min(u, top) : 0;  // what is not a number falls into the first bin
}

TME_KERNEL bin_cells(
    i64 n,                      // cells
    i64 nx, i64 ny, i64 nz,     // bins
    real lx, real ly, real lz,  // um, lower corner of the first bin
    real px, real py, real pz,  // 1/um, bins per length
    IN(real) x,                 // [n] um
    IN(real) y,                 // [n] um
    IN(real) z,                 // [n] um
    OUT(i32) bin,               // [n]
    INOUT(i64) count)           // [nx * ny * nz + 1] cells per bin, added to
{
    TME_FOR(i, n) {
        i64 b = bin_along(z[i], lz, pz, nz) * ny + bin_along(y[i], ly, py, ny);
        b = b * nx + bin_along(x[i], lx, px, nx);
        bin[i] = (i32)b;
        TME_ADD(count + b, 1);
    }
}
