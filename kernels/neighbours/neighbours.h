// Who is near a cell: cells in bin order, and a walk over the bins around one of them.
// gputme/ops/neighbours/_neighbours.py is the same search.
#ifndef TME_NEIGHBOURS_H
#define TME_NEIGHBOURS_H
#include "tme.h"

// Bins, x fastest; w: period of an axis, 0 where it ends in walls; cells of bin b: start[b] .. start[b + 1].
struct Bins { i64 nx, ny, nz; real wx, wy, wz; const i64* start; };

// Copies of the cells in (bin, id) order.
struct Packed { const real *x, *y, *z, *radius, *reach; };

#define TME_PROBE 16  // candidates tested at once: two vectors on the host, half a word of hits on a GPU
#ifdef TME_HOST
#define TME_NEAR 64   // neighbours that are handed over at once
#define TME_WIDE 8    // of which so many are computed side by side
#else
#define TME_NEAR 1    // the threads of a GPU go through theirs in step with each other
#define TME_WIDE 1
#endif

// Neighbours of a cell in the order of their places, and how far it is from them: x_k - x_j, um. Behind `count`,
// up to a multiple of TME_WIDE, stands the first one again, so that all can be computed side by side.
struct Near { i32 count, place[TME_NEAR]; real dx[TME_NEAR], dy[TME_NEAR], dz[TME_NEAR], d2[TME_NEAR]; };

TME_DEVICE i32 tme_lanes(i32 count) { return (count + TME_WIDE - 1) / TME_WIDE * TME_WIDE; }

// The t-th of the (at most three) bins around bin c of n along an axis, ascending; -1: none.
TME_DEVICE i64 tme_around(i64 c, i64 n, bool wraps, i64 t) {
    if (wraps && n < 3) return t < n ? t : -1;
    if (wraps && c == 0) return t == 2 ? n - 1 : t;
    if (wraps && c == n - 1) return t == 0 ? 0 : n - 3 + t;
    i64 v = c - 1 + t;
    return v < n ? v : -1;
}

// The nearest image of a distance along an axis of period w.
TME_DEVICE real tme_image(real d, real w) {
    real half = (real)0.5 * w;
    return d > half ? d - w : (d < -half ? d + w : d);
}

// The same for a distance of any number of periods.
TME_DEVICE real tme_nearest(real d, real w) { return d - w * (real)tme_floor((f64)(d / w) + 0.5); }

// Fills in the distances of the neighbours from a cell at xk, yk, zk.
template <bool WRAPS>
TME_DEVICE void tme_measure(const Bins& g, const Packed& c, real xk, real yk, real zk, Near& near) {
    i32 lanes = tme_lanes(near.count);
    for (i32 l = near.count; l < lanes; l++) near.place[l] = near.place[0];
    for (i32 l = 0; l < lanes; l++) {
        i32 j = near.place[l];
        real dx = xk - c.x[j], dy = yk - c.y[j], dz = zk - c.z[j];
        if (WRAPS && g.wx > 0) dx = tme_image(dx, g.wx);
        if (WRAPS && g.wy > 0) dy = tme_image(dy, g.wy);
        if (WRAPS && g.wz > 0) dz = tme_image(dz, g.wz);
        real d2 = dx * dx + dy * dy;
        near.dx[l] = dx;
        near.dy[l] = dy;
        near.dz[l] = dz;
        near.d2[l] = d2 + dz * dz;
    }
}

// Calls visit(near) until it has had each cell within max(radius, reach) of both, in order.
// Candidates are tested many at once; only hits take a branch.
template <bool WRAPS, class Visit>
TME_DEVICE void tme_visit(const Bins& g, const Packed& c, i64 k, i64 bin, Visit visit) {
    const real* TME_RESTRICT x = c.x;
    const real* TME_RESTRICT y = c.y;
    const real* TME_RESTRICT z = c.z;
    const real* TME_RESTRICT radius = c.radius;
    const real* TME_RESTRICT reach = c.reach;
    real xk = x[k], yk = y[k], zk = z[k], cut_k = tme_max(radius[k], reach[k]);
    i32 nx = (i32)g.nx, ny = (i32)g.ny, row = (i32)bin / nx, cx = (i32)bin - row * nx;
    i32 cz = row / ny, cy = row - cz * ny;
    bool ends = WRAPS && g.wx > 0 && nx >= 3 && (cx == 0 || cx == nx - 1);  // the row around cx falls in two
    Near near;
    near.count = 0;
    for (i64 t = 0; t < 9; t++) {
        i64 layer = tme_around(cz, g.nz, WRAPS && g.wz > 0, t / 3);
        i64 line = tme_around(cy, ny, WRAPS && g.wy > 0, t % 3);
        if (layer < 0 || line < 0) continue;
        const i64* start = g.start + (layer * ny + line) * nx;
        for (i64 piece = 0; piece < (ends ? 2 : 1); piece++) {
            i64 first = cx > 0 ? cx - 1 : 0, last = cx + 1 < nx ? cx + 1 : nx - 1;
            if (ends && cx == 0) first = piece ? nx - 1 : 0, last = piece ? nx - 1 : 1;
            if (ends && cx > 0) first = piece ? nx - 2 : 0, last = piece ? nx - 1 : 0;
            i64 end = start[last + 1];
            for (i64 from = start[first]; from < end; from += TME_PROBE) {
                u32 hits = 0;
                i32 left = (i32)(end - from), self = (i32)(k - from);
                for (i32 lane = 0; lane < TME_PROBE; lane++) {
                    i64 j = from + lane;
                    real dx = xk - x[j], dy = yk - y[j], dz = zk - z[j];
                    if (WRAPS && g.wx > 0) dx = tme_image(dx, g.wx);
                    if (WRAPS && g.wy > 0) dy = tme_image(dy, g.wy);
                    if (WRAPS && g.wz > 0) dz = tme_image(dz, g.wz);
                    real cut = cut_k + tme_max(radius[j], reach[j]);
                    real d2 = dx * dx + dy * dy;
                    d2 = d2 + dz * dz;
                    hits |= (u32)((d2 < cut * cut) & (lane < left) & (lane != self)) << lane;
                }
                for (; hits; hits &= hits - 1) {
                    // one at a time the index is known when compiled: an array that stays in registers
                    near.place[TME_NEAR > 1 ? near.count : 0] = (i32)from + tme_lowest(hits);
                    near.count = TME_NEAR > 1 ? near.count + 1 : 1;
                    if (near.count < TME_NEAR) continue;
                    tme_measure<WRAPS>(g, c, xk, yk, zk, near);
                    visit(near);
                    near.count = 0;
                }
            }
        }
    }
    if (TME_NEAR > 1 && near.count) {
        tme_measure<WRAPS>(g, c, xk, yk, zk, near);
        visit(near);
    }
}

template <class Visit>
TME_DEVICE void tme_neighbours(const Bins& g, const Packed& c, i64 k, i64 bin, Visit visit) {
    if (g.wx > 0 || g.wy > 0 || g.wz > 0) tme_visit<true>(g, c, k, bin, visit);
    else tme_visit<false>(g, c, k, bin, visit);
}

// ----------------------------------------------------------------------------- as far as cells may come to reach

#define TME_SPARE (real)1.001  // bins are looked at this much further out, against rounding

// Where the bins begin, and how many there are per um (gputme/ops/neighbours/bin_cells.py).
struct Corner { real lx, ly, lz, px, py, pz; };

// Bins lo .. hi of an axis of n bins; past an end of a periodic one they go on at the other.
struct Span { i64 lo, hi, n; };

TME_DEVICE Span tme_span(real at, real reach, real lower, real per_um, i64 n, bool wraps) {
    f64 lo = tme_floor((f64)((at - reach - lower) * per_um)), hi = tme_floor((f64)((at + reach - lower) * per_um));
    Span all = {0, n - 1, n};
    if (wraps && !(hi - lo + 1 < (f64)n)) return all;
    f64 top = (f64)(n - 1);
    if (!wraps) lo = lo > 0 ? tme_min(lo, top) : 0, hi = hi > 0 ? tme_min(hi, top) : 0;
    Span some = {(i64)lo, (i64)hi, n};
    return some;
}

// The t-th of the bins, ascending; and where the run of neighbouring ones ends that begins there.
TME_DEVICE i64 tme_bin(const Span& s, i64 t) {
    i64 over = s.lo < 0 ? s.hi + 1 : (s.hi >= s.n ? s.hi - s.n + 1 : 0);  // of them stand at the axis' lower end
    return t < over ? t : (s.lo < 0 ? s.n + s.lo : s.lo) + t - over;
}

// Calls visit(j, dx, dy, dz) for each other cell nearer to that at place k than wide[k] + wide[j], ascending; no more
// once enough().
template <bool WRAPS, class Visit, class Enough>
TME_DEVICE void tme_search(const Bins& g, const Corner& at, const Packed& c, const real* TME_RESTRICT wide, i64 k,
                           real widest, Visit visit, Enough enough) {
    const real* TME_RESTRICT x = c.x;
    const real* TME_RESTRICT y = c.y;
    const real* TME_RESTRICT z = c.z;
    real xk = x[k], yk = y[k], zk = z[k], cut_k = wide[k], far = (cut_k + widest) * TME_SPARE;
    Span sx = tme_span(xk, far, at.lx, at.px, g.nx, WRAPS && g.wx > 0);
    Span sy = tme_span(yk, far, at.ly, at.py, g.ny, WRAPS && g.wy > 0);
    Span sz = tme_span(zk, far, at.lz, at.pz, g.nz, WRAPS && g.wz > 0);
    i64 across = sx.hi - sx.lo + 1;
    for (i64 tz = 0; tz <= sz.hi - sz.lo; tz++) for (i64 ty = 0; ty <= sy.hi - sy.lo; ty++) {
        const i64* start = g.start + (tme_bin(sz, tz) * g.ny + tme_bin(sy, ty)) * g.nx;
        for (i64 tx = 0; tx < across;) {  // one run of bins, or two at the ends of a periodic row
            i64 first = tme_bin(sx, tx), last = first;
            while (++tx < across && tme_bin(sx, tx) == last + 1) last++;
            i64 end = start[last + 1];
            for (i64 from = start[first]; from < end && !enough(); from += TME_PROBE) {
                u32 hits = 0;
                i32 left = (i32)(end - from), self = (i32)(k - from);
                for (i32 lane = 0; lane < TME_PROBE; lane++) {
                    i64 j = from + lane;
                    real dx = xk - x[j], dy = yk - y[j], dz = zk - z[j];
                    if (WRAPS && g.wx > 0) dx = tme_image(dx, g.wx);
                    if (WRAPS && g.wy > 0) dy = tme_image(dy, g.wy);
                    if (WRAPS && g.wz > 0) dz = tme_image(dz, g.wz);
                    real cut = cut_k + wide[j];
                    real d2 = dx * dx + dy * dy;
                    d2 = d2 + dz * dz;
                    hits |= (u32)((d2 < cut * cut) & (lane < left) & (lane != self)) << lane;
                }
                for (; hits; hits &= hits - 1) {
                    i64 j = from + tme_lowest(hits);
                    real dx = xk - x[j], dy = yk - y[j], dz = zk - z[j];
                    if (WRAPS && g.wx > 0) dx = tme_image(dx, g.wx);
                    if (WRAPS && g.wy > 0) dy = tme_image(dy, g.wy);
                    if (WRAPS && g.wz > 0) dz = tme_image(dz, g.wz);
                    visit(j, dx, dy, dz);
                }
            }
        }
    }
}

template <class Visit, class Enough>
TME_DEVICE void tme_reachable(const Bins& g, const Corner& at, const Packed& c, const real* wide, i64 k, real widest,
                              Visit visit, Enough enough) {
    if (g.wx > 0 || g.wy > 0 || g.wz > 0) tme_search<true>(g, at, c, wide, k, widest, visit, enough);
    else tme_search<false>(g, at, c, wide, k, widest, visit, enough);
}

template <class Visit>
TME_DEVICE void tme_reachable(const Bins& g, const Corner& at, const Packed& c, const real* wide, i64 k, real widest,
                              Visit visit) {
    tme_reachable(g, at, c, wide, k, widest, visit, [] { return false; });
}

#endif
