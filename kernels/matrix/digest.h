// What breaks the matrix or the membrane down from afar, as a diffusing MMP does. gputme/ops/matrix/_digest.py is the
// same arithmetic.
#ifndef TME_DIGEST_H
#define TME_DIGEST_H
#include "tme.h"

// How fast substrates u do so in a voxel, each at its rate, 1/min.
TME_DEVICE real tme_digested(i32 digests, const real* digestion, real* const* u, i64 voxel) {
    real rate = 0;
    for (i32 s = 0; s < digests; s++) rate = rate + tme_flush(digestion[s] * u[s][voxel]);
    return rate;
}

#endif
