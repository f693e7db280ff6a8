// Custom variables of both daughters: copied, halved or drawn anew, perhaps mutated: gputme/ops/fate/inherit.py.
#include "law.h"

TME_KERNEL inherit(
    i64 m,               // cells that have divided
    i64 n,               // cells before: daughters stand behind them
    u64 seed,
    i64 stride,          // length of a row of custom
    i64 types,           // cell types
    i64 customs,         // variables
    IN(i32) how,         // [types * customs] 0 copy, 1 halve, 2 value, 3 normal, 4 uniform, 5 lognormal
    IN(f64) law,         // [types * customs * 5] two numbers of the law, least, largest, mutation's sd
    IN(i64) mothers,     // [m] places of the cells that have divided
    IN(u64) id,          // [n + m]
    IN(u8) type,         // [n + m]
    IN(i64) fate_time,   // [n + m] tick, the time of the division
    INOUT(real) custom)  // [customs * stride]
{
    TME_FOR(k, m) {
        i64 mother = mothers[k];
        for (i64 c = 0; c < customs; c++) {
            real old = custom[c * stride + mother];
            for (i32 j = 0; j < 2; j++) {
                i64 i = j ? n + k : mother, which = type[i] * customs + c;
                i32 way = how[which];
                f64 a = law[which * 5], b = law[which * 5 + 1], sd = law[which * 5 + 4], value = old;
                Words w = tme_random(seed, fate_time[i], id[i], STREAM_INHERIT, (u32)c & 0xFF);
                if (way == 1) value = value * 0.5;
                value = tme_drawn(way, a, b, value, w);
                if (sd > 0) value = value + sd * tme_normal(w.c, w.d);
                if (way >= 2 || sd > 0) value = tme_clamp(value, law[which * 5 + 2], law[which * 5 + 3]);
                custom[c * stride + i] = tme_flush((real)value);
            }
        }
    }
}
