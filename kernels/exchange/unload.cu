// What a dead cell that leaves gives back to the field. Meaning: gputme/ops/exchange/unload.py.
#include "tme.h"

TME_KERNEL unload(
    i64 n,                 // cells
    f64 voxel_volume,      // um3
    IN(real) share,        // [1] of what a cell holds, per type
    IN(u8) type,           // [n]
    IN(u8) mark,           // [n] 2: a dead cell whose time is over
    INOUT(real) internal,  // [n] value um3, amount inside the cell
    OUT(real) value,       // [n] what it gives back over the volume of a voxel
    INOUT(i64) peak)       // [1] bits of the largest value
{
    const u8 LEAVES = 2;
    TME_FOR(i, n) {
        f64 held = internal[i];
        bool gives = mark[i] == LEAVES && held > 0;
        real out = tme_flush((real)(gives ? (f64)share[type[i]] * held / voxel_volume : 0.0));
        value[i] = out;
        if (!(out > 0)) continue;
        internal[i] = tme_flush((real)(held - (f64)out * voxel_volume));
        TME_MAX(peak, tme_bits(out));
    }
}
