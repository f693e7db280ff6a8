// The basement membrane at a place: how far it is, which way, and how whole.
// Equations: gputme/ops/membrane/_membrane.py, which is the same arithmetic.
#ifndef TME_MEMBRANE_H
#define TME_MEMBRANE_H
#include "exchange/cloud.h"

#define TME_INSIDE 2  // of a side; 1: outside, 0: not yet known

struct Membrane {
    i64 nx, ny, nz;
    real x0, y0, z0, per_x, per_y, per_z;
    i32 periodic;
    const real *phi, *gx, *gy, *gz, *integrity;
};
struct Face { real phi, nx, ny, nz; i64 voxel; real integrity; };
struct Held { real velocity, slope; };  // along the outward normal

TME_DEVICE Face tme_face(Membrane m, real x, real y, real z) {
    Cloud c = tme_cloud(x, y, z, m.x0, m.y0, m.z0, m.per_x, m.per_y, m.per_z, m.nx, m.ny, m.nz, m.periodic, 0);
    Face f;
    f.phi = tme_sample(m.phi, c, m.nx, m.ny);
    real gx = tme_sample(m.gx, c, m.nx, m.ny), gy = tme_sample(m.gy, c, m.nx, m.ny);
    real gz = tme_sample(m.gz, c, m.nx, m.ny), norm = tme_sqrt(gx * gx + gy * gy + gz * gz);
    bool there = norm > (real)1e-6;
    f.nx = there ? gx / norm : (real)0;
    f.ny = there ? gy / norm : (real)0;
    f.nz = there ? gz / norm : (real)0;
    Cloud foot = tme_cloud(x - f.phi * f.nx, y - f.phi * f.ny, z - f.phi * f.nz, m.x0, m.y0, m.z0, m.per_x, m.per_y,
                           m.per_z, m.nx, m.ny, m.nz, m.periodic, 1);
    f.voxel = tme_voxel(foot, 0, m.nx, m.ny);
    f.integrity = there ? m.integrity[f.voxel] : (real)0;
    return f;
}

TME_DEVICE Held tme_held(Face f, i32 side, real repulsion, real adhesion, real radius, real reach) {
    Held held = {0, 0};
    if (side == 0) return held;
    real s = side == TME_INSIDE ? (real)-1 : (real)1, d = s * f.phi;
    real p = tme_clamp((real)1 - d / radius, (real)0, (real)2), q = tme_clamp((real)1 - d / reach, (real)0, (real)1);
    real slope = repulsion * p / radius - adhesion * q / reach;
    held.velocity = s * (f.integrity * (repulsion * (p * p) - adhesion * (q * q)));
    held.slope = f.integrity * ((real)2 * (slope < 0 ? -slope : slope));
    return held;
}

#endif
