// A cell among the voxels: the eight voxels around its centre and their weights (cloud-in-cell), so that what
// is deposited and what is sampled use the same weights. gputme/ops/exchange/_cloud.py is the same arithmetic.
#ifndef TME_CLOUD_H
#define TME_CLOUD_H
#include "tme.h"

// Along one axis: the voxel before and the voxel after the centre, and the weight of the one after.
struct Span { i64 lower, upper; real f; };
struct Cloud { Span x, y, z; };

// Walls clamp (a cell beyond the last voxel's centre belongs to that voxel), periodic axes wrap.
TME_DEVICE Span tme_span(real x, real start, real per_length, i64 n, bool periodic, bool nearest) {
    real s = (x - start) * per_length;
    if (!nearest) s = s - (real)0.5;
    s = periodic ? tme_clamp(s, (real)-1, (real)n) : tme_clamp(s, (real)0, (real)(n - 1));
    real k = (real)tme_floor(s);
    Span span;
    span.f = nearest ? (real)0 : s - k;
    i64 lower = (i64)k, upper = nearest ? lower : lower + 1;
    if (periodic) {
        lower = lower < 0 ? lower + n : (lower < n ? lower : lower - n);
        upper = upper < 0 ? upper + n : (upper < n ? upper : upper - n);
    } else {
        upper = upper < n ? upper : n - 1;
    }
    span.lower = lower;
    span.upper = upper < n ? upper : upper - n;
    return span;
}

TME_DEVICE Cloud tme_cloud(real x, real y, real z, real x0, real y0, real z0, real per_x, real per_y,
                           real per_z, i64 nx, i64 ny, i64 nz, i32 periodic, i32 nearest) {
    Cloud c;
    c.x = tme_span(x, x0, per_x, nx, periodic & 1, nearest != 0);
    c.y = tme_span(y, y0, per_y, ny, periodic & 2, nearest != 0);
    c.z = tme_span(z, z0, per_z, nz, periodic & 4, nearest != 0);
    return c;
}

// Corner 0..7: bit 0 the upper voxel along x, bit 1 along y, bit 2 along z.
TME_DEVICE real tme_weight(Cloud c, i32 corner) {
    real wz = corner & 4 ? c.z.f : (real)1 - c.z.f;
    real wy = corner & 2 ? c.y.f : (real)1 - c.y.f;
    real wx = corner & 1 ? c.x.f : (real)1 - c.x.f;
    return wz * wy * wx;
}

TME_DEVICE i64 tme_voxel(Cloud c, i32 corner, i64 nx, i64 ny) {
    i64 z = corner & 4 ? c.z.upper : c.z.lower;
    i64 y = corner & 2 ? c.y.upper : c.y.lower;
    i64 x = corner & 1 ? c.x.upper : c.x.lower;
    return (z * ny + y) * nx + x;
}

// The field at the cell. A corner without weight adds nothing and is not read.
TME_DEVICE real tme_sample(const real* u, Cloud c, i64 nx, i64 ny) {
    real s = 0;
    for (i32 corner = 0; corner < 8; corner++) {
        real w = tme_weight(c, corner);
        if (w != 0) s = s + w * u[tme_voxel(c, corner, nx, ny)];
    }
    return s;
}

// Fixed-point units per unit of value, a power of two: n shares of at most `peak` (its bits) stay below 2^62.
TME_DEVICE f64 tme_per_unit(i64 peak, i64 n) {
    i64 exponent = 60 - ((peak >> 52) - 1023);
    for (i64 m = n; m > 0; m >>= 1) exponent--;
    return tme_from_bits((tme_clamp(exponent, (i64)-1000, (i64)1000) + 1023) << 52);
}

#endif
