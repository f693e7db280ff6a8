// Variables that follow a signal: what cells remember. Equation: gputme/ops/rules/remember.py.
#include "dither.h"
#include "rules/hill.h"

enum { PLAIN, SATURATED, ABOVE, BELOW, SINCE_ABOVE, SINCE_BELOW };

TME_KERNEL remember(
    i64 n,              // cells
    i64 stride,         // length of a row
    i64 count,          // entries
    i64 tick,           // start of the step
    f64 dt,             // min
    IN(i32) kind,       // [count] cell type
    IN(i32) variable,   // [count] row of custom
    IN(i32) source,     // [count] row of the signal
    IN(i32) law,        // [count]
    IN(f64) value,      // [count] half-maximum, or what the signal is compared with
    IN(f64) power,      // [count]
    IN(f64) keeps,      // [count] share of the variable that is left after dt
    IN(f64) gains,      // [count] what is gained in dt at full drive
    IN(u8) type,        // [n]
    IN(u8) death,       // [n]
    IN(u64) id,         // [n]
    IN(real) sensed,    // [1] rows of signals
    INOUT(real) custom) // [1] rows of custom variables
{
    TME_FOR(i, n) {
        if (death[i] != ALIVE) continue;
        for (i64 e = 0; e < count; e++) {
            if (kind[e] != type[i]) continue;
            i64 at = variable[e] * stride + i;
            f64 s = sensed[source[e] * stride + i], x = custom[at];
            bool holds = law[e] == BELOW || law[e] == SINCE_BELOW ? s < value[e] : s > value[e];
            if (law[e] == SINCE_ABOVE || law[e] == SINCE_BELOW) {
                custom[at] = tme_flush((real)(holds ? 0.0 : x + dt));
                continue;
            }
            f64 f = law[e] == PLAIN ? s : law[e] == SATURATED ? tme_saturated(s, value[e], power[e]) : holds ? 1.0 : 0.0;
            custom[at] = tme_flush(tme_dither(x * keeps[e] + f * gains[e], tme_mix(tick, id[i]), 16 * (variable[e] & 3)));
        }
    }
}
