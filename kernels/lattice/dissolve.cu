// MMP-2 spreads and degrades the matrix. Equation: gputme/ops/lattice/dissolve.py.
#include "tme.h"

TME_KERNEL dissolve(
    i64 nx,             // points along x
    i64 ny,             // and y, at least 2 each
    real spread,        // C
    real stays,         // 1 - 4 C - k Lambda
    real made,          // k Theta
    real contact,       // k Gamma_1
    real cut,           // k Gamma_2
    IN(i32) makers,     // [nx * ny] mesenchymal cells
    IN(real) enzyme,    // [nx * ny]
    OUT(real) after,    // [nx * ny] enzyme after the step
    INOUT(real) matrix) // [nx * ny]
{
    TME_ROWS(y, ny, nx) {
        IN(real) row = enzyme + y * nx;
        IN(real) below = enzyme + (y > 0 ? y - 1 : 1) * nx;
        IN(real) above = enzyme + (y < ny - 1 ? y + 1 : ny - 2) * nx;
        TME_ALONG(x, y, nx) {
            i64 i = y * nx + x;
            real near = ((row[x < nx - 1 ? x + 1 : nx - 2] + row[x > 0 ? x - 1 : 1]) + above[x]) + below[x];
            real n = (real)makers[i];
            real m = tme_flush(spread * near + row[x] * stays + made * n);
            after[i] = m;
            matrix[i] = tme_flush(matrix[i] * ((real)1 - (contact * n + cut * m)));
        }
    }
}
