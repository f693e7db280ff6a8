// Who may come within reach of a cell of several steps: gputme/ops/motion/partners.py.
#include "motion/ways.h"
#include "neighbours/neighbours.h"

TME_KERNEL partners(
    i64 n,                      // cells
    i64 parts,                  // work items: shares of the active cells
    i64 nx, i64 ny, i64 nz,     // bins
    real lx, real ly, real lz,  // um, lower corner of the first bin
    real bx, real by, real bz,  // 1/um, bins per length
    real wx, real wy, real wz,  // um, period of an axis; 0: walls
    i64 rows, i64 width,        // of the list: cells and partners that there is room for
    IN(i64) start,              // [nx * ny * nz + 1] first place of each bin
    IN(real) sx,                // [n] um, by place
    IN(real) sy,                // [n] um
    IN(real) sz,                // [n] um
    IN(real) wide,              // [n] um, by place
    IN(i64) count,              // [32] active cells by exponent
    IN(i32) active,             // [n] their places
    IN(i64) peak,               // [4] the last: bits of the largest `wide`
    OUT(i32) length,            // [rows] partners of each active cell, as many as there is room for
    OUT(i32) list,              // [rows * width] their places, row by row
    INOUT(i64) longest)         // [1] the most partners of a cell: raised
{
    Bins bins = {nx, ny, nz, wx, wy, wz, start};
    Corner corner = {lx, ly, lz, bx, by, bz};
    Packed cells = {sx, sy, sz, wide, wide};
    real widest = (real)tme_from_bits(peak[3]);
    i64 total = 0;
    for (i64 e = 1; e < TME_LEVELS; e++) total += count[e];
    total = tme_min(total, rows);
    TME_FOR(part, parts) {
        i64 most = 0;
        TME_SLICE(a, total, part, parts) {
            i32* row = list + a * width;
            i64 found = 0;
            tme_reachable(bins, corner, cells, wide, active[a], widest, [&](i64 j, real, real, real) {
                if (found < width) row[found] = (i32)j;
                found++;
            });
            length[a] = (i32)tme_min(found, width);
            most = tme_max(most, found);
        }
        TME_MAX(longest, most);
    }
}
