// Mutations of both daughters: how many of each kind, and what they do to inherited values: gputme/ops/fate/mutate.py.
#include "maths.h"
#include "philox.h"

TME_KERNEL mutate(
    i64 m,               // cells that have divided
    i64 n,               // cells before: daughters stand behind them
    u64 seed,
    i64 stride,          // length of a row of custom
    i64 types,           // cell types
    i64 kinds,           // kinds of mutations
    i64 width,           // most mutations of a kind at once, and 1
    IN(f64) below,       // [types * kinds * width] probability of at most 0, 1, ... of them
    IN(i32) first,       // [kinds + 1] first entry of what each kind does
    IN(i32) row,         // [1] row of custom, per entry
    IN(f64) times,       // [1]
    IN(f64) plus,        // [1]
    IN(i64) mothers,     // [m] places of the cells that have divided
    IN(u64) id,          // [n + m]
    IN(u8) type,         // [n + m]
    IN(i64) fate_time,   // [n + m] tick, the time of the division
    INOUT(real) custom,  // [1] rows of custom variables
    OUT(u8) found)       // [2 * m * kinds] of mothers, then of daughters
{
    TME_FOR(k, m) {
        for (i64 j = 0; j < 2; j++) {
            i64 i = j ? n + k : mothers[k];
            for (i64 c = 0; c < kinds; c++) {
                f64 u = tme_uniform(tme_random(seed, fate_time[i], id[i], STREAM_MUTATE, (u32)c).a);
                i64 at = (type[i] * kinds + c) * width;
                i32 count = 0;
                while (count < width - 1 && u >= below[at + count]) count++;
                found[(j * m + k) * kinds + c] = (u8)count;
                for (i32 e = first[c]; e < first[c + 1]; e++) {
                    f64 value = custom[row[e] * stride + i];
                    for (i32 again = 0; again < count; again++) value = value * times[e] + plus[e];
                    custom[row[e] * stride + i] = tme_flush((real)value);
                }
            }
        }
    }
}
