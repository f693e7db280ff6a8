// Directions: uniform on the sphere or the circle, and biased ones. Twin: gputme/ops/motion/_sphere.py.
#ifndef TME_SPHERE_H
#define TME_SPHERE_H
#include "maths.h"
#include "philox.h"

struct Vector { f64 x, y, z; };

// Uniform on the unit sphere from two random words, or on the circle in the plane z = 0.
TME_DEVICE Vector tme_direction(u32 height, u32 turn, bool planar) {
    f64 h = planar ? 0.0 : 2.0 * tme_uniform(height) - 1.0;
    f64 r = tme_sqrt(1.0 - h * h), sine, cosine;
    tme_sincos_turn(tme_uniform(turn), &sine, &cosine);
    Vector v = {r * cosine, r * sine, h};
    return v;
}

// Direction of b d + (1 - b) xi for a unit vector d and xi uniform; d where the sum vanishes.
TME_DEVICE Vector tme_biased(Vector d, f64 b, Vector xi) {
    f64 a = 1.0 - b;
    Vector v = {b * d.x + a * xi.x, b * d.y + a * xi.y, b * d.z + a * xi.z};
    f64 norm = tme_sqrt(v.x * v.x + v.y * v.y + v.z * v.z);
    if (!(norm > 1e-12)) return d;
    v.x = v.x / norm;
    v.y = v.y / norm;
    v.z = v.z / norm;
    return v;
}

#endif
