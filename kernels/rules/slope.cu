// The norm of a gradient, as rules read it: gputme/ops/rules/slope.py.
#include "tme.h"

TME_KERNEL slope(
    i64 n,          // cells
    IN(real) gx,    // [n] value/um
    IN(real) gy,    // [n] value/um
    IN(real) gz,    // [n] value/um
    OUT(real) out)  // [n] value/um
{
    TME_FOR(i, n) out[i] = tme_flush(tme_sqrt(gx[i] * gx[i] + gy[i] * gy[i] + gz[i] * gz[i]));
}
