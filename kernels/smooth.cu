// One half-sweep of red-black Gauss-Seidel for (rate + sink + sum of links) u - sum of links * neighbours = b.
// Equation, units and boundary treatment: gputme/ops/smooth.py.
#include "tme.h"

TME_KERNEL smooth(
    i64 nx, i64 ny, i64 nz,  // voxels
    i64 colour,              // 0 or 1: update voxels with (x + y + z) % 2 == colour
    i64 periodic,            // bit 0: x, 1: y, 2: z
    real rate,               // 1/min, uniform part of the diagonal: 1/dt + decay
    IN(real) lower,          // [nx + ny + nz] 1/min, link to the neighbour below along x, then y, then z
    IN(real) upper,          // [nx + ny + nz] 1/min, link to the neighbour above
    IN(real) own,            // [nx + ny + nz] 1/min, diagonal share: both links and the wall's
    IN(real) sink,           // [nx * ny * nz] 1/min, extra diagonal; negative: the voxel is fixed
    IN(real) b,              // [nx * ny * nz] right-hand side
    INOUT(real) u)           // [nx * ny * nz] the field
{
    TME_ROWS(row, nz * ny, nx) {
        i64 z = row / ny, y = row - z * ny, start = row * nx;
        i64 up = y + 1 < ny ? nx : (periodic & 2 ? -(ny - 1) * nx : 0);
        i64 down = y > 0 ? -nx : (periodic & 2 ? (ny - 1) * nx : 0);
        i64 above = z + 1 < nz ? nx * ny : (periodic & 4 ? -(nz - 1) * nx * ny : 0);
        i64 below = z > 0 ? -nx * ny : (periodic & 4 ? (nz - 1) * nx * ny : 0);
        real to_up = upper[nx + y], to_down = lower[nx + y];
        real to_above = upper[nx + ny + z], to_below = lower[nx + ny + z];
        i32 phase = (i32)((y + z + colour) & 1), end = (i32)(nx - 1);
        real first = u[start], last = u[start + nx - 1], own_y = own[nx + y], own_z = own[nx + ny + z];
        TME_ALONG(x, row, nx) {
            i64 v = start + x;
            i32 column = (i32)x;
            real left = u[v - 1], right = u[v + 1];  // at a wall the link is 0: any finite neighbour serves
            left = column == 0 ? last : left;
            right = column == end ? first : right;
            real s = b[v] + lower[x] * left;
            s = s + upper[x] * right;
            s = s + to_down * u[v + down];
            s = s + to_up * u[v + up];
            s = s + to_below * u[v + below];
            s = s + to_above * u[v + above];
            real d = rate + own[x];
            d = d + own_y;
            d = d + own_z;
            d = d + sink[v];
            bool mine = ((column ^ phase) & 1) == 0 && sink[v] >= 0;
            u[v] = mine ? s / d : u[v];
        }
    }
}
