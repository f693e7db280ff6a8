// Where the cell is that each actor holds: gputme/ops/interactions/hold.py.
#include "neighbours/neighbours.h"

TME_KERNEL hold(
    i64 n,                      // cells
    i64 m,                      // actors
    i64 nx, i64 ny, i64 nz,     // bins
    real lx, real ly, real lz,  // um, lower corner of the first bin
    real bx, real by, real bz,  // 1/um, bins per length
    real wx, real wy, real wz,  // um, period of an axis; 0: walls
    real widest,                // um, the largest reach
    IN(i64) start,              // [nx * ny * nz + 1] first place of each bin
    IN(i32) order,              // [n] cell at each place
    IN(real) sx,                // [n] um, by place
    IN(real) sy,                // [n] um
    IN(real) sz,                // [n] um
    IN(real) reach,             // [n] um, adhesion distance, by place
    IN(i32) seat,               // [n] place of each cell
    IN(i64) actors,             // [m] cells
    IN(u64) id,                 // [n]
    IN(u8) death,               // [n]
    INOUT(u64) held_id,          // [n] id of the cell that it holds; 0: none
    INOUT(i64) held_since,      // [n] tick
    OUT(i32) at)                // [m] that cell; -1: none
{
    Bins bins = {nx, ny, nz, wx, wy, wz, start};
    Corner corner = {lx, ly, lz, bx, by, bz};
    Packed cells = {sx, sy, sz, reach, reach};
    TME_FOR(r, m) {
        i64 i = actors[r];
        i32 found = -1;
        if (held_id[i])
            tme_reachable(bins, corner, cells, reach, seat[i], widest, [&](i64 k, real, real, real) {
                i32 j = order[k];
                if (id[j] == held_id[i] && death[j] == ALIVE) found = j;
            });
        if (found < 0) held_id[i] = 0, held_since[i] = 0;
        at[r] = found;
    }
}
