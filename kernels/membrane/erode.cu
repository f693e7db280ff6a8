// The basement membrane over a step: gputme/ops/membrane/erode.py.
#include "dither.h"
#include "maths.h"
#include "matrix/digest.h"

TME_KERNEL erode(
    i64 voxels,
    i32 gnaws,              // 1: cells wear it
    i32 digests,            // substrates that wear it from afar
    i64 tick,               // the step's start
    f64 dt,                 // min
    INOUT(i64) wear,        // [gnaws * voxels] 2^-32 /min; 0 afterwards
    IN(real) digestion,     // [digests] 1/min per unit of each
    MANY(real) u,           // [digests][voxels] what they are
    INOUT(real) integrity)  // [voxels]
{
    TME_FOR(v, voxels) {
        f64 rate = tme_digested(digests, digestion, u, v);
        if (gnaws) {
            rate += wear[v] * (1.0 / TME_QUANTA);
            wear[v] = 0;
        }
        if (rate > 0) integrity[v] = tme_share(integrity[v] * tme_exp(-(rate * dt)), tme_mix(tick, (u64)v), 48);
    }
}
