// Adds what one substrate's gradient contributes to where a cell wants to go: gputme/ops/motion/chemotaxis.py.
#include "behaviour.h"

TME_KERNEL chemotaxis(
    i64 n,                  // cells
    i64 types,              // cell types
    i64 stride,             // length of a row of ruled
    i64 behaviours,         // behaviours of a type in table
    i64 response,           // number of the behaviour `chemotactic response` to this substrate
    real least,             // 1/um, a gradient below least * value is rounding, not a direction
    IN(real) table,         // [types * behaviours]
    IN(i32) slot,           // [behaviours]
    IN(real) ruled,         // [1] row slot[b] holds stride values of behaviour b
    IN(u8) form,            // [types] 0: unit vector, 1: gradient, 2: receptor occupancy
    IN(real) half_max,      // [types] value, K of the receptor form
    IN(u8) type,            // [n]
    IN(real) value,         // [n] the field at the cell
    IN(real) gx,            // [n] value/um, its gradient
    IN(real) gy,            // [n]
    IN(real) gz,            // [n]
    INOUT(real) bx,         // [n] sum over substrates
    INOUT(real) by,         // [n]
    INOUT(real) bz)         // [n]
{
    TME_FOR(i, n) {
        i64 t = type[i];
        f64 weight = tme_behaviour(table, slot, ruled, stride, behaviours, t, response, i);
        if (weight == 0) continue;
        f64 x = gx[i], y = gy[i], z = gz[i], v = value[i], k = half_max[t];
        f64 norm = tme_sqrt(x * x + y * y + z * z);
        if (!(norm > (f64)least * (v < 0 ? -v : v) && norm > 0)) continue;
        f64 scale = weight;
        if (form[t] == 0) scale = weight / norm;
        if (form[t] == 2) scale = weight * (k / ((k + v) * (k + v)));
        bx[i] = tme_flush(bx[i] + (real)(scale * x));
        by[i] = tme_flush(by[i] + (real)(scale * y));
        bz[i] = tme_flush(bz[i] + (real)(scale * z));
    }
}
