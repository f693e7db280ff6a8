// What a step's balance asks for: the factor that closes it, then the debt that rounding leaves.
// Equation: gputme/ops/fields/balance.py.
#include "fields/operator.h"

TME_KERNEL balance(
    i64 shares,        // of either sum
    i32 last,          // 0: find the factor, 1: the field has been multiplied by it
    f64 per_dt,        // 1/min, 1/dt, or 0 for a steady state
    f64 dt,            // min
    f64 fastest,       // 1/min    as `right_hand_side`
    f64 inflow,        // value/min
    f64 room,          // quanta that one voxel may have in a sum
    f64 nothing,       // value/min, rates below it are not corrected
    INOUT(i64) sizes,  // [2] bits of the largest |u| and |source|
    INOUT(i64) norms,  // [3] bits, from `residual_norm`; both 0 after the last
    INOUT(i64) income, // [shares] quanta; 0 after the last
    INOUT(i64) outgo,  // [shares] quanta; 0 afterwards
    INOUT(f64) factor, // [1] 1 before, and after the last
    INOUT(f64) debt,   // [1] value times voxels
    INOUT(f64) told)   // [2] largest size and largest correction so far, raised
{
    TME_FOR(one, 1) {
        i64 in = 0, out = 0;
        for (i64 k = 0; k < shares; k++) {
            in += income[k];
            out += outgo[k];
            outgo[k] = 0;
            if (last) income[k] = 0;
        }
        f64 came = (f64)in / tme_income_unit(sizes, fastest, inflow, room);
        f64 left = (f64)out / tme_outgo_unit(norms, factor[0], room);
        f64 wanted = came + debt[0] * per_dt;
        if (last) {
            debt[0] = per_dt != 0 ? (wanted - left) * dt : debt[0];
            factor[0] = 1.0;
            told[0] = tme_max(told[0], tme_max(tme_from_bits(sizes[0]), tme_from_bits(sizes[1])));
            sizes[0] = sizes[1] = norms[0] = norms[1] = norms[2] = 0;
        } else if (wanted > 0 && left > 0) {
            f64 times = wanted / left, off = times < 1.0 ? 1.0 - times : times - 1.0;
            factor[0] = times;
            if (2.0 * tme_from_bits(norms[2]) > nothing) told[1] = tme_max(told[1], off);
        }
    }
}
