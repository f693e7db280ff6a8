// Volumes of the cells over one step, integrated exactly. Equations, units, table: gputme/ops/volume.py.
#include "dither.h"
#include "maths.h"

TME_KERNEL volume(
    i64 n,                  // cells
    i64 types,              // cell types
    i64 tick,               // the step's start, key of the rounding
    IN(f64) relax,          // [types * 40] ten coefficients per type and state
    IN(u64) id,             // [n]
    IN(u8) type,            // [n]
    IN(real) nuclear_target,// [n] um3
    IN(real) rupture,       // [n] um3, a necrotic cell bursts above it
    INOUT(u8) death,        // [n] 2 becomes 3 where the cell bursts
    INOUT(real) fluid,      // [n] um3
    INOUT(real) nuclear,    // [n] um3, solids
    INOUT(real) cytoplasmic,// [n] um3, solids
    INOUT(real) calcified,  // [n] fraction
    OUT(real) radius)       // [n] um
{
    TME_FOR(i, n) {
        const f64* c = relax + ((i64)type[i] * 4 + death[i]) * 10;
        f64 f = fluid[i], s = nuclear[i], p = cytoplasmic[i], t = nuclear_target[i];
        u64 bits = tme_mix(tick, id[i]);
        real f1 = tme_flush(tme_dither(c[0] * f + c[1] * s + c[2] * p + c[3] * t, bits, 0));
        real s1 = tme_flush(tme_dither(c[4] * s + c[5] * t, bits, 16));
        real p1 = tme_flush(tme_dither(c[6] * p + c[7] * t, bits, 32));
        fluid[i] = f1;
        nuclear[i] = s1;
        cytoplasmic[i] = p1;
        calcified[i] = tme_flush(tme_dither(c[8] * calcified[i] + c[9], bits, 48));
        f64 v = (f64)f1 + s1 + p1;
        if (death[i] == 2 && v > rupture[i]) death[i] = 3;
        radius[i] = (real)tme_cbrt(v * 0.23873241463784300365);  // 3 / (4 pi)
    }
}
