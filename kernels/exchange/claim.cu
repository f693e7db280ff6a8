// What cells demand of each voxel becomes a sink that never takes more than there is: gputme/ops/exchange/claim.py.
#include "tme.h"

#define TME_SOON ((real)1e-4)  // min, claim.SOON

TME_KERNEL claim(
    i64 voxels,
    IN(real) wanted,      // [voxels] value/min
    IN(real) u,           // [voxels] the field
    INOUT(real) sink,     // [voxels] 1/min
    INOUT(real) easing,   // [voxels] 1/min
    OUT(real) per_met)    // [voxels] 1/value: the share of the demand that a field meets, over the field
{
    TME_FOR(v, voxels) {
        real d = wanted[v];
        per_met[v] = 0;
        if (!(d > 0)) continue;
        real reach = u[v] + d * TME_SOON, rate = d / reach;
        sink[v] = sink[v] + rate;
        easing[v] = tme_flush(easing[v] + rate * (u[v] / reach));
        per_met[v] = (real)1 / reach;
    }
}
