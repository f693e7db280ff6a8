// Division into two equal cells that touch, centre of mass kept. Meaning: gputme/ops/divide.py.
#include "maths.h"
#include "sphere.h"

#define HALVE(column) column[d] = column[i] = tme_flush(column[i] * (real)0.5)
#define COPY(column) column[d] = column[i]

TME_KERNEL divide(
    i64 m,                   // cells that divide
    i64 n,                   // cells before: daughters stand behind them
    u64 next_id,             // id of the first daughter
    u64 seed,
    i32 planar,              // 1: cells stay in their plane
    i64 stride,              // capacity of the columns, length of a row of internal and ruled
    i64 tracked,             // rows of internal
    i64 rules,               // rows of ruled
    IN(i64) mothers,         // [m] places of the cells that divide, in the order of their ids
    INOUT(u64) id,           // [n + m]
    INOUT(u64) parent,       // [n + m]
    INOUT(u64) clone,        // [n + m]
    INOUT(u8) type,          // [n + m]
    INOUT(real) x,           // [n + m] um
    INOUT(real) y,           // [n + m] um
    INOUT(real) z,           // [n + m] um
    INOUT(real) px,          // [n + m] um/min
    INOUT(real) py,          // [n + m] um/min
    INOUT(real) pz,          // [n + m] um/min
    INOUT(u8) started,       // [n + m]
    INOUT(real) mx,          // [n + m]
    INOUT(real) my,          // [n + m]
    INOUT(real) mz,          // [n + m]
    INOUT(real) radius,      // [n + m] um
    INOUT(real) fluid,       // [n + m] um3
    INOUT(real) nuclear,     // [n + m] um3
    INOUT(real) cytoplasmic, // [n + m] um3
    INOUT(real) nuclear_target,  // [n + m] um3
    INOUT(real) calcified,   // [n + m]
    INOUT(real) rupture,     // [n + m] um3
    INOUT(u8) phase,         // [n + m]
    INOUT(i64) phase_start,  // [n + m] tick
    INOUT(i64) fate_time,    // [n + m] tick, the time of the division
    INOUT(i64) birth,        // [n + m] tick
    INOUT(u8) death,         // [n + m]
    INOUT(real) damage,      // [n + m]
    INOUT(real) pressure,    // [n + m]
    INOUT(real) internal,    // [tracked * stride]
    INOUT(real) ruled,       // [rules * stride]
    INOUT(u8) mark)          // [n + m] back to 0
{
    TME_FOR(k, m) {
        i64 i = mothers[k], d = n + k;
        Words w = tme_random(seed, fate_time[i], id[i], 3, 0);  // rng.Stream.DIVISION
        Vector axis = tme_direction(w.a, w.b, planar != 0);
        id[d] = next_id + (u64)k;
        parent[d] = id[i];
        birth[d] = fate_time[i];
        COPY(clone);
        COPY(type);
        COPY(phase);
        COPY(phase_start);
        COPY(fate_time);
        COPY(death);
        COPY(calcified);
        COPY(rupture);
        COPY(pressure);
        HALVE(fluid);
        HALVE(nuclear);
        HALVE(cytoplasmic);
        HALVE(nuclear_target);
        HALVE(damage);
        for (i64 r = 0; r < tracked; r++) {
            real half = tme_flush(internal[r * stride + i] * (real)0.5);
            internal[r * stride + d] = internal[r * stride + i] = half;
        }
        for (i64 r = 0; r < rules; r++) ruled[r * stride + d] = ruled[r * stride + i];
        f64 volume = (f64)fluid[i] + nuclear[i] + cytoplasmic[i];
        f64 reach = tme_cbrt(volume * 0.23873241463784300365);  // 3 / (4 pi)
        radius[d] = radius[i] = (real)reach;
        real ax = (real)(reach * axis.x), ay = (real)(reach * axis.y), az = (real)(reach * axis.z);
        x[d] = x[i] + ax;
        y[d] = y[i] + ay;
        z[d] = z[i] + az;
        x[i] = x[i] - ax;
        y[i] = y[i] - ay;
        z[i] = z[i] - az;
        px[d] = py[d] = pz[d] = px[i] = py[i] = pz[i] = 0;  // both start afresh
        started[d] = started[i] = 0;
        mx[d] = my[d] = mz[d] = 0;  // the daughter draws a run of its own
        mark[d] = mark[i] = 0;
    }
}
