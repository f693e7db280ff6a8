// Signals that an actor reads in the cell that it holds: gputme/ops/interactions/regard.py.
#include "tme.h"

TME_KERNEL regard(
    i64 n,               // cells
    i64 m,               // actors
    i64 stride,          // length of a row
    i64 wanted,          // how many signals
    IN(i32) variable,    // [wanted] row of custom
    IN(i32) row,         // [wanted] row of sensed
    IN(i64) actors,      // [m] cells
    IN(i32) at,          // [m] the cell that each holds; -1: none
    IN(real) custom,     // [max(n, 1)] rows of custom variables, by cell
    INOUT(real) sensed)  // [max(n, 1)] rows of signals, by cell
{
    TME_FOR(r, m) {
        for (i64 w = 0; w < wanted; w++) {
            real value = at[r] < 0 ? (real)0 : custom[variable[w] * stride + at[r]];
            sensed[row[w] * stride + actors[r]] = tme_flush(value);
        }
    }
}
