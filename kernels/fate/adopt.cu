// What becomes of their own values in cells that have turned into another type: gputme/ops/fate/adopt.py.
#include "law.h"

TME_KERNEL adopt(
    i64 n,               // cells
    u64 seed,
    i64 tick,            // now
    i64 stride,          // length of a row of custom
    i64 types,           // cell types
    i64 count,           // behaviours that vary
    i64 first,           // row of the first of them
    IN(u8) varies,       // [types * count] whether the cells of a type do
    IN(real) base,       // [types * count] the value of a type that does not
    IN(i32) how,         // [types * count] 2 value, 3 normal, 4 uniform, 5 lognormal
    IN(f64) law,         // [types * count * 4] two numbers of the law, least, largest
    IN(u64) id,          // [n]
    IN(u8) type,         // [n]
    INOUT(u8) drawn_as,  // [n] the type that the cell's values are of
    INOUT(real) custom)  // [(first + count) * stride]
{
    TME_FOR(i, n) {
        if (type[i] == drawn_as[i]) continue;
        for (i64 c = 0; c < count; c++) {
            i64 at = (first + c) * stride + i, now = type[i] * count + c;
            f64 value = custom[at];
            if (!varies[drawn_as[i] * count + c]) {
                Words w = tme_random(seed, tick, id[i], STREAM_INHERIT, (u32)(first + c) & 0xFF);
                value = tme_drawn(how[now], law[now * 4], law[now * 4 + 1], value, w);
            }
            value = tme_clamp(value, law[now * 4 + 2], law[now * 4 + 3]);
            custom[at] = tme_flush(varies[now] ? (real)value : base[now]);
        }
        drawn_as[i] = type[i];
    }
}
