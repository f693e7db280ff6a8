// Cells among fibres: which voxel a cell stands in, and how fibres guide its way.
// Equations: gputme/ops/matrix/_fibres.py, which is the same arithmetic.
#ifndef TME_FIBRES_H
#define TME_FIBRES_H
#include "motion/sphere.h"

#define TME_AT_ONCE 16384.0 // 1/min: what is done faster is done within any step (gputme/voxels.py)

struct Fibre { Vector f; f64 guidance, barrier; };  // both times anisotropy

TME_DEVICE f64 tme_dot(Vector a, Vector b) { return a.x * b.x + a.y * b.y + a.z * b.z; }

// Along one axis: the voxel that holds a cell's centre, a whole number; without branches, so that many are computed at
// once. The same arithmetic as of a cloud (kernels/exchange/cloud.h): only beyond periodic walls is there more to wrap.
TME_DEVICE f64 tme_along(real x, real start, real per_length, i64 n, bool periodic) {
    real s = tme_clamp((x - start) * per_length, (real)(periodic ? -1 : 0), (real)(periodic ? n : n - 1));
    f64 k = tme_floor(s);
    return k < 0 ? k + n : (k < n ? k : k - n);
}

TME_DEVICE i64 tme_voxel_of(real x, real y, real z, real x0, real y0, real z0, real per_x, real per_y, real per_z,
                            i64 nx, i64 ny, i64 nz, i32 periodic) {
    f64 i = tme_along(x, x0, per_x, nx, periodic & 1), j = tme_along(y, y0, per_y, ny, periodic & 2);
    f64 k = tme_along(z, z0, per_z, nz, periodic & 4);
    return tme_whole((k * ny + j) * nx + i);
}

// A fibre by the sign with which the last of its numbers that is not 0 is positive: f and -f are one.
TME_DEVICE Vector tme_upright(Vector f) {
    f64 sign = (f.z < 0) | ((f.z == 0) & ((f.y < 0) | ((f.y == 0) & (f.x < 0)))) ? -1.0 : 1.0;
    Vector up = {f.x * sign, f.y * sign, f.z * sign};
    return up;
}

// Fibres f of a voxel, to a cell that minds them so much.
TME_DEVICE Fibre tme_among(Vector f, f64 anisotropy, f64 guidance, f64 barrier) {
    Fibre among = {tme_upright(f), guidance * anisotropy, barrier * anisotropy};
    return among;
}

// A fibre whose angle to d has shrunk: tan(angle/2) by exp(-by |d|), of length 1. d.f is not negative.
TME_DEVICE Vector tme_turned(Vector f, Vector d, f64 by) {
    f64 size = tme_sqrt(tme_dot(d, d)), per = 1.0 / (size > 0 ? size : 1.0);
    f = tme_upright(f);
    Vector e = {d.x * per, d.y * per, d.z * per};
    f64 c = tme_max(tme_dot(f, e), 0.0); // negative by rounding alone, where cells go against each other
    Vector across = {f.x - c * e.x, f.y - c * e.y, f.z - c * e.z};
    f64 s = tme_sqrt(tme_dot(across, across));
    f64 t = s / (1.0 + c) * tme_exp(-(size * by)), t2 = t * t;
    f64 onto = 1.0 - t2, off = (t + t) / (s > 1e-9 ? s : 1.0); // cosine and sine times 1 + t2, which is length alone
    Vector to = {onto * e.x + off * across.x, onto * e.y + off * across.y, onto * e.z + off * across.z};
    f64 norm = tme_sqrt(tme_dot(to, to)), scale = 1.0 / (norm > 0 ? norm : 1.0);
    to.x = to.x * scale;
    to.y = to.y * scale;
    to.z = to.z * scale;
    return to;
}

// Where a cell goes that would go along m: of length 1, shorter across the fibres; 0 where guidance leaves nothing.
// Without branches, so that many are computed at once.
TME_DEVICE Vector tme_way(Fibre among, Vector m) {
    bool free = (among.guidance == 0) & (among.barrier == 0);
    f64 keep = 1.0 - among.guidance, onto = among.guidance * tme_dot(m, among.f);
    Vector v = {keep * m.x + onto * among.f.x, keep * m.y + onto * among.f.y, keep * m.z + onto * among.f.z};
    f64 norm = tme_sqrt(tme_dot(v, v));
    bool goes = norm > 1e-12;
    f64 by = goes ? norm : 1.0;
    v.x = v.x / by;
    v.y = v.y / by;
    v.z = v.z / by;
    f64 along = tme_dot(v, among.f);
    f64 speed = goes ? 1.0 - among.barrier * (1.0 - along * along) : 0.0;
    v.x = free ? m.x : v.x * speed;
    v.y = free ? m.y : v.y * speed;
    v.z = free ? m.z : v.z * speed;
    return v;
}

#endif
