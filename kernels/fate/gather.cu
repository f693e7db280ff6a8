// One column in another order: gputme/ops/fate/gather.py.
#include "tme.h"

TME_KERNEL gather(
    i64 n,             // elements wanted
    i64 length,        // elements of the source
    i64 width,         // bytes per element: 1, 4 or 8
    IN(i32) index,     // [n] which element of the source each is
    IN(u8) source,     // [length * width]
    OUT(u8) target)    // [n * width]
{
    TME_FOR(i, n) {
        i64 j = index[i];
        if (width == 4) ((u32*)target)[i] = ((const u32*)source)[j];
        else if (width == 8) ((u64*)target)[i] = ((const u64*)source)[j];
        else target[i] = source[j];
    }
}
