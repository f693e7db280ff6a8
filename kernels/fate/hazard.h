// Competing hazards of one cell in its present phase. Meaning: gputme/ops/fate/fate.py.
#ifndef TME_HAZARD_H
#define TME_HAZARD_H
#include "behaviour.h"
#include "maths.h"
#include "philox.h"

#define TME_NEVER 0x3FFFFFFFFFFFFFFFll

enum { TME_FIXED = 1, TME_GROWS = 2, TME_DIVIDES = 4 };                        // bits of a phase
enum { TME_BIRTHS, TME_APOPTOSES, TME_NECROSES, TME_TRANSITIONS, TME_REMOVALS };  // Tissue.COUNTS

struct Rates {  // where a cell's rates stand
    const real* table; const i32* slot; const real* ruled;
    i64 stride, behaviours, type, cell;
};

TME_DEVICE f64 tme_rate(Rates r, i64 b) {
    return tme_behaviour(r.table, r.slot, r.ruled, r.stride, r.behaviours, r.type, b, r.cell);
}

// Tick at which a phase of fixed duration ends: 1 / rate, with a Gaussian spread drawn once per phase.
TME_DEVICE i64 tme_due(f64 rate, f64 spread, i64 entered, u64 seed, u64 id) {
    if (!(rate > 1e-12)) return TME_NEVER;
    f64 length = 1024.0 / rate;
    if (spread > 0) {
        Words w = tme_random(seed, entered, id, STREAM_FATE, 1);
        f64 sine, cosine;
        tme_sincos_turn(tme_uniform(w.b), &sine, &cosine);
        length = length * (1.0 + spread * (tme_sqrt(-2.0 * tme_log(tme_uniform(w.a))) * cosine));
    }
    return entered + (i64)tme_max(tme_floor(length + 0.5), 1.0);
}

#endif
