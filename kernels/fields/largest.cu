// Largest size of a field and of its sources: the scale of the fixed-point sums. Meaning: gputme/ops/fields/largest.py.
#include "fields/operator.h"

TME_KERNEL largest(
    i64 rows, i64 nx,   // rows of voxels, voxels of a row
    IN(real) u,         // [rows * nx]
    IN(real) source,    // [rows * nx]
    INOUT(i64) peak)    // [2] bits of the largest |u| and |source| as float64, raised
{
    real field[TME_TILE] = {0}, sources[TME_TILE] = {0};
    TME_ROWS(row, rows, nx) {
        TME_CHUNKS(x0, row, nx) {
            TME_WITHIN(x, x0, nx) {
                i64 v = row * nx + x;
                field[x - x0] = tme_max(field[x - x0], tme_size(u[v]));
                sources[x - x0] = tme_max(sources[x - x0], tme_size(source[v]));
            }
        }
    }
    tme_raise(peak, field);
    tme_raise(peak + 1, sources);
}
