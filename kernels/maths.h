// exp, log, cube root, sin, cos in double from + - * / alone, so that NumPy, host code and CUDA take the same decision
// bit for bit (the standard libraries' versions differ in the last bit). gputme/maths.py is the same arithmetic.
#ifndef TME_MATHS_H
#define TME_MATHS_H
#include "tme.h"

// log(x), x > 0: x = m 2^e with m in [sqrt(1/2), sqrt(2)); log m = 2 atanh(s), s = (m-1)/(m+1).
TME_DEVICE f64 tme_log(f64 x) {
    i64 bits = tme_bits(x);
    i64 e = ((bits - 0x3FE6A09E667F3BCDll) >> 52);
    f64 m = tme_from_bits(bits - e * (1ll << 52));
    f64 s = (m - 1.0) / (m + 1.0), z = s * s;
    f64 p = 1.0 / 19.0;
    p = p * z + 1.0 / 17.0;
    p = p * z + 1.0 / 15.0;
    p = p * z + 1.0 / 13.0;
    p = p * z + 1.0 / 11.0;
    p = p * z + 1.0 / 9.0;
    p = p * z + 1.0 / 7.0;
    p = p * z + 1.0 / 5.0;
    p = p * z + 1.0 / 3.0;
    p = p * z + 1.0;
    return (f64)e * 0.69314718055994530942 + 2.0 * s * p;
}

// exp(r), |r| <= TME_SMALL: as what is left of any number where the powers of 2 are taken out.
#define TME_SMALL 0.34
TME_DEVICE f64 tme_exp_near(f64 r) {
    f64 p = 1.0 / 6227020800.0;
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    return p * r + 1.0;
}

// exp(x); 0 below -700 and clamped above 700. The same bits as tme_exp_near where |x| is that small: k is 0 there.
TME_DEVICE f64 tme_exp(f64 value) {
    f64 x = tme_clamp(value, -700.0, 700.0), k = tme_floor(x * 1.44269504088896340736 + 0.5);
    f64 r = (x - k * 0.693147180369123816490) - k * 1.90821492927058770002e-10;
    f64 p = tme_exp_near(r) * tme_from_bits((tme_whole(k) + 1023) << 52);
    return value < -700.0 ? 0.0 : p;
}

// x^y for x >= 0 through exp and log; 0 for x = 0.
TME_DEVICE f64 tme_pow(f64 x, f64 y) { return x > 0.0 ? tme_exp(y * tme_log(x)) : 0.0; }

// Cube root of x >= 0: the exponent divided by three, then Halley's iteration (5 % -> 1e-16 in three rounds).
TME_DEVICE f64 tme_cbrt(f64 x) {
    i64 third = ((tme_bits(x) >> 32) * 0x55555556ll) >> 32;
    f64 y = tme_from_bits((third + 715094163ll) << 32);
    for (int round = 0; round < 3; round++) {
        f64 c = y * y * y;
        y = y * ((c + x + x) / (c + c + x));
    }
    return x > 0.0 ? y : 0.0;
}

// sin and cos of 2 pi u, u in [0, 1]: reduced to an eighth of a turn.
TME_DEVICE void tme_sincos_turn(f64 u, f64* sine, f64* cosine) {
    f64 q = tme_floor(u * 4.0 + 0.5);
    f64 t = (u - q * 0.25) * 6.28318530717958647693, z = t * t;
    f64 s = -1.0 / 1307674368000.0;
    s = s * z + 1.0 / 6227020800.0;
    s = s * z - 1.0 / 39916800.0;
    s = s * z + 1.0 / 362880.0;
    s = s * z - 1.0 / 5040.0;
    s = s * z + 1.0 / 120.0;
    s = s * z - 1.0 / 6.0;
    s = (s * z + 1.0) * t;
    f64 c = 1.0 / 20922789888000.0;
    c = c * z - 1.0 / 87178291200.0;
    c = c * z + 1.0 / 479001600.0;
    c = c * z - 1.0 / 3628800.0;
    c = c * z + 1.0 / 40320.0;
    c = c * z - 1.0 / 720.0;
    c = c * z + 1.0 / 24.0;
    c = c * z - 0.5;
    c = c * z + 1.0;
    i64 k = (i64)q & 3;
    f64 a = (k & 1) ? c : s, b = (k & 1) ? s : c;
    *sine = (k & 2) ? -a : a;
    *cosine = (k == 1 || k == 2) ? -b : b;
}

// Radius of the sphere of a volume.
TME_DEVICE f64 tme_radius(f64 volume) { return tme_cbrt(volume * 0.23873241463784300365); }  // 3 / (4 pi)

#endif
