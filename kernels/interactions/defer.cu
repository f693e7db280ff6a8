// Events wait for earlier ones nearby: gputme/ops/interactions/defer.py.
#include "interactions/meetings.h"
#include "neighbours/neighbours.h"

TME_KERNEL defer(
    i64 n,                      // cells
    i64 m,                      // actors
    i32 attack,                 // 1: cells may hold others
    i64 round,
    i64 tick,                   // the step's start
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
    IN(i32) rank,               // [n] number of a cell among the actors; -1: it is none
    IN(i32) at,                 // [m] the cell that it holds; -1: none
    IN(i64) when,               // [m] tick of the next event
    IN(i32) whom,               // [m] the other cell
    IN(i64) first,              // [n] key of the first event that is of a cell
    OUT(u8) waits)              // [m] 1: an earlier event comes before
{
    Bins bins = {nx, ny, nz, wx, wy, wz, start};
    Corner corner = {lx, ly, lz, bx, by, bz};
    Packed cells = {sx, sy, sz, reach, reach};
    TME_FOR(r, m) {
        waits[r] = 0;
        if (when[r] == TME_NEVER) continue;
        i64 key = tme_key(round, tick, when[r], r);
        bool late = first[actors[r]] > key || first[whom[r]] > key;
        auto look = [&](i64 k, real, real, real) {
            i32 q = rank[order[k]];
            if (q < 0) return;
            if (when[q] != TME_NEVER && tme_key(round, tick, when[q], q) > key) late = true;
            if (attack && at[q] >= 0 && first[at[q]] > key) late = true;
        };
        auto enough = [&] { return late; };
        tme_reachable(bins, corner, cells, reach, seat[actors[r]], widest, look, enough);
        tme_reachable(bins, corner, cells, reach, seat[whom[r]], widest, look, enough);
        waits[r] = late;
    }
}
