// How strongly a signal acts. The same arithmetic: saturated in gputme/ops/rules/derive.py.
#ifndef TME_HILL_H
#define TME_HILL_H
#include "maths.h"

// H of a signal, between 0 and 1; a signal below 1e-16 counts as 0.
TME_DEVICE f64 tme_saturated(f64 v, f64 half_max, f64 power) {
    f64 share = tme_pow((v >= 1e-16 ? v : 0.0) / half_max, power);
    return share / (1.0 + share);
}

#endif
