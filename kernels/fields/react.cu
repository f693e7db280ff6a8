// What cells take up and give, as a step of its own between sweeps: gputme/ops/fields/react.py.
#include "tme.h"

TME_KERNEL react(
    i64 voxels,
    f64 per_dt,        // 1/min, 1/dt
    IN(real) sink,     // [voxels] 1/min; negative: the voxel is fixed
    IN(real) source,   // [voxels] value/min
    INOUT(real) u)     // [voxels] the field
{
    TME_FOR(v, voxels) {
        real b = tme_flush((real)((f64)u[v] * per_dt + (f64)source[v]));
        u[v] = sink[v] < 0 ? u[v] : tme_flush(b / ((real)per_dt + sink[v]));
    }
}
