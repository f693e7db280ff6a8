// How many values are below or above what they may be, or no numbers. Meaning: gputme/ops/census/inspect.py.
#include "tme.h"

TME_KERNEL inspect(
    i64 n,               // values in a column
    i64 columns,
    IN(f64) low,         // [columns] what a value may be, at the least
    IN(f64) high,        // [columns] and at the most
    MANY(real) column,   // [columns][n]
    INOUT(i64) bad)      // [1] raised
{
    TME_ROWS(c, columns, n) {
        const real* values = column[c];
        f64 least = low[c], most = high[c];
        i64 wrong = 0;
        TME_ALONG(i, c, n) wrong += !((f64)values[i] >= least && (f64)values[i] <= most);
        if (wrong) TME_ADD(bad, wrong);
    }
}
