// Signals that are made of other signals of the same cell. Equation: gputme/ops/rules/derive.py.
#include "rules/hill.h"

TME_KERNEL derive(
    i64 n,                // cells
    i64 stride,           // length of a row
    i64 count,            // derived signals
    i64 terms,            // of all of them
    IN(i32) first,        // [count + 1] first term of each
    IN(u8) product,       // [count] 1: terms are multiplied, 0: added up
    IN(i32) row,          // [count] row of sensed
    IN(i32) source,       // [terms] row of the signal that is read
    IN(i32) flags,        // [terms] bits: 1 how far it lies below, 2 saturates, 4 one minus it
    IN(f64) weight,       // [terms]
    IN(f64) below,        // [terms]
    IN(f64) half_max,     // [terms]
    IN(f64) power,        // [terms]
    INOUT(real) sensed)   // [1] rows of signals
{
    TME_FOR(i, n) {
        for (i64 e = 0; e < count; e++) {
            f64 value = product[e];
            for (i32 j = first[e]; j < first[e + 1]; j++) {
                f64 v = sensed[source[j] * stride + i];
                if (flags[j] & 1) v = tme_max(below[j] - v, 0.0);
                if (flags[j] & 2) v = tme_saturated(v, half_max[j], power[j]);
                if (flags[j] & 4) v = 1.0 - v;
                f64 term = weight[j] * v;
                value = product[e] ? value * term : value + term;
            }
            sensed[row[e] * stride + i] = tme_flush((real)value);
        }
    }
}
