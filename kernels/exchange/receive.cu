// A field receives amounts that were spread as fixed-point sums. Meaning: gputme/ops/exchange/receive.py.
#include "exchange/cloud.h"

TME_KERNEL receive(
    i64 voxels,
    i64 n,             // cells that were deposited
    IN(i64) peak,      // [1] bits of the largest of their values, as for deposit
    INOUT(i64) total,  // [voxels] sums; zero afterwards
    INOUT(real) u,     // [voxels] the field
    INOUT(i64) owed)   // [1] what rounding has kept from it, raised
{
    f64 units = tme_per_unit(peak[0], n), unit = 1.0 / units;
    TME_FOR(v, voxels) {
        if (total[v] == 0) continue;
        f64 amount = (f64)total[v] * unit, before = u[v];
        real after = tme_flush((real)(before + amount));
        u[v] = after;
        i64 kept = tme_fixed(amount - ((f64)after - before), units);
        if (kept != 0) TME_ADD(owed, kept);
        total[v] = 0;
    }
}
