// How many neighbours of each asked-for kind a cell has: gputme/ops/neighbours/contacts.py.
#include "neighbours/neighbours.h"

TME_DEVICE bool counts(i32 what, i32 which, i32 type, i32 death) {
    switch (what) {
        case SIGNAL_CONTACT_TYPE: return type == which;
        case SIGNAL_CONTACT_LIVE: return death == ALIVE;
        case SIGNAL_CONTACT_DEAD: return death != ALIVE;
        case SIGNAL_CONTACT_APOPTOTIC: return death == APOPTOTIC;
        default: return what == SIGNAL_CONTACT_NECROTIC && death >= NECROTIC;
    }
}

TME_KERNEL contacts(
    i64 n,                      // cells
    i64 nx, i64 ny, i64 nz,     // bins
    real wx, real wy, real wz,  // um, period of an axis; 0: walls
    i64 rows,                   // counts asked for
    i64 stride,                 // length of a row of signals
    IN(i32) what,               // [rows] kind of signal, vocabulary.SignalKind
    IN(i32) which,              // [rows] cell type, for contact with a type
    IN(i32) row,                // [rows] row of signals it goes to
    IN(i64) start,              // [nx * ny * nz + 1] first place of each bin
    IN(i32) bin,                // [n] by cell
    IN(i32) order,              // [n] cell at each place
    IN(u8) death,               // [n] by cell
    IN(u8) kind,                // [n] by place, as all that follow but the result
    IN(real) size,              // [n] um, radius
    IN(real) reach,             // [n] um, adhesion distance
    IN(real) sx,                // [n] um
    IN(real) sy,                // [n] um
    IN(real) sz,                // [n] um
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
                i32 dead = death[order[j]], type = kind[j];
                for (i64 r = 0; r < rows; r++)
                    if (counts(what[r], which[r], type, dead)) signals[row[r] * stride + i] += 1;
            }
        });
    }
}
