// Add the trilinearly interpolated coarse correction to the free voxels of a grid. Equation: gputme/ops/prolong.py.
#include "operator.h"

TME_KERNEL prolong(
    i64 nx, i64 ny, i64 nz,  // voxels of this grid
    i64 cx, i64 cy, i64 cz,  // voxels of the coarser grid: an axis is halved (rounded up) or kept
    i64 periodic,            // bit 0: x, 1: y, 2: z
    i64 held,                // 1: some voxels are fixed
    IN(real) near,           // [nx + ny + nz] weight of the voxel's own coarse voxel, per axis
    IN(real) far,            // [nx + ny + nz] weight of the next one (below for even, above for odd indices)
    IN(real) sink,           // [nx * ny * nz] 1/min; negative: the voxel is fixed
    IN(real) coarse_u,       // [cx * cy * cz] the correction
    INOUT(real) u)           // [nx * ny * nz] the field
{
    i64 pairs = cx < nx ? nx / 2 : 0, halved = cx < nx;
    TME_ROWS(row, nz * ny, cx) {
        i64 z = row / ny, y = row - z * ny, start = row * nx;
        i64 Z = z, Y = y, Z2 = z, Y2 = y;  // own coarse layer and the next one
        if (cz < nz) { Z = z >> 1; Z2 = Z + ((z & 1) ? 1 : -1); }
        if (cy < ny) { Y = y >> 1; Y2 = Y + ((y & 1) ? 1 : -1); }
        if (Z2 < 0 || Z2 >= cz) Z2 = (periodic & 4) ? (Z2 < 0 ? cz - 1 : 0) : Z;
        if (Y2 < 0 || Y2 >= cy) Y2 = (periodic & 2) ? (Y2 < 0 ? cy - 1 : 0) : Y;
        const real *p = coarse_u + (Z * cy + Y) * cx, *q = coarse_u + (Z * cy + Y2) * cx;
        const real *s = coarse_u + (Z2 * cy + Y) * cx, *t = coarse_u + (Z2 * cy + Y2) * cx;
        real nz_ = near[nx + ny + z], fz_ = far[nx + ny + z], ny_ = near[nx + y], fy_ = far[nx + y];
        real wp = nz_ * ny_, wq = nz_ * fy_, ws = fz_ * ny_, wt = fz_ * fy_;
        i64 low = (periodic & 1) ? cx - 1 : 0, high = (periodic & 1) ? 0 : cx - 1;  // beyond the ends
        real before = ((wp * p[low] + wq * q[low]) + ws * s[low]) + wt * t[low];
        real after = ((wp * p[high] + wq * q[high]) + ws * s[high]) + wt * t[high];
        i32 end = (i32)(cx - 1);
        TME_RANGE(X, row, cx, 0, pairs) {  // both voxels of a coarse one
            real own = ((wp * p[X] + wq * q[X]) + ws * s[X]) + wt * t[X];
            real left = ((wp * p[X - 1] + wq * q[X - 1]) + ws * s[X - 1]) + wt * t[X - 1];
            real right = ((wp * p[X + 1] + wq * q[X + 1]) + ws * s[X + 1]) + wt * t[X + 1];
            left = (i32)X == 0 ? before : left;
            right = (i32)X == end ? after : right;
            i64 x = 2 * X, v = start + x;
            real even = near[x] * own + far[x] * left, odd = near[x + 1] * own + far[x + 1] * right;
            real u0 = u[v], u1 = u[v + 1];
            u[v] = held && sink[v] < 0 ? u0 : tme_flush(u0 + even);
            u[v + 1] = held && sink[v + 1] < 0 ? u1 : tme_flush(u1 + odd);
        }
        TME_RANGE(X, row, cx, pairs, cx) {  // an axis that is kept, or the odd voxel at the end
            real own = ((wp * p[X] + wq * q[X]) + ws * s[X]) + wt * t[X];
            real left = before;
            if (halved && X > 0) left = ((wp * p[X - 1] + wq * q[X - 1]) + ws * s[X - 1]) + wt * t[X - 1];
            i64 x = halved ? 2 * X : X, v = start + x;
            real add = near[x] * own + far[x] * left;
            u[v] = held && sink[v] < 0 ? u[v] : tme_flush(u[v] + add);
        }
    }
}
