// What touches a cell, of each asked-for kind, counted or added up: gputme/ops/neighbours/contacts.py.
#include "neighbours/neighbours.h"

TME_DEVICE bool in_state(i32 what, i32 death) {
    switch (what) {
        case SIGNAL_CONTACT_LIVE: return death == ALIVE;
        case SIGNAL_CONTACT_DEAD: return death != ALIVE;
        case SIGNAL_CONTACT_APOPTOTIC: return death == APOPTOTIC;
        case SIGNAL_CONTACT_NECROTIC: return death >= NECROTIC;
        default: return what != SIGNAL_CONTACT_OTHER_DEAD;
    }
}

TME_KERNEL contacts(
    i64 n,                      // cells
    i64 nx, i64 ny, i64 nz,     // bins
    real wx, real wy, real wz,  // um, period of an axis; 0: walls
    i64 rows,                   // what is asked for
    i64 types,                  // cell types
    i64 stride,                 // length of a row of signals and of custom
    IN(i32) what,               // [rows] kind of signal, vocabulary.SignalKind
    IN(u8) counted,             // [rows * types] whether cells of a type count
    IN(i32) variable,           // [rows] row of custom that is added up, -1: cells are counted
    IN(i32) over,               // [rows] row of signals that it is divided by, -1: none
    IN(i32) row,                // [rows] row of signals it goes to
    IN(i64) start,              // [nx * ny * nz + 1] first place of each bin
    IN(i32) bin,                // [n] by cell
    IN(i32) order,              // [n] cell at each place
    IN(u8) death,               // [n] by cell
    IN(u8) kind,                // [n] by place, as those that follow
    IN(real) size,              // [n] um, radius
    IN(real) reach,             // [n] um, adhesion distance
    IN(real) sx,                // [n] um
    IN(real) sy,                // [n] um
    IN(real) sz,                // [n] um
    IN(real) custom,            // [1] row by row, by cell
    INOUT(real) signals)        // [stride] row by row, by cell
{
    Bins bins = {nx, ny, nz, wx, wy, wz, start};
    Packed cells = {sx, sy, sz, size, reach};
    TME_FOR(k, n) {
        i64 i = order[k];
        real far = reach[k];
        for (i64 r = 0; r < rows; r++) signals[row[r] * stride + i] = 0;
        tme_neighbours(bins, cells, k, bin[i], [&](const Near& near) {
            for (i32 l = 0; l < near.count; l++) {
                i64 j = near.place[l];
                real hold = far + reach[j];
                if (!(near.d2[l] < hold * hold)) continue;
                i64 other = order[j];
                i32 dead = death[other], type = kind[j];
                for (i64 r = 0; r < rows; r++)
                    if (counted[r * types + type] && in_state(what[r], dead))
                        signals[row[r] * stride + i] += variable[r] < 0 ? (real)1 : custom[variable[r] * stride + other];
            }
        });
        for (i64 r = 0; r < rows; r++) {
            real found = signals[row[r] * stride + i];
            if (over[r] >= 0) found = found / tme_max(signals[over[r] * stride + i], (real)1);
            signals[row[r] * stride + i] = tme_flush(found);
        }
    }
}
