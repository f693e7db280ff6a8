// Cells among fibres: which voxel a cell stands in, and how fibres guide its way.
// Equations: gputme/ops/matrix/_fibres.py, which is the same arithmetic.
#ifndef TME_FIBRES_H
#define TME_FIBRES_H
#include "exchange/cloud.h"
#include "motion/sphere.h"

struct Fibre { Vector f; f64 guidance, barrier; };  // both times anisotropy

TME_DEVICE f64 tme_dot(Vector a, Vector b) { return a.x * b.x + a.y * b.y + a.z * b.z; }

TME_DEVICE i64 tme_voxel_of(real x, real y, real z, real x0, real y0, real z0, real per_x, real per_y, real per_z,
                            i64 nx, i64 ny, i64 nz, i32 periodic) {
    return tme_voxel(tme_cloud(x, y, z, x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic, 1), 0, nx, ny);
}

// The sign by which the last number that is not 0 of a fibre's direction is positive.
TME_DEVICE f64 tme_upright(Vector f) {
    return f.z < 0 || (f.z == 0 && (f.y < 0 || (f.y == 0 && f.x < 0))) ? -1.0 : 1.0;
}

// Where a cell goes that would go along m: of length 1, shorter across the fibres; 0 where guidance leaves nothing.
TME_DEVICE Vector tme_way(Fibre among, Vector m) {
    if (among.guidance == 0 && among.barrier == 0) return m;
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
    v.x = v.x * speed;
    v.y = v.y * speed;
    v.z = v.z * speed;
    return v;
}

#endif
