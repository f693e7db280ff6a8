// What breaks the matrix down from afar, as a diffusing MMP does: gputme/ops/matrix/digest.py.
#include "tme.h"

TME_KERNEL digest(
    i64 voxels,
    f64 rate,         // 1/min per unit of u
    IN(real) u,       // [voxels] value of a substrate
    INOUT(i64) wear)  // [voxels] 2^-32 /min
{
    TME_FOR(v, voxels) wear[v] += tme_fixed(rate * (f64)u[v], 4294967296.0);
}
