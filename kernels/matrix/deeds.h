// What the cells of a block do to the matrix where they are, 1/min in whole quanta of 2^-32; without branches, so that
// many are computed at once. Equations: gputme/ops/matrix/_deeds.py, which is the same arithmetic.
#ifndef TME_DEEDS_H
#define TME_DEEDS_H
#include "matrix/fibres.h"
#include "matrix/values.h"

#define TME_PER_QUANTUM (1.0 / TME_QUANTA)

struct Doing {
    Behaviour production, target, degradation, crosslinking, alignment, ordering, guidance, speed, movable, barrier;
};

// The cells: one at least.
struct Doers { i64 count; const i64 *kind, *cell; bool alike; };

TME_DEVICE Doing tme_doing(const real* table, const i32* slot, const real* ruled, i64 stride, i64 behaviours,
                           const real* barrier) {
    Doing of = {
        tme_prepare(table, slot, ruled, stride, behaviours, B_ECM_PRODUCTION),
        tme_prepare(table, slot, ruled, stride, behaviours, B_ECM_TARGET),
        tme_prepare(table, slot, ruled, stride, behaviours, B_ECM_DEGRADATION),
        tme_prepare(table, slot, ruled, stride, behaviours, B_ECM_CROSSLINKING),
        tme_prepare(table, slot, ruled, stride, behaviours, B_ECM_ALIGNMENT),
        tme_prepare(table, slot, ruled, stride, behaviours, B_ECM_ORDERING),
        tme_prepare(table, slot, ruled, stride, behaviours, B_GUIDANCE),
        tme_prepare(table, slot, ruled, stride, behaviours, B_SPEED),
        tme_prepare(table, slot, ruled, stride, behaviours, B_MOVABLE),
        tme_by_type(barrier),
    };
    return of;
}

TME_DEVICE void tme_values(Behaviour b, Doers who, real* out) {
    tme_values(b, who.alike, who.count, who.kind, who.cell, out);
}

TME_DEVICE f64 tme_deed(f64 value) {
    return tme_floor(tme_clamp(value, -TME_AT_ONCE, TME_AT_ONCE) * TME_QUANTA + 0.5) * TME_PER_QUANTUM;
}

// What they do whatever the fibres.
TME_DEVICE void tme_works(Doing of, Doers who, f64* rate, f64* pull, f64* wear, f64* link) {
    real production[TME_LANES], target[TME_LANES], degradation[TME_LANES], crosslinking[TME_LANES];
    tme_values(of.production, who, production);
    tme_values(of.target, who, target);
    tme_values(of.degradation, who, degradation);
    tme_values(of.crosslinking, who, crosslinking);
    TME_EACH(q, who.count) {
        f64 produced = tme_min((f64)production[q], TME_AT_ONCE);
        rate[q] = tme_deed(produced);
        pull[q] = tme_deed(produced * target[q]);
        wear[q] = tme_deed(degradation[q]);
        link[q] = tme_deed(crosslinking[q]);
    }
}

// What they do to fibres f of such anisotropy, on their runs along m.
TME_DEVICE void tme_turns(Doing of, Doers who, const real* mx, const real* my, const real* mz, const real* fx,
                          const real* fy, const real* fz, const real* anisotropy, f64* x, f64* y, f64* z, f64* order) {
    real alignment[TME_LANES], ordering[TME_LANES], guidance[TME_LANES], speed[TME_LANES], movable[TME_LANES];
    real barrier[TME_LANES];
    tme_values(of.alignment, who, alignment);
    tme_values(of.ordering, who, ordering);
    tme_values(of.guidance, who, guidance);
    tme_values(of.speed, who, speed);
    tme_values(of.movable, who, movable);
    tme_values(of.barrier, who, barrier);
    TME_EACH(q, who.count) {
        Vector m = {mx[q], my[q], mz[q]}, f = {fx[q], fy[q], fz[q]};
        Fibre among = tme_among(f, anisotropy[q], guidance[q], barrier[q]);
        f64 walked = movable[q] > 0 ? (f64)speed[q] : 0.0;
        Vector way = tme_way(among, m);
        f64 pulling = alignment[q] * walked;
        pulling = tme_dot(way, among.f) < 0 ? -pulling : pulling;
        x[q] = tme_deed(pulling * way.x);
        y[q] = tme_deed(pulling * way.y);
        z[q] = tme_deed(pulling * way.z);
        order[q] = tme_deed(ordering[q] * (walked * tme_sqrt(tme_dot(way, way))));
    }
}

#endif
