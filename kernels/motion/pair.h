// What two cells do to each other: how strongly, and which way where their centres coincide.
// Equations: gputme/ops/motion/forces.py.
#ifndef TME_PAIR_H
#define TME_PAIR_H
#include "behaviour.h"
#include "motion/sphere.h"

#define TME_NEAREST (real)1e-5  // um, closest distance

// Strengths by pair of types, or (not `paired`) from what each of the two cells does.
struct Strengths {
    i32 paired;
    i64 types, affinity, stride, behaviours;
    const real* table;
    const i32* slot;
    const real *ruled, *repulsion, *adhesion;
};
struct Strength { real push, pull; };  // um/min

// Of the cells i and j, of types ti and tj.
TME_DEVICE Strength tme_strength(const Strengths& s, i64 i, i64 ti, i64 j, i64 tj) {
    Strength of;
    if (s.paired) {
        of.push = s.repulsion[ti * s.types + tj];
        of.pull = s.adhesion[ti * s.types + tj];
        return of;
    }
    of.push = tme_sqrt(tme_behaviour(s.table, s.slot, s.ruled, s.stride, s.behaviours, ti, B_REPULSION, i)
                       * tme_behaviour(s.table, s.slot, s.ruled, s.stride, s.behaviours, tj, B_REPULSION, j));
    real p = tme_behaviour(s.table, s.slot, s.ruled, s.stride, s.behaviours, ti, B_ADHESION, i)
             * tme_behaviour(s.table, s.slot, s.ruled, s.stride, s.behaviours, ti, s.affinity + tj, i);
    real q = tme_behaviour(s.table, s.slot, s.ruled, s.stride, s.behaviours, tj, B_ADHESION, j)
             * tme_behaviour(s.table, s.slot, s.ruled, s.stride, s.behaviours, tj, s.affinity + ti, j);
    of.pull = tme_sqrt(p * q);
    return of;
}

// As good as coincident: a direction drawn from the two ids, opposite when they are swapped.
TME_DEVICE bool tme_coincide(real d2) { return d2 < TME_NEAREST * TME_NEAREST; }

struct Apart { real x, y, z; };  // um
TME_DEVICE Apart tme_apart(u64 mine, u64 other, bool planar) {
    u64 p = tme_min(mine, other), q = tme_max(mine, other);
    Words w = philox4x32((u32)p, (u32)(p >> 32), (u32)q, (u32)(q >> 32), 0, 0);
    Vector v = tme_direction(w.a, w.b, planar);
    real sign = mine > other ? TME_NEAREST : -TME_NEAREST;
    Apart away = {sign * (real)v.x, sign * (real)v.y, sign * (real)v.z};
    return away;
}

#endif
