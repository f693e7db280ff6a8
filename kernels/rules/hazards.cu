// Hazards of turning into other types, each with signals of its own. Equation: gputme/ops/rules/hazards.py.
#include "rules/hill.h"

TME_KERNEL hazards(
    i64 n,              // cells
    i64 stride,         // length of a row
    i64 pairs,          // pairs of types
    i64 entries,        // hazards
    i64 terms,          // signals that raise or lower them
    IN(i32) kind,       // [pairs] cell type
    IN(i32) row,        // [pairs] row of ruled
    IN(i32) entry,      // [pairs + 1] first hazard of each pair
    IN(f64) rate,       // [entries] 1/min
    IN(i32) first,      // [entries + 1] first signal of each hazard
    IN(i32) source,     // [terms] row of the signal
    IN(i32) lowers,     // [terms] 1: it lowers
    IN(f64) half_max,   // [terms]
    IN(f64) power,      // [terms]
    IN(u8) type,        // [n]
    IN(u8) death,       // [n]
    IN(real) sensed,    // [1] rows of signals
    INOUT(real) ruled)  // [1] rows of behaviours
{
    TME_FOR(i, n) {
        if (death[i] != 0) continue;
        for (i64 p = 0; p < pairs; p++) {
            if (kind[p] != type[i]) continue;
            f64 total = 0;
            for (i32 e = entry[p]; e < entry[p + 1]; e++) {
                f64 hazard = rate[e];
                for (i32 t = first[e]; t < first[e + 1]; t++) {
                    f64 s = sensed[source[t] * stride + i];
                    f64 h = tme_saturated(s, half_max[t], power[t]);
                    hazard = hazard * (lowers[t] ? 1.0 - h : h);
                }
                total = total + hazard;
            }
            i64 at = row[p] * stride + i;
            ruled[at] = tme_flush((real)((f64)ruled[at] + total));
        }
    }
}
