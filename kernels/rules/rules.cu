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
    IN(i32) factor,       // [count] row of custom by which mutations multiply base values, -1 where none do
    IN(f64) limit,        // [count] what they then are at most
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
    TME_LINES(block, n) {  // cells; the same rule of many of them is computed at once
        f64 up[TME_LANES], down[TME_LANES], of[TME_LANES], exponent[TME_LANES], share[TME_LANES];
        i32 mine[TME_LANES];
        bool applies[TME_LANES];
        i64 last = tme_min(block + TME_LANES, n);
        for (i64 b = 0; b < count; b++) {
            i32 most = 0;
            for (i64 i = block; i < last; i++) {
                i64 g = group[type[i] * count + b], l = i - block;
                up[l] = down[l] = 0;
                applies[l] = death[i] == 0;
                most = tme_max(most, g < 0 ? 0 : first[g + 1] - first[g]);
            }
            for (i32 t = 0; t < most; t++) {
                i32 found = 0;
                for (i64 i = block; i < last; i++) {
                    i64 g = group[type[i] * count + b], l = i - block;
                    if (g < 0 || first[g] + t >= first[g + 1]) continue;
                    i32 r = first[g] + t;
                    bool heeded = death[i] == 0 || (flags[r] & 2);
                    applies[l] = applies[l] || heeded;
                    f64 s = sensed[source[r] * stride + i];
                    if (!heeded || !(s >= 1e-16)) continue;
                    of[found] = s / half_max[r];
                    exponent[found] = power[r];
                    mine[found++] = (i32)(flags[r] & 1 ? l : -1 - l);
                }
                TME_EACH(q, found) share[q] = tme_pow(of[q], exponent[q]);
                for (i32 q = 0; q < found; q++) {
                    if (mine[q] >= 0) up[mine[q]] = up[mine[q]] + share[q];
                    else down[-1 - mine[q]] = down[-1 - mine[q]] + share[q];
                }
            }
            for (i64 i = block; i < last; i++) {
                i64 g = group[type[i] * count + b], l = i - block;
                if (g < 0 && (row[b] < 0 || death[i] != 0)) continue;  // without rules: the cell's own, or as at death
                if (g >= 0 && !applies[l]) continue;
                f64 base = own[b] < 0 ? table[type[i] * behaviours + number[b]] : custom[own[b] * stride + i];
                if (factor[b] >= 0) base = tme_min(base * custom[factor[b] * stride + i], limit[b]);
                f64 value = base;
                if (g >= 0) {
                    f64 largest = span[g * 2], smallest = span[g * 2 + 1];
                    if ((within[g] & 1) && base > largest) largest = base;
                    if ((within[g] & 2) && base < smallest) smallest = base;
                    value = base + (largest - base) * (up[l] / (1.0 + up[l]));
                    value = value + (smallest - value) * (down[l] / (1.0 + down[l]));
                }
                real written = tme_flush((real)value);
                if (row[b] >= 0) ruled[row[b] * stride + i] = written;
                else custom[(-1 - row[b]) * stride + i] = written;
            }
        }
    }
}
