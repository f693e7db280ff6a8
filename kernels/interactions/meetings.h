// What the kernels on cells that meet share. Meaning: gputme/ops/interactions/_meetings.py.
#ifndef TME_MEETINGS_H
#define TME_MEETINGS_H
#include "behaviour.h"
#include "maths.h"
#include "philox.h"

#define TME_AGAIN 0                  // in place of a tick: that event has just happened
#define TME_GONE 2                   // mark of a cell that was eaten, or fused into another
#define TME_LONGEST ((1 << 20) - 1)  // ticks of a step
#define TME_GRAINS 4294967296.0      // harm is added up in this part of a unit of damage

enum { TME_RANDOM, TME_FIXED_END, TME_DEATH };  // how a hold ends

// Of events that ask for the same cell the one with the largest key goes first.
TME_DEVICE i64 tme_key(i64 round, i64 tick, i64 when, i64 rank) {
    return round << 51 | (TME_LONGEST - (when - tick)) << 31 | (0x7FFFFFFF - rank);
}

// What a hold adds up to.
struct Books { real* delivered; i64* attack_time; i64* harm; i32 blunting; i64* blunted; i64* held_for; };

// Cell `mine` has held cell j up to `until`, since then or the step's start; harms: damaged it.
TME_DEVICE void tme_book(Books b, Rates mine, i64 j, i64 since, i64 until, i64 tick, bool harms) {
    i64 lasted = until - tme_max(since, tick);
    if (lasted <= 0) return;
    b.attack_time[mine.cell] += lasted;
    if (!harms) return;
    f64 rate = tme_rate(mine, B_ATTACK_DAMAGE), amount = rate * ((f64)lasted * (1.0 / TME_TICKS));
    b.delivered[mine.cell] = tme_flush((real)(b.delivered[mine.cell] + amount));
    TME_ADD(b.harm + j, tme_fixed(amount, TME_GRAINS));
    if (!b.blunting || !(rate > 0)) return;
    TME_ADD(b.blunted + j, tme_fixed(amount * (1.0 - tme_rate(mine, B_ATTACK_EFFECT)), TME_GRAINS));
    TME_ADD(b.held_for + j, lasted);
}

#endif
