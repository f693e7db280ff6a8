// Runs of a persistent biased random walk: steered random directions, exponential run lengths.
// Equations: gputme/ops/motion/motility.py; gputme/ops/motion/_walk.py is the same arithmetic.
#ifndef TME_WALK_H
#define TME_WALK_H
#include "motion/sphere.h"

#define TME_WALK_FIRST 255  // the draw of a cell's first direction; 0, 1, ... are the events of a step

struct Walk {
    Vector d;  // unit vector steered to, 0 where none
    f64 bias, persistence;
    bool planar;
    u64 seed, id;
    i64 tick;
};

TME_DEVICE Walk tme_walk(f64 bias, f64 x, f64 y, f64 z, f64 persistence, bool graded, bool planar, u64 seed,
                         i64 tick, u64 id) {
    if (planar) z = 0;
    f64 norm = tme_sqrt(x * x + y * y + z * z);
    bool steered = norm > 0;
    f64 per = steered ? 1.0 / norm : 0.0;
    bias = steered ? tme_clamp(bias, 0.0, 1.0) : 0.0;
    if (graded) bias = bias * tme_min(norm, 1.0);
    Walk walk = {{x * per, y * per, z * per}, bias, persistence, planar, seed, id, tick};
    return walk;
}

TME_DEVICE Words tme_draw(Walk walk, u32 draw) {
    return tme_random(walk.seed, walk.tick, walk.id, STREAM_MOTILITY, draw);
}

TME_DEVICE Vector tme_run(Walk walk, u32 height, u32 turn) {
    return tme_biased(walk.d, walk.bias, tme_direction(height, turn, walk.planar));
}

TME_DEVICE Vector tme_first(Walk walk) {
    Words w = tme_draw(walk, TME_WALK_FIRST);
    return tme_run(walk, w.a, w.b);
}

TME_DEVICE f64 tme_wait(u32 word) { return -tme_log(1.0 - tme_uniform(word)); }

// A cell goes where it would go; kernels/matrix/fibres.h has another way.
struct Ahead { i32 unused; };
TME_DEVICE Vector tme_way(Ahead, Vector m) { return m; }

// Every run on its own. Returns the displacement per speed (min), leaves the direction of the last run in m. `way` says
// where a cell really goes that would go along m.
template <class Way>
TME_DEVICE Vector tme_near_by(Walk walk, Words w, f64 dt, Vector* m, Way way) {
    Vector d = {0, 0, 0}, v;
    f64 left = dt;
    for (u32 draw = 1; draw < TME_WALK_FIRST; draw++) {
        if (tme_uniform(w.a) * walk.persistence >= left) break;
        f64 run = tme_wait(w.a) * walk.persistence;
        if (run >= left) break;
        v = tme_way(way, *m);
        d.x = d.x + run * v.x;
        d.y = d.y + run * v.y;
        d.z = d.z + run * v.z;
        left = left - run;
        *m = tme_run(walk, w.b, w.c);
        w = tme_draw(walk, draw);
    }
    v = tme_way(way, *m);
    d.x = d.x + left * v.x;
    d.y = d.y + left * v.y;
    d.z = d.z + left * v.z;
    return d;
}

TME_DEVICE Vector tme_near(Walk walk, Words w, f64 dt, Vector* m) {
    Ahead ahead = {0};
    return tme_near_by(walk, w, dt, m, ahead);
}

// Mean and mean square of the cosine between a run and the direction steered to, for bias / (1 - bias) = a.
TME_DEVICE void tme_moments(f64 a, bool planar, f64* mean, f64* square) {
    f64 a2 = a * a, k = a < 1.0 ? a : 1.0 / a, k2 = k * k;
    if (planar) {
        // Elliptic integrals by the arithmetic-geometric mean p: K = pi / (2 p), E = K (1 - sum - rest).
        f64 p = 1.0, q = tme_sqrt(1.0 - k2), c = k, sum = 0.5 * k2, rest = 0.0, power = 0.5;
        for (i32 step = 0; step < 9; step++) {
            f64 next = 0.5 * (p + q);
            q = tme_sqrt(p * q);
            c = c * c / (4.0 * next);
            p = next;
            power = 2.0 * power;
            rest = rest + power * (c * c);
        }
        bool apart = k < 1.0 - 1e-9;
        if (a < 1.0) *mean = apart ? (k > 0.0 ? (sum - rest) / (p * k) : 0.0) : 0.63661977236758134308;
        else *mean = apart ? (1.0 - sum - rest) / p : 0.63661977236758134308;
        *square = a < 1.0 ? 0.5 : 1.0 - 0.5 / a2;
    } else {
        *mean = a < 1.0 ? 2.0 * a / 3.0 : 1.0 - 1.0 / (3.0 * a2);
        f64 e = a2 - 1.0, gap = a < 1.0 ? 1.0 - a : a - 1.0;
        if (a < 1e-3) *square = 1.0 / 3.0 + 2.0 * a2 / 15.0;
        else {
            f64 log_term = gap > 1e-9 ? 2.0 * e * e * tme_log((1.0 + a) / gap) : 0.0;
            *square = (12.0 * a2 * a - 4.0 * a + log_term) / (16.0 * a2 * a);
        }
    }
}

// Many runs: the first and the last on their own, between them a Gaussian of the exact mean and covariance.
TME_DEVICE Vector tme_far(Walk walk, Words w, f64 dt, Vector* m) {
    f64 first = tme_min(tme_wait(w.a) * walk.persistence, dt), left = dt - first;
    f64 last = tme_min(tme_wait(w.b) * walk.persistence, left), between = left - last;
    Vector d = {first * m->x, first * m->y, first * m->z};
    if (left > 0.0) *m = tme_run(walk, w.c, w.d);
    d.x = d.x + last * m->x;
    d.y = d.y + last * m->y;
    d.z = d.z + last * m->z;

    f64 mean, square, T = walk.persistence;
    tme_moments(tme_min(walk.bias / tme_max(1.0 - walk.bias, 1e-6), 1e6), walk.planar, &mean, &square);
    f64 span = tme_max(2.0 * T * (between - T * (1.0 - tme_exp(-between / T))), 0.0);
    f64 along = tme_sqrt(span * tme_max(square - mean * mean, 0.0));
    f64 across = tme_sqrt(span * tme_max(walk.planar ? 1.0 - square : 0.5 * (1.0 - square), 0.0));
    Words w2 = tme_draw(walk, 1);
    f64 r0 = tme_sqrt(2.0 * tme_wait(w2.a)), r1 = tme_sqrt(2.0 * tme_wait(w2.c)), s0, c0, s1, c1;
    tme_sincos_turn(tme_uniform(w2.b), &s0, &c0);
    tme_sincos_turn(tme_uniform(w2.d), &s1, &c1);
    Vector g = {r0 * c0, r0 * s0, walk.planar ? 0.0 : r1 * c1};  // three normal numbers (Box-Muller)
    f64 onto = g.x * walk.d.x + g.y * walk.d.y + g.z * walk.d.z;
    f64 drift = mean * between + (along - across) * onto;
    d.x = d.x + (across * g.x + drift * walk.d.x);
    d.y = d.y + (across * g.y + drift * walk.d.y);
    d.z = d.z + (across * g.z + drift * walk.d.z);
    return d;
}

#endif
