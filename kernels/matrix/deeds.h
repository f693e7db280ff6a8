// What one cell does to the matrix where it is, 1/min in whole quanta of 2^-32; without branches, so that many are
// computed at once. Equations: gputme/ops/matrix/_deeds.py, which is the same arithmetic.
#ifndef TME_DEEDS_H
#define TME_DEEDS_H
#include "behaviour.h"
#include "matrix/fibres.h"

#define TME_PER_QUANTUM (1.0 / TME_QUANTA)

struct Doing { Behaviour production, target, degradation, crosslinking, alignment, ordering, guidance, speed, movable; };
struct Works { f64 rate, pull, wear, link; };
struct Turns { f64 x, y, z, order; };

TME_DEVICE Doing tme_doing(const real* table, const i32* slot, const real* ruled, i64 stride, i64 behaviours) {
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
    };
    return of;
}

TME_DEVICE f64 tme_deed(f64 value) {
    return tme_floor(tme_clamp(value, -TME_AT_ONCE, TME_AT_ONCE) * TME_QUANTA + 0.5) * TME_PER_QUANTUM;
}

// What cell i of type t does whatever the fibres.
TME_DEVICE Works tme_works(Doing of, i64 t, i64 i) {
    f64 produced = tme_min((f64)tme_value(of.production, t, i), TME_AT_ONCE);
    Works works = {tme_deed(produced), tme_deed(produced * tme_value(of.target, t, i)),
                   tme_deed(tme_value(of.degradation, t, i)), tme_deed(tme_value(of.crosslinking, t, i))};
    return works;
}

// What it does to fibres f of such anisotropy, on its run along m.
TME_DEVICE Turns tme_turns(Doing of, i64 t, i64 i, f64 barrier, Vector m, Vector f, f64 anisotropy) {
    Fibre among = tme_among(f, anisotropy, tme_value(of.guidance, t, i), barrier);
    f64 speed = tme_value(of.movable, t, i) > 0 ? (f64)tme_value(of.speed, t, i) : 0.0;
    Vector way = tme_way(among, m);
    f64 pulling = tme_value(of.alignment, t, i) * speed;
    pulling = tme_dot(way, among.f) < 0 ? -pulling : pulling;
    Turns turns = {tme_deed(pulling * way.x), tme_deed(pulling * way.y), tme_deed(pulling * way.z),
                   tme_deed(tme_value(of.ordering, t, i) * (speed * tme_sqrt(tme_dot(way, way))))};
    return turns;
}

#endif
