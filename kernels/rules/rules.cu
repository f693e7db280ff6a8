// Rules of the cell-behaviour grammar: signals set behaviours. Equation: gputme/ops/rules/rules.py.
#include "maths.h"

TME_KERNEL rules(
    i64 n,                // cells
    i64 types,            // cell types
    i64 stride,           // length of a row
    i64 behaviours,       // behaviours of a type in table
    i64 count,            // behaviours that are set per cell
    i64 groups,           // groups: all rules for one behaviour of one type
    i64 terms,            // rules
    IN(real) table,       // [types * behaviours] base values
    IN(i32) number,       // [count] which behaviours
    IN(i32) row,          // [count] row of ruled, or -1 - row of custom
    IN(i32) own,          // [count] row of custom that holds the cells' own base values, -1 where none vary
    IN(i32) group,        // [types * count] each type's group for each behaviour, -1 where there is none
    IN(i32) first,        // [groups + 1] first rule of each group
    IN(f64) span,         // [groups * 2] largest and smallest saturation
    IN(i32) within,       // [groups] bits: the base is among what is largest (1), smallest (2)
    IN(i32) source,       // [terms] row of the signal
    IN(i32) flags,        // [terms] bits: 1 increases, 2 applies to dead cells
    IN(f64) half_max,     // [terms]
    IN(f64) power,        // [terms]
    IN(u8) type,          // [n]
    IN(u8) death,         // [n]
    IN(real) sensed,      // [1] rows of signals
    INOUT(real) ruled,    // [1] rows of behaviours
    INOUT(real) custom)   // [1] rows of custom variables
{
    TME_FOR(i, n) {
        for (i64 b = 0; b < count; b++) {
            i64 g = group[type[i] * count + b];
            if (g < 0 && (row[b] < 0 || death[i] != 0)) continue;  // without rules: the cell's own, or as at death
            f64 base = own[b] < 0 ? table[type[i] * behaviours + number[b]] : custom[own[b] * stride + i];
            f64 value = base;
            if (g >= 0) {
                f64 up = 0, down = 0;
                bool applies = death[i] == 0;
                for (i32 r = first[g]; r < first[g + 1]; r++) {
                    bool heeded = death[i] == 0 || (flags[r] & 2);
                    applies = applies || heeded;
                    f64 s = sensed[source[r] * stride + i];
                    if (!heeded || !(s >= 1e-16)) continue;
                    f64 share = tme_pow(s / half_max[r], power[r]);
                    if (flags[r] & 1) up = up + share;
                    else down = down + share;
                }
                if (!applies) continue;
                f64 largest = span[g * 2], smallest = span[g * 2 + 1];
                if ((within[g] & 1) && base > largest) largest = base;
                if ((within[g] & 2) && base < smallest) smallest = base;
                value = base + (largest - base) * (up / (1.0 + up));
                value = value + (smallest - value) * (down / (1.0 + down));
            }
            real written = tme_flush((real)value);
            if (row[b] >= 0) ruled[row[b] * stride + i] = written;
            else custom[(-1 - row[b]) * stride + i] = written;
        }
    }
}
