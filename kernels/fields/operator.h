// The reaction-diffusion operator of one grid, row by row: (rate + sink + sum of own links) u - sum of links
// times neighbours. Links are separable: one number per axis and index. Where the diffusion coefficient varies in
// space (`varied` 1), each is multiplied by the relative conductance of its face; where the fluid flows (2), by what
// the face passes on from below, or from above (`fit`).
// Meaning: gputme/ops/fields/_operator.py.
#ifndef OPERATOR_H
#define OPERATOR_H
#include "tme.h"

// How a row is walked. The host works on chunks of a row in a tile of fresh values: a vector loop that stored
// into the row it reads would wait at every load for the store before it. `call` is written out for the ends of
// the row (EDGE), where a neighbour may lie beyond, and for the vector loop between them, once for each VARIED. On
// CUDA a chunk is one voxel.
#ifdef TME_BLOCK  // host
#define TME_TILE 256
#define TME_CHUNKS(x0, row, nx) for (i64 x0 = 0; x0 < (nx); x0 += TME_TILE)
#define TME_WITHIN(x, x0, nx) TME_VECTOR for (i64 x = x0; x < tme_min((x0) + TME_TILE, (nx)); x++)
#define TME_SKIP(condition)  // a choice would cost the vector loop more than the voxels it spares
#define TME_VOXELS(varied, x, x0, nx, call)                                                             \
    {                                                                                                   \
        i64 from_ = tme_max(x0, (i64)1), to_ = tme_min((x0) + TME_TILE, (nx) - 1);                      \
        if ((x0) == 0) { const i64 x = 0, VARIED = varied; const bool EDGE = true; call; }              \
        if ((nx) > 1 && (nx) <= (x0) + TME_TILE) {                                                      \
            const i64 x = (nx) - 1, VARIED = varied; const bool EDGE = true; call;                      \
        }                                                                                               \
        if ((varied) == 2) {                                                                            \
            constexpr i64 VARIED = 2; constexpr bool EDGE = false;                                      \
            TME_VECTOR for (i64 x = from_; x < to_; x++) { call; }                                      \
        } else if (varied) {                                                                            \
            constexpr i64 VARIED = 1; constexpr bool EDGE = false;                                      \
            TME_VECTOR for (i64 x = from_; x < to_; x++) { call; }                                      \
        } else {                                                                                        \
            constexpr i64 VARIED = 0; constexpr bool EDGE = false;                                      \
            TME_VECTOR for (i64 x = from_; x < to_; x++) { call; }                                      \
        }                                                                                               \
    }
#else
#define TME_TILE 1
#define TME_CHUNKS(x0, row, nx) TME_ALONG(x0, row, nx)
#define TME_WITHIN(x, x0, nx) for (i64 x = x0, within_ = 1; within_; within_ = 0)
#define TME_SKIP(condition) if (condition) continue
#define TME_VOXELS(varied, x, x0, nx, call)                                                             \
    { const i64 x = x0, VARIED = varied; const bool EDGE = true; call; }
#endif

// What holds for a row of voxels before its inner loop.
struct Row {
    i64 start, end;                                   // first voxel of the row, last index along it
    i64 down, up, below, above;                       // steps to the neighbouring rows
    real to_down, to_up, to_below, to_above;          // links to them
    real low_y, high_y, low_z, high_z, rate, base;    // diagonal shares of the faces; rate + those of y and z
    const real *lower, *upper, *low, *high;           // the same along x
    const real *fx, *fy, *fz;                         // conductances of the faces below
    i64 next_y, next_z;                               // from a face to the opposite one
    i64 back;                                         // from what a face passes on from below to that from above
};

TME_DEVICE Row tme_row(i64 row, i64 nx, i64 ny, i64 nz, i64 periodic, real rate, const real* links,
                       const real* faces) {
    Row r;
    i64 z = row / ny, y = row - z * ny, plane = nx * ny, m = nx + ny + nz;
    r.start = row * nx;
    r.end = nx - 1;
    r.down = y > 0 ? -nx : (periodic & 2 ? plane - nx : 0);  // without a link any finite neighbour serves
    r.up = y + 1 < ny ? nx : (periodic & 2 ? nx - plane : 0);
    r.below = z > 0 ? -plane : (periodic & 4 ? (nz - 1) * plane : 0);
    r.above = z + 1 < nz ? plane : (periodic & 4 ? -(nz - 1) * plane : 0);
    r.lower = links;
    r.upper = links + m;
    r.low = links + 2 * m;
    r.high = links + 3 * m;
    r.to_down = r.lower[nx + y];
    r.to_up = r.upper[nx + y];
    r.to_below = r.lower[nx + ny + z];
    r.to_above = r.upper[nx + ny + z];
    r.low_y = r.low[nx + y];
    r.high_y = r.high[nx + y];
    r.low_z = r.low[nx + ny + z];
    r.high_z = r.high[nx + ny + z];
    r.rate = rate;
    r.base = rate + (r.low_y + r.high_y);
    r.base = r.base + (r.low_z + r.high_z);
    i64 faces_x = (nx + 1) * ny * nz, faces_y = nx * (ny + 1) * nz;
    r.fx = faces + row * (nx + 1);
    r.fy = faces + faces_x + (z * (ny + 1) + y) * nx;
    r.fz = faces + faces_x + faces_y + row * nx;
    r.back = faces_x + faces_y + nx * ny * (nz + 1);
    r.next_y = nx;
    r.next_z = plane;
    return r;
}

// Voxels to the left and right; the other end of the row beyond an end (no link, or a periodic one).
TME_DEVICE i64 tme_left(bool edge, const Row& r, i64 x) {
    return r.start + (edge && x == 0 ? r.end : x - 1);
}
TME_DEVICE i64 tme_right(bool edge, const Row& r, i64 x) {
    return r.start + (edge && x == r.end ? 0 : x + 1);
}

// s = b + sum of links * neighbours, d = the diagonal without the sink
TME_DEVICE void tme_gather(i64 varied, bool edge, const Row& r, i64 x, const real* u, real b, real* s,
                           real* d) {
    i64 v = r.start + x;
    real left = u[tme_left(edge, r, x)], right = u[tme_right(edge, r, x)];
    if (varied) {
        i64 back = varied == 2 ? r.back : 0;
        const real *gx = r.fx + back, *gy = r.fy + back, *gz = r.fz + back;  // what comes from above
        real t = b + (r.lower[x] * r.fx[x]) * left;
        t = t + (r.upper[x] * gx[x + 1]) * right;
        t = t + (r.to_down * r.fy[x]) * u[v + r.down];
        t = t + (r.to_up * gy[x + r.next_y]) * u[v + r.up];
        t = t + (r.to_below * r.fz[x]) * u[v + r.below];
        *s = t + (r.to_above * gz[x + r.next_z]) * u[v + r.above];
        real e = r.rate + (r.low_y * gy[x] + r.high_y * r.fy[x + r.next_y]);
        e = e + (r.low_z * gz[x] + r.high_z * r.fz[x + r.next_z]);
        *d = e + (r.low[x] * gx[x] + r.high[x] * r.fx[x + 1]);
    } else {
        real t = b + r.lower[x] * left;
        t = t + r.upper[x] * right;
        t = t + r.to_down * u[v + r.down];
        t = t + r.to_up * u[v + r.up];
        t = t + r.to_below * u[v + r.below];
        *s = t + r.to_above * u[v + r.above];
        *d = r.base + (r.low[x] + r.high[x]);
    }
}

// A negative sink marks a fixed voxel. 0 or 1 as a factor, since a choice between loads would not vectorise.
TME_DEVICE real tme_free(real sink) { return sink < 0 ? (real)0 : (real)1; }
TME_DEVICE real tme_held(real sink) { return sink < 0 ? (real)1 : (real)0; }

// Links of a voxel to its neighbours: what it passes on to each of them per value (`outward`), or gets of theirs.
struct Links {
    real left, right, down, up, below, above;
};

TME_DEVICE Links tme_links(i64 varied, bool outward, const Row& r, i64 x) {
    Links k = {r.lower[x], r.upper[x], r.to_down, r.to_up, r.to_below, r.to_above};
    if (varied) {
        i64 low = varied == 2 && outward ? r.back : 0, high = varied == 2 && !outward ? r.back : 0;
        k.left = k.left * r.fx[x + low];
        k.right = k.right * r.fx[x + 1 + high];
        k.down = k.down * r.fy[x + low];
        k.up = k.up * r.fy[x + r.next_y + high];
        k.below = k.below * r.fz[x + low];
        k.above = k.above * r.fz[x + r.next_z + high];
    }
    return k;
}

// Those to fixed neighbours: the sum of what it passes on, and what it gets of their values.
TME_DEVICE void tme_fixed_links(i64 varied, bool edge, const Row& r, i64 x, const real* sink, const real* u,
                                real* loss, real* gain) {
    i64 v = r.start + x, left = tme_left(edge, r, x), right = tme_right(edge, r, x);
    real f0 = tme_held(sink[left]), f1 = tme_held(sink[right]);
    real g0 = tme_held(sink[v + r.down]), g1 = tme_held(sink[v + r.up]);
    real h0 = tme_held(sink[v + r.below]), h1 = tme_held(sink[v + r.above]);
    Links k = tme_links(varied, true, r, x);
    *loss = ((((k.left * f0 + k.right * f1) + k.down * g0) + k.up * g1) + k.below * h0) + k.above * h1;
    k = tme_links(varied, false, r, x);
    real t = (k.left * f0) * u[left] + (k.right * f1) * u[right];
    t = t + (k.down * g0) * u[v + r.down];
    t = t + (k.up * g1) * u[v + r.up];
    t = t + (k.below * h0) * u[v + r.below];
    *gain = t + (k.above * h1) * u[v + r.above];
}

// Wall terms of a row in double, for balances that close: those along x, and the row's own of y and z.
struct Walls {
    const f64 *low, *high;
    f64 down, up, below, above;
};

TME_DEVICE Walls tme_walls(i64 row, i64 nx, i64 ny, i64 nz, const f64* terms) {
    i64 z = row / ny, y = row - z * ny, m = nx + ny + nz;
    return {terms, terms + m, terms[nx + y], terms[m + nx + y], terms[nx + ny + z], terms[m + nx + ny + z]};
}

// `outward`: what leaves through the walls per value of the voxel, else what comes of the terms.
TME_DEVICE f64 tme_wall(i64 varied, bool outward, const Walls& w, const Row& r, i64 x) {
    if (varied) {
        i64 low = varied == 2 && outward ? r.back : 0, high = varied == 2 && !outward ? r.back : 0;
        f64 t = w.low[x] * (f64)r.fx[x + low] + w.high[x] * (f64)r.fx[x + 1 + high];
        t = t + (w.down * (f64)r.fy[x + low] + w.up * (f64)r.fy[x + r.next_y + high]);
        return t + (w.below * (f64)r.fz[x + low] + w.above * (f64)r.fz[x + r.next_z + high]);
    }
    return ((w.low[x] + w.high[x]) + (w.down + w.up)) + (w.below + w.above);
}

// Size of a number for a maximum norm; what is not finite counts as huge.
TME_DEVICE real tme_size(real x) {
    real a = x < 0 ? -x : x;
    return a <= (real)3e38 ? a : (real)3e38;
}

// Fixed-point integer nearest to x * per_unit, |x * per_unit| < 2^51, in a form that vector units have.
TME_DEVICE i64 tme_quanta(f64 x, f64 per_unit) {
    return tme_bits(x * per_unit + 6755399441055744.0) - 0x4338000000000000ll;
}

// The host keeps one running maximum or sum per lane, so that loops over a row vectorise.
TME_DEVICE void tme_raise(i64* peak, const real* lanes) {
    const int few = TME_TILE < 16 ? TME_TILE : 16;  // one after the other, each would wait for the one before
    real some[few] = {0}, most = 0;
    for (int k = 0; k < TME_TILE; k += few)
        for (int l = 0; l < few; l++) some[l] = tme_max(some[l], lanes[k + l]);
    for (int l = 0; l < few; l++) most = tme_max(most, some[l]);
    TME_MAX(peak, tme_bits((f64)most));
}
TME_DEVICE i64 tme_total(const i64* lanes) {
    i64 all = 0;
    for (int k = 0; k < TME_TILE; k++) all += lanes[k];
    return all;
}

// Quanta per unit, a power of two, so that numbers up to `bound` stay below `room` quanta.
TME_DEVICE f64 tme_unit(f64 bound, f64 room) {
    return bound > 0 ? tme_from_bits(tme_bits(room / bound) & 0x7ff0000000000000ll) : 1.0;
}
TME_DEVICE f64 tme_income_unit(const i64* sizes, f64 fastest, f64 inflow, f64 room) {
    return tme_unit(tme_from_bits(sizes[0]) * fastest + tme_from_bits(sizes[1]) + inflow, room);
}
TME_DEVICE f64 tme_outgo_unit(const i64* norms, f64 factor, f64 room) {
    return tme_unit(2.0 * tme_from_bits(norms[2]) * tme_max(factor / 2.0, 1.0), room);
}

#endif
