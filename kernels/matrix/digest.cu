// What breaks the matrix or the membrane down from afar, as a diffusing MMP does: gputme/ops/matrix/digest.py.
#include "tme.h"

TME_KERNEL digest(
    i64 rows, i64 nx,       // voxels
    i32 more,               // 1: another substrate does so too, and is there already
    real rate,              // 1/min per unit of u
    IN(real) u,             // [rows * nx] value of a substrate
    INOUT(real) digested)   // [rows * nx] 1/min
{
    TME_ROWS(row, rows, nx) TME_ALONG(x, row, nx) {
        i64 v = row * nx + x;
        digested[v] = (more ? digested[v] : (real)0) + tme_flush(rate * u[v]);
    }
}
