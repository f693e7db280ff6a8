// Behaviours that go with a variable of the cell. Equation: gputme/ops/rules/scale.py.
#include "maths.h"

TME_KERNEL scale(
    i64 n,              // cells
    i64 stride,         // length of a row
    i64 count,          // entries
    IN(i32) kind,       // [count] cell type
    IN(i32) row,        // [count] row of ruled
    IN(i32) variable,   // [count] row of custom
    IN(f64) zero,       // [count] the variable's value at which the factor is 0
    IN(f64) slope,      // [count] of the factor over the variable
    IN(f64) most,       // [count] largest factor
    IN(f64) limit,      // [count] largest value of the behaviour
    IN(u8) type,        // [n]
    IN(u8) death,       // [n]
    IN(real) custom,    // [1] rows of custom variables
    INOUT(real) ruled)  // [1] rows of behaviours
{
    TME_FOR(i, n) {
        if (death[i] != 0) continue;
        for (i64 e = 0; e < count; e++) {
            if (kind[e] != type[i]) continue;
            f64 factor = ((f64)custom[variable[e] * stride + i] - zero[e]) * slope[e];
            factor = tme_min(factor > 0 ? factor : 0.0, most[e]);
            i64 at = row[e] * stride + i;
            ruled[at] = tme_flush((real)tme_min((f64)ruled[at] * factor, limit[e]));
        }
    }
}
