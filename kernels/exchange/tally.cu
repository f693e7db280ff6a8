// A fixed-point sum over the cells is booked as an amount. Meaning: gputme/ops/exchange/tally.py.
#include "exchange/cloud.h"

TME_KERNEL tally(
    i64 n,             // cells that were added up
    f64 volume,        // um3, of a voxel
    f64 dt,            // min
    IN(i64) peak,      // [1] bits of the largest size among them
    IN(i64) total,     // [1] their sum, as `deposit` leaves it, value/min
    INOUT(f64) amount) // [1] value um3
{
    TME_FOR(one, 1) amount[0] += (f64)total[0] / tme_per_unit(peak[0], n) * volume * dt;
}
