// Events ask for the two cells that they are of: gputme/ops/interactions/contend.py.
#include "interactions/meetings.h"
#include "neighbours/neighbours.h"

TME_KERNEL contend(
    i64 n,                      // cells
    i64 m,                      // actors
    i32 attack,                 // 1: cells may attack others
    i64 round,
    i64 tick,                   // the step's start
    i32 around,                 // 1: also for the neighbours of whoever acts, and of those who hold the other
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
    IN(u64) held_id,            // [attack * n] id of the cell that it holds; 0: none
    IN(i64) when,               // [m] tick of the next event
    IN(i32) whom,               // [m] the other cell
    INOUT(i64) first)           // [n] key of the event that a cell is given to: raised
{
    Bins bins = {nx, ny, nz, wx, wy, wz, start};
    Corner corner = {lx, ly, lz, bx, by, bz};
    Packed cells = {sx, sy, sz, reach, reach};
    TME_FOR(r, m) {
        if (when[r] == TME_NEVER) continue;
        i64 key = tme_key(round, tick, when[r], r);
        TME_MAX(first + actors[r], key);
        TME_MAX(first + whom[r], key);
        if (!around) continue;
        auto ask = [&](i64 k, real, real, real) { TME_MAX(first + order[k], key); };
        tme_reachable(bins, corner, cells, reach, seat[actors[r]], widest, ask);
        if (!attack) continue;
        tme_reachable(bins, corner, cells, reach, seat[whom[r]], widest, [&](i64 k, real, real, real) {
            if (held_id[order[k]] == id[whom[r]]) tme_reachable(bins, corner, cells, reach, k, widest, ask);
        });
    }
}
