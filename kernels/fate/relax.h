// Volumes and damage relax exactly over any time. Meaning: gputme/ops/fate/_relax.py.
#ifndef TME_RELAX_H
#define TME_RELAX_H
#include "dither.h"
#include "maths.h"

enum { TME_STATES = 4, TME_RATES = 6, TME_COEFFICIENTS = 10 };

struct Volumes { f64 fluid, nuclear, cytoplasmic, calcified; };

TME_DEVICE f64 tme_total(Volumes v) { return v.fluid + v.nuclear + v.cytoplasmic; }

// 1 - exp(-x), without cancellation for small x.
TME_DEVICE f64 tme_lost(f64 x) {
    if (x > 0.1) return 1.0 - tme_exp(-x);
    f64 total = 0, term = 1;
    for (i32 k = 1; k < 12; k++) {
        term = term * (-x / k);
        total = total - term;
    }
    return total;
}

// Integral over 0 <= s <= dt of exp(-p (dt - s)) exp(-q s): two relaxations in a row.
TME_DEVICE f64 tme_both(f64 p, f64 q, f64 dt) {
    f64 fast = tme_max(p, q), slow = tme_min(p, q), gap = fast - slow;
    f64 spread = gap > 0 ? tme_lost(gap * dt) / gap : dt;
    return tme_exp(-slow * dt) * spread;
}

// Volumes carried on by ten coefficients.
TME_DEVICE Volumes tme_advance(const f64* c, Volumes v, f64 target) {
    return {c[0] * v.fluid + c[1] * v.nuclear + c[2] * v.cytoplasmic + c[3] * target,
            c[4] * v.nuclear + c[5] * target, c[6] * v.cytoplasmic + c[7] * target, c[8] * v.calcified + c[9]};
}

// Volumes carried on over some ticks by the six numbers of their type and state.
TME_DEVICE Volumes tme_relax(const f64* rates, i64 ticks, Volumes v, f64 target) {
    f64 dt = (f64)ticks * (1.0 / TME_TICKS), ratio = rates[5];
    f64 a = rates[0] * (1.0 - rates[4]), pull = rates[0] * rates[4];
    f64 from_nucleus = tme_both(a, rates[1], dt), from_cytoplasm = tme_both(a, rates[2], dt);
    f64 of_target = (1.0 + ratio) * tme_both(a, 0.0, dt) - from_nucleus - ratio * from_cytoplasm;
    f64 nucleus = tme_lost(rates[1] * dt), cytoplasm = tme_lost(rates[2] * dt), calcified = tme_lost(rates[3] * dt);
    f64 c[TME_COEFFICIENTS] = {1.0 - tme_lost(a * dt), pull * from_nucleus, pull * from_cytoplasm, pull * of_target,
                               1.0 - nucleus, nucleus, 1.0 - cytoplasm, ratio * cytoplasm, 1.0 - calcified, calcified};
    return tme_advance(c, v, target);
}

// The rate of damage, 1/min, of what others do to a cell in a step, in parts of 2^-32.
TME_DEVICE f64 tme_harmed(i64 harm, i64 tick, i64 end) {
    return (f64)harm * (1.0 / 4294967296.0 * TME_TICKS / (f64)(end - tick));
}

// By how much what rules add to the rate of apoptosis falls: the part of the harm that lacks effect, times the share of
// the step for which attackers held the cell with damage.
TME_DEVICE f64 tme_bluntness(i64 blunted, i64 harm, i64 held_for, i64 tick, i64 end) {
    return harm > 0 ? (f64)blunted / (f64)harm * ((f64)tme_min(held_for, end - tick) / (f64)(end - tick)) : 0.0;
}

// Damage after dt minutes at a rate of damage and of repair, 1/min.
TME_DEVICE f64 tme_damaged(f64 damage, f64 rate, f64 repair, f64 dt) {
    f64 x = repair * dt, stays = tme_exp(-x);
    f64 gain = x < 1e-5 ? dt - 0.5 * x * dt : (1.0 - stays) / repair;
    return damage * stays + rate * gain;
}

#endif
