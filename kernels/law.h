// What the laws of variables draw, from random words. The NumPy twin: gputme/ops/fate/_law.py.
#ifndef TME_LAW_H
#define TME_LAW_H
#include "maths.h"
#include "philox.h"

// A standard normal number (Box and Muller).
TME_DEVICE f64 tme_normal(u32 a, u32 b) {
    f64 sine, cosine;
    tme_sincos_turn(tme_uniform(b), &sine, &cosine);
    return tme_sqrt(-2.0 * tme_log(tme_uniform(a))) * cosine;
}

// way: 2 value, 3 normal, 4 uniform, 5 lognormal; a and b its two numbers; any other way: `old`.
TME_DEVICE f64 tme_drawn(i32 way, f64 a, f64 b, f64 old, Words w) {
    if (way == 2) return a;
    if (way == 3) return a + b * tme_normal(w.a, w.b);
    if (way == 4) return a + (b - a) * tme_uniform(w.a);
    if (way == 5) return a * tme_exp(b * tme_normal(w.a, w.b));
    return old;
}

#endif
