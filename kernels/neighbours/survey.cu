// Where the cells are and how far they reach, as maxima. Equation: gputme/ops/neighbours/survey.py.
#include "behaviour.h"

TME_KERNEL survey(
    i64 n,              // cells
    i64 parts,          // work items: shares of the cells
    i64 types,          // cell types
    real lx, real ly, real lz,  // um, lower corner of the box
    real ux, real uy, real uz,  // um, upper corner
    i64 stride,         // length of a row of ruled
    i64 behaviours,     // behaviours of a type in table
    IN(real) table,     // [types * behaviours]
    IN(i32) slot,       // [behaviours]
    IN(real) ruled,     // [1] row slot[b] holds stride values of behaviour b
    IN(real) widest,    // [types] radii, the largest reach that a type can come to have
    IN(u8) type,        // [n]
    IN(u8) death,       // [n]
    IN(real) radius,    // [n] um
    IN(real) x,         // [n] um
    IN(real) y,         // [n] um
    IN(real) z,         // [n] um
    INOUT(i64) peak)    // [8] bits of float64: raised
{
    TME_FOR(part, parts) {
        real m[8] = {0, 0, 0, 0, 0, 0, 0, 0};
        TME_SLICE(i, n, part, parts) {
            real far = tme_behaviour(table, slot, ruled, stride, behaviours, type[i], B_REACH, i);
            far = tme_max(far, widest[type[i]]);
            m[0] = tme_max(m[0], tme_max(far, (real)1) * radius[i]);
            m[1] = tme_max(m[1], x[i] - lx);
            m[2] = tme_max(m[2], y[i] - ly);
            m[3] = tme_max(m[3], z[i] - lz);
            m[4] = tme_max(m[4], ux - x[i]);
            m[5] = tme_max(m[5], uy - y[i]);
            m[6] = tme_max(m[6], uz - z[i]);
            real speed = tme_behaviour(table, slot, ruled, stride, behaviours, type[i], B_SPEED, i);
            bool moves = tme_behaviour(table, slot, ruled, stride, behaviours, type[i], B_MOVABLE, i) > 0;
            m[7] = tme_max(m[7], moves & (death[i] == 0) ? speed : (real)0);
        }
        for (int q = 0; q < 8; q++) TME_MAX(peak + q, tme_bits((f64)m[q]));
    }
}
