// The matrix over a step: laid down, broken down, crosslinked, aligned. Equations: gputme/ops/matrix/remodel.py.
#include "dither.h"
#include "matrix/fibres.h"

#define QUANTUM 2.3283064365386963e-10
#define QUANTA 4294967296.0

TME_DEVICE f64 taken(i64* sums, i64 v) {
    i64 quanta = sums[v];
    sums[v] = 0;
    return quanta * QUANTUM;
}

TME_DEVICE real share(f64 value, u64 noise, i32 shift) {
    return tme_clamp(tme_dither(value, noise, shift), (real)0, (real)1);
}

TME_DEVICE f64 relaxed(f64 value, f64 by) { return 1.0 - (1.0 - value) * tme_exp(-by); }

// A unit vector whose angle to d has shrunk: tan(angle/2) by exp(-by |d|); d.f is not negative.
TME_DEVICE Vector turned(Vector f, Vector d, f64 by) {
    f64 size = tme_sqrt(tme_dot(d, d));
    Vector e = {d.x / size, d.y / size, d.z / size};
    f64 c = tme_max(tme_dot(f, e), 0.0); // negative by rounding alone, where cells go against each other
    Vector across = {f.x - c * e.x, f.y - c * e.y, f.z - c * e.z};
    f64 s = tme_sqrt(tme_dot(across, across));
    f64 t = s / (1.0 + c) * tme_exp(-(size * by)), t2 = t * t;
    f64 cosine = (1.0 - t2) / (1.0 + t2), sine = 2.0 * t / (1.0 + t2), per = sine / (s > 1e-9 ? s : 1.0);
    Vector to = {cosine * e.x + per * across.x, cosine * e.y + per * across.y, cosine * e.z + per * across.z};
    f64 norm = tme_sqrt(tme_dot(to, to));
    to.x = to.x / norm;
    to.y = to.y / norm;
    to.z = to.z / norm;
    return to;
}

TME_KERNEL remodel(
    i64 voxels,
    i32 fibres,              // 1: the matrix has fibres
    i32 crosslinks,          // 1: it is crosslinked
    i64 tick,                // the step's start
    f64 dt,                  // min
    f64 turnover,            // 1/min
    f64 resistance,          // losses are divided by 1 + resistance crosslink
    INOUT(i64) rate,         // [voxels] 2^-32 /min; all sums are 0 afterwards
    INOUT(i64) pull,         // [voxels]
    INOUT(i64) wear,         // [voxels]
    INOUT(i64) turn_x,       // [fibres * voxels]
    INOUT(i64) turn_y,       // [fibres * voxels]
    INOUT(i64) turn_z,       // [fibres * voxels]
    INOUT(i64) order,        // [fibres * voxels]
    INOUT(i64) link,         // [crosslinks * voxels]
    INOUT(real) density,     // [voxels]
    INOUT(real) fibre_x,     // [fibres * voxels]
    INOUT(real) fibre_y,     // [fibres * voxels]
    INOUT(real) fibre_z,     // [fibres * voxels]
    INOUT(real) anisotropy,  // [fibres * voxels]
    INOUT(real) crosslink,   // [crosslinks * voxels]
    INOUT(i64) books)        // [2] laid down, broken down: 2^-32 of a full voxel
{
    TME_FOR(v, voxels) {
        u64 noise = tme_mix(tick, (u64)v);
        f64 chi = crosslinks ? (f64)crosslink[v] : 0.0;
        f64 production = taken(rate, v), towards = taken(pull, v);
        f64 loss = (taken(wear, v) + turnover) / (1.0 + resistance * chi), total = production + loss;
        if (total > 0) {
            f64 old = density[v], rest = towards / total, gone = 1.0 - tme_exp(-(total * dt));
            real now = share(old + (rest - old) * gone, noise, 0);
            i64 broken = tme_fixed(loss * (rest * dt + (old - rest) * gone / total), QUANTA);
            density[v] = now;
            TME_ADD(&books[0], tme_fixed((f64)now - old, QUANTA) + broken);
            TME_ADD(&books[1], broken);
        }
        if (crosslinks) {
            f64 linking = taken(link, v);
            if (linking > 0) crosslink[v] = share(relaxed(chi, linking * dt), noise, 16);
        }
        if (!fibres) continue;
        Vector d = {taken(turn_x, v), taken(turn_y, v), taken(turn_z, v)};
        f64 ordering = taken(order, v), a = anisotropy[v];
        if (d.x != 0 || d.y != 0 || d.z != 0) {
            f64 loose = ordering > 0 ? (1.0 - tme_exp(-(ordering * dt))) / ordering : dt;
            Vector f = {fibre_x[v], fibre_y[v], fibre_z[v]};
            f64 sign = tme_upright(f);
            f.x = f.x * sign;
            f.y = f.y * sign;
            f.z = f.z * sign;
            f64 norm = tme_sqrt(tme_dot(f, f));
            f.x = f.x / norm;
            f.y = f.y / norm;
            f.z = f.z / norm;
            f = turned(f, d, (1.0 - a) * loose);
            fibre_x[v] = (real)f.x;
            fibre_y[v] = (real)f.y;
            fibre_z[v] = (real)f.z;
        }
        if (ordering > 0) anisotropy[v] = share(relaxed(a, ordering * dt), noise, 32);
    }
}
