// Whom each cell next attaches to, or lets go of, and when: gputme/ops/bonds/court.py.
#include "behaviour.h"
#include "maths.h"
#include "neighbours/neighbours.h"
#include "philox.h"

TME_KERNEL court(
    i64 n,                      // cells
    i64 nx, i64 ny, i64 nz,     // bins
    real wx, real wy, real wz,  // um, period of an axis; 0: walls
    i64 rows,                   // most partners of a cell
    i64 types,                  // cell types
    i64 affinity,               // number of the first affinity among the behaviours
    i64 stride,                 // length of a row of ruled and of mate
    i64 behaviours,             // behaviours of a type in table
    u64 seed,
    i64 end,                    // tick at which the step ends
    i32 frees,                  // 1: cells may let go of each other
    IN(real) table,             // [types * behaviours]
    IN(i32) slot,               // [behaviours]
    IN(real) ruled,             // [1] row slot[b] holds stride values of behaviour b
    IN(i64) start,              // [nx * ny * nz + 1] first place of each bin
    IN(i32) bin,                // [n] by cell
    IN(i32) order,              // [n] cell at each place
    IN(u8) kind,                // [n] by place, as those that follow
    IN(real) size,              // [n] um, radius
    IN(real) reach,             // [n] um, adhesion distance
    IN(real) sx,                // [n] um
    IN(real) sy,                // [n] um
    IN(real) sz,                // [n] um
    IN(u64) id,                 // [n] by cell, as all that follow
    IN(u8) death,               // [n]
    IN(u8) bonds,               // [n] partners
    IN(u8) before,              // [n] partners at the step's start
    IN(i32) mate,               // [rows * stride] cells that they are; -1: none
    INOUT(i64) reached,         // [n] tick of the event that has reached the cell; 2^61: none
    INOUT(i64) clock,           // [n] tick from which on its event was drawn
    INOUT(u8) upto,             // [n] partners that it may have
    INOUT(i64) when,            // [n] tick of its event
    INOUT(i32) whom,            // [n] cell
    INOUT(u8) what,             // [n] 0: nothing, 1: attaches to it, 2: lets it go
    INOUT(i64) standing)        // [1] events that stand: added to
{
    Bins bins = {nx, ny, nz, wx, wy, wz, start};
    Packed cells = {sx, sy, sz, size, reach};
    TME_FOR(k, n) {
        i64 i = order[k], ti = kind[k];
        if (reached[i] >= TME_NEVER) {  // it keeps its event
            if (when[i] < TME_NEVER) TME_ADD(standing, 1);
            continue;
        }
        i64 from = tme_max(reached[i], clock[i] + 1);
        clock[i] = from;
        reached[i] = TME_NEVER;
        when[i] = TME_NEVER;
        whom[i] = -1;
        what[i] = 0;
        if (death[i] != 0) continue;
        f64 rate = tme_behaviour(table, slot, ruled, stride, behaviours, ti, B_ATTACHMENT, i);
        f64 letting = tme_behaviour(table, slot, ruled, stride, behaviours, ti, B_DETACHMENT, i);
        auto may = [&](i64 t, i64 c) {
            f64 own = tme_behaviour(table, slot, ruled, stride, behaviours, t, B_ATTACHMENTS, c);
            return tme_max(tme_min(tme_floor(own), (f64)rows), 0.0);
        };
        upto[i] = (u8)may(ti, i);
        bool open = rate > 0 && bonds[i] < upto[i];
        Words words = tme_random(seed, from, id[i], STREAM_BIND, 0);
        f64 total = 0, aim = 0;
        for (i32 pass = 0; pass < 2; pass++) {  // the sum of all hazards; then the one that is meant
            f64 sum = 0;
            bool chosen = false;
            if (open)
                tme_neighbours(bins, cells, k, bin[i], [&](const Near& near) {
                    for (i32 l = 0; l < near.count; l++) {
                        i64 q = near.place[l], j = order[q], tj = kind[q];
                        real hold = reach[k] + reach[q];
                        if (chosen || !(near.d2[l] < hold * hold) || death[j] != 0) continue;
                        if (!frees && !((f64)before[j] < may(tj, j))) continue;  // it stays full
                        bool partners = false;
                        for (i64 r = 0; r < rows; r++) partners = partners || mate[r * stride + i] == j;
                        if (partners) continue;
                        f64 towards = tme_behaviour(table, slot, ruled, stride, behaviours, ti, affinity + tj, i);
                        sum = sum + rate * towards;
                        if (pass && sum > aim) {
                            chosen = true;
                            whom[i] = (i32)j;
                            what[i] = 1;
                        }
                    }
                });
            for (i64 r = 0; r < rows && letting > 0; r++) {
                i32 j = mate[r * stride + i];
                if (chosen || j < 0) continue;
                sum = sum + letting;
                if (pass && sum > aim) {
                    chosen = true;
                    whom[i] = j;
                    what[i] = 2;
                }
            }
            if (pass) break;
            total = sum;
            if (!(total > 0)) break;
            f64 wait = -tme_log(tme_uniform(words.a)) / total * 1024.0;
            if (!(wait <= (f64)(end - from))) break;
            f64 whole = tme_floor(wait);
            when[i] = from + (i64)tme_max(whole < wait ? whole + 1.0 : whole, 1.0);
            aim = tme_uniform(words.b) * total;
            TME_ADD(standing, 1);
        }
    }
}
