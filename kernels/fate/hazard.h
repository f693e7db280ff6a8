// Competing hazards of one cell in its present phase. Meaning: gputme/ops/fate/fate.py.
#ifndef TME_HAZARD_H
#define TME_HAZARD_H
#include "behaviour.h"
#include "maths.h"
#include "philox.h"

enum { TME_FIXED = 1, TME_GROWS = 2, TME_DIVIDES = 4 };                        // bits of a phase
enum { TME_BIRTHS, TME_APOPTOSES, TME_NECROSES, TME_TRANSITIONS, TME_REMOVALS, TME_KILLS };  // Tissue.COUNTS

// Tick at which ends what began at a tick and lasts so many, with a Gaussian spread drawn once.
TME_DEVICE i64 tme_lasts_until(f64 length, f64 spread, i64 began, u64 seed, u64 id, u32 draw) {
    if (spread > 0) {
        Words w = tme_random(seed, began, id, STREAM_FATE, draw);
        f64 sine, cosine;
        tme_sincos_turn(tme_uniform(w.b), &sine, &cosine);
        length = length * (1.0 + spread * (tme_sqrt(-2.0 * tme_log(tme_uniform(w.a))) * cosine));
    }
    return began + (i64)tme_max(tme_floor(length + 0.5), 1.0);
}

// Tick at which a phase of fixed duration ends, 1 / rate after it was entered.
TME_DEVICE i64 tme_due(f64 rate, f64 spread, i64 entered, u64 seed, u64 id) {
    return rate > 1e-12 ? tme_lasts_until(1024.0 / rate, spread, entered, seed, id, 1) : TME_NEVER;
}

// Tick at which a cell has lived for its lifespan (ticks; negative: none).
TME_DEVICE i64 tme_expiry(f64 lifespan, f64 spread, i64 birth, u64 seed, u64 id) {
    return lifespan >= 0 ? tme_lasts_until(lifespan, spread, birth, seed, id, 2) : TME_NEVER;
}

#endif
