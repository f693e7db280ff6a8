// What touches a cell, of each asked-for kind, counted or added up: gputme/ops/neighbours/contacts.py.
// On the host, TME_WIDE kinds are counted side by side, without a branch.
#include "neighbours/neighbours.h"

TME_KERNEL contacts(
    i64 n,                      // cells
    i64 nx, i64 ny, i64 nz,     // bins
    real wx, real wy, real wz,  // um, period of an axis; 0: walls
    i64 rows,                   // kinds of neighbours that are counted
    i64 sums,                   // kinds over which a variable is added up
    i64 types,                  // cell types
    i64 width,                  // length of a row of counted, a multiple of TME_WIDE
    i64 stride,                 // length of a row of signals and of custom
    IN(u8) counted,             // [(4 * types + 1) * width] by type and state: whether it is of a kind; the last row: nobody
    IN(i32) variable,           // [sums] row of custom
    IN(i32) over,               // [sums] row of signals that a sum is divided by, -1: none
    IN(i32) row,                // [rows + sums] row of signals it goes to
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
    const i32 states = LYSED + 1, nobody = (i32)types * states;
    Bins bins = {nx, ny, nz, wx, wy, wz, start};
    Packed cells = {sx, sy, sz, size, reach};
    TME_FOR(k, n) {
        i64 i = order[k];
        real far = reach[k];
        for (i64 r = 0; r < rows + sums; r++) signals[row[r] * stride + i] = 0;
        tme_neighbours(bins, cells, k, bin[i], [&](const Near& near) {
            i32 group[TME_NEAR], lanes = tme_lanes(near.count);
            for (i32 l = 0; l < lanes; l++) {
                i64 j = near.place[l];
                real hold = far + reach[j];
                group[l] = near.d2[l] < hold * hold ? kind[j] * states + death[order[j]] : nobody;
            }
            for (i64 r = 0; r < rows; r += TME_WIDE) {
                i32 found[TME_WIDE] = {};
                for (i32 l = 0; l < near.count; l++)
                    for (i32 t = 0; t < TME_WIDE; t++) found[t] += counted[group[l] * width + r + t];
                for (i32 t = 0; t < TME_WIDE && r + t < rows; t++)
                    if (found[t]) signals[row[r + t] * stride + i] += (real)found[t];
            }
            for (i64 s = 0; s < sums; s++) {
                real sum = signals[row[rows + s] * stride + i];
                const real* mine = custom + variable[s] * stride;
                for (i32 l = 0; l < near.count; l++)
                    if (counted[group[l] * width + rows + s]) sum += mine[order[near.place[l]]];
                signals[row[rows + s] * stride + i] = sum;
            }
        });
        for (i64 s = 0; s < sums; s++) {
            real sum = signals[row[rows + s] * stride + i];
            if (over[s] >= 0) sum = sum / tme_max(signals[over[s] * stride + i], (real)1);
            signals[row[rows + s] * stride + i] = tme_flush(sum);
        }
    }
}
