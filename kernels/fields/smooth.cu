// One half-sweep of red-black Gauss-Seidel for (rate + sink + sum of links) u - sum of links * neighbours = b.
// Equation, units and boundary treatment: gputme/ops/fields/smooth.py.
#include "fields/operator.h"

// Whether a voxel is free and of the sweep's colour.
TME_DEVICE bool is_mine(const Row& r, i64 x, i32 phase, i32 odd_x, i32 at_seam, const real* sink) {
    return (((i32)x ^ phase) & 1) == 0 && sink[r.start + x] >= 0 && (odd_x & ((i32)x == (i32)r.end)) == at_seam;
}

// The new value of such a voxel, the old one of all others.
TME_DEVICE real relax(i64 varied, bool edge, const Row& r, i64 x, i32 phase, i32 odd_x, i32 at_seam,
                      const real* sink, const real* b, const real* u) {
    i64 v = r.start + x;
    real s, d;
    tme_gather(varied, edge, r, x, u, b[v], &s, &d);
    d = d + sink[v];
    return is_mine(r, x, phase, odd_x, at_seam, sink) ? tme_flush(s / d) : u[v];
}

TME_KERNEL smooth(
    i64 nx, i64 ny, i64 nz,  // voxels
    i64 colour,              // bit 0: parity of x + y + z; bits 1 to 3: last layer of an odd periodic axis
    i64 periodic,            // bit 0: x, 1: y, 2: z
    i64 varied,              // 1: links are multiplied by the conductance of their face; 2: by one for each way
    real rate,               // 1/min, uniform part of the diagonal: 1/dt + decay
    IN(real) links,          // [4 * (nx + ny + nz)] 1/min: lower, upper, and the diagonal's share of each
    IN(real) faces,          // [varied * ((nx + 1) * ny * nz + nx * (ny + 1) * nz + nx * ny * (nz + 1))]
    IN(real) sink,           // [nx * ny * nz] 1/min, extra diagonal; negative: the voxel is fixed
    IN(real) b,              // [nx * ny * nz] right-hand side
    INOUT(real) u)           // [nx * ny * nz] the field
{
    TME_ROWS(row, nz * ny, nx) {
        i64 z = row / ny, y = row - z * ny;
        i64 seam_y = (periodic & 2) && (ny & 1) && y == ny - 1, seam_z = (periodic & 4) && (nz & 1) && z == nz - 1;
        if (4 * seam_y + 8 * seam_z != (colour & 12)) continue;
        i32 phase = (i32)((y + z + colour) & 1);
        i32 odd_x = (periodic & 1) && (nx & 1), at_seam = (colour & 2) ? 1 : 0;
        Row r = tme_row(row, nx, ny, nz, periodic, rate, links, faces);
        real fresh[TME_TILE];
        TME_CHUNKS(x0, row, nx) {
            TME_SKIP(!is_mine(r, x0, phase, odd_x, at_seam, sink));
            TME_VOXELS(varied, x, x0, nx,
                       fresh[x - x0] = relax(VARIED, EDGE, r, x, phase, odd_x, at_seam, sink, b, u))
            TME_WITHIN(x, x0, nx) u[r.start + x] = fresh[x - x0];
        }
    }
}
