// The basement membrane over a step: gputme/ops/membrane/erode.py.
#include "dither.h"
#include "maths.h"

TME_KERNEL erode(
    i64 voxels,
    i64 tick,               // the step's start
    f64 dt,                 // min
    INOUT(i64) wear,        // [voxels] 2^-32 /min; 0 afterwards
    INOUT(real) integrity)  // [voxels]
{
    TME_FOR(v, voxels) {
        f64 rate = wear[v] * 2.3283064365386963e-10;
        wear[v] = 0;
        if (!(rate > 0)) continue;
        real now = tme_dither(integrity[v] * tme_exp(-(rate * dt)), tme_mix(tick, (u64)v), 48);
        integrity[v] = tme_flush(tme_clamp(now, (real)0, (real)1));
    }
}
