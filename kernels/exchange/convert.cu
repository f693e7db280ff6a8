// Fixed-point sums of `deposit` become the sink or source of each voxel: gputme/ops/exchange/convert.py.
#include "exchange/cloud.h"

TME_KERNEL convert(
    i64 voxels,
    i64 n,             // cells that were deposited
    IN(i64) peak,      // [1] bits of the largest size of a value, as for deposit
    INOUT(i64) total,  // [voxels] sums; zero afterwards
    OUT(real) out)     // [voxels] the sums as numbers
{
    f64 unit = 1.0 / tme_per_unit(peak[0], n);
    TME_FOR(v, voxels) {
        out[v] = tme_flush((real)((f64)total[v] * unit));
        total[v] = 0;
    }
}
