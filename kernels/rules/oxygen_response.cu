// How oxygen limits the cycle and kills: ramps on two behaviours. Meaning: gputme/ops/rules/oxygen_response.py.
#include "tme.h"

TME_KERNEL oxygen_response(
    i64 n,                 // cells
    i64 types,             // cell types
    i64 stride,            // length of a row of ruled
    i64 rows,              // rows of ruled
    i64 entry,             // row of the exit rate of phase 0
    i64 necrosis,          // row of the rate of necrosis
    IN(real) none,         // [types] at and below it the cycle stands still
    IN(real) full,         // [types] at and above it the cycle runs at its full rate
    IN(real) starts,       // [types] below it cells die
    IN(real) worst,        // [types] at and below it they die at the full rate
    IN(real) rate,         // [types] 1/min, the full rate of necrosis
    IN(u8) responds,       // [types] 1: oxygen acts on cells of this type
    IN(real) oxygen,       // [n] value at each cell
    IN(u8) type,           // [n]
    IN(u8) death,          // [n]
    INOUT(real) ruled)     // [rows * stride] behaviours, as rules have set them
{
    TME_FOR(i, n) {
        i64 t = type[i];
        if (death[i] || !responds[t]) continue;
        real one = 1, zero = 0, p = oxygen[i];
        real lively = tme_clamp((p - none[t]) / (full[t] - none[t]), zero, one);
        real lacking = tme_clamp((starts[t] - p) / (starts[t] - worst[t]), zero, one);
        real* leaves = ruled + entry * stride + i;
        real* dies = ruled + necrosis * stride + i;
        *leaves = tme_flush(*leaves * lively);
        *dies = tme_flush(*dies + rate[t] * lacking);
    }
}
