// Rounding that keeps small increments: a sum in fp32 stalls where the increment is below half an ulp; one
// that is rounded up or down at random is right on average. gputme/ops/_dither.py is the same.
#ifndef TME_DITHER_H
#define TME_DITHER_H
#include "tme.h"

// 64 well-mixed bits of (tick, id): the finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
TME_DEVICE u64 tme_mix(i64 tick, u64 id) {
    u64 h = (u64)tick * 0x9E3779B97F4A7C15ull + id * 0xD1B54A32D192ED03ull;
    h = (h ^ (h >> 30)) * 0xBF58476D1CE4E5B9ull;
    h = (h ^ (h >> 27)) * 0x94D049BB133111EBull;
    return h ^ (h >> 31);
}

// x as a real: in fp32 shifted by a random fraction of its ulp (16 bits from `shift` on); in fp64 as it is.
TME_DEVICE real tme_dither(f64 x, u64 bits, i32 shift) {
    if (sizeof(real) == 8) return (real)x;
    f64 ulp = tme_from_bits(tme_bits(x) & 0x7FF0000000000000ll) * 1.1920928955078125e-7;
    f64 fraction = ((f64)(i32)((bits >> shift) & 0xFFFF) + 0.5) * 1.52587890625e-5 - 0.5;
    return (real)(x + fraction * ulp);
}

// A share of something: dithered, and in [0, 1].
TME_DEVICE real tme_share(f64 x, u64 bits, i32 shift) {
    return tme_flush(tme_clamp(tme_dither(x, bits, shift), (real)0, (real)1));
}

#endif
