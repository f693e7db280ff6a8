// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3, SC11, 2011).
// Randomness is a pure function of (seed, tick, cell id, stream, draw): no generator state anywhere.
#ifndef TME_PHILOX_H
#define TME_PHILOX_H
#include "tme.h"

struct Words { u32 a, b, c, d; };

TME_DEVICE Words philox4x32(u32 c0, u32 c1, u32 c2, u32 c3, u32 k0, u32 k1) {
    for (int round = 0; round < 10; round++) {
        u64 p0 = (u64)0xD2511F53u * c0, p1 = (u64)0xCD9E8D57u * c2;
        u32 n0 = (u32)(p1 >> 32) ^ c1 ^ k0, n2 = (u32)(p0 >> 32) ^ c3 ^ k1;
        c1 = (u32)p1;
        c3 = (u32)p0;
        c0 = n0;
        c2 = n2;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    Words w = {c0, c1, c2, c3};
    return w;
}

// Four words for one cell at one time. `stream` says what for (gputme/rng.py lists them), `draw` counts within it.
TME_DEVICE Words tme_random(u64 seed, i64 tick, u64 id, u32 stream, u32 draw) {
    u64 t = (u64)tick;
    return philox4x32((u32)id, (u32)(id >> 32), (u32)t, ((u32)(t >> 32) << 16) | (stream << 8) | draw,
                      (u32)seed, (u32)(seed >> 32));
}

// Uniform in the open interval (0, 1).
TME_DEVICE f64 tme_uniform(u32 word) { return ((f64)word + 0.5) * 2.3283064365386962890625e-10; }

#endif
