// How a cell goes within a base step: in 2^e steps of its own, straight from one of its turns to the next.
// Equations: gputme/ops/motion/_ways.py, which is the same arithmetic.
#ifndef TME_WAYS_H
#define TME_WAYS_H
#include "motion/walls.h"

#define TME_STABLE (real)0.9  // largest product of a step and twice the stiffness
#define TME_FAR (real)0.1     // largest displacement in a step, in radii
#define TME_LEVELS 32         // exponents that are told apart
#define TME_WAY 16            // numbers per place: x0 y0 z0 radius, V reach; then x0' y0' z0' e, V' -

// e: the smallest for which 2^e steps are at least as many as asked for.
TME_DEVICE i64 tme_exponent(real asked) {
    i64 e = 0;
    for (real steps = 1; steps < asked && e < TME_LEVELS - 1; steps = 2 * steps) e++;
    return e;
}

// 2^-e
TME_DEVICE real tme_share(i64 e) { return e > 0 ? (real)1 / (real)((i64)1 << e) : (real)1; }

// Which half of its numbers holds before sub-step k of 2^top where a cell stands that takes 2^e steps: they are
// written in turn, so whoever reads one half in a sub-step meets nobody who writes it.
TME_DEVICE i64 tme_half(i64 k, i64 top, i64 e) { return k - 1 >> (top - e) & 1; }

// What pulls at a cell, alone or beside what does already.
TME_DEVICE real tme_join(i32 joins, real there, real more) { return joins ? there + more : more; }

// The end of a step along one axis within walls: the walk first, which is what a wall turns, then the push.
TME_DEVICE End tme_go(real from, real walk, real to, real lower, real upper, i32 walls, i32 axis) {
    from = tme_clamp(from, lower, upper);  // it stood within: no wall is met by rounding alone
    real there = from + walk;
    End walked = tme_within(there, lower, upper, walls, axis);
    End end = tme_within(walked.x == there ? to : walked.x + ((to - from) - walk), lower, upper, walls, axis);
    end.mirrored = walked.mirrored;
    end.left = walked.left | end.left;
    return end;
}

#endif
