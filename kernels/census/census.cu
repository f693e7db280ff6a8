// How many cells there are of each type and state, and sums of their radii and places.
// Meaning: gputme/ops/census/census.py.
#include "tme.h"

struct Sum { i64 low, high; };  // of whole numbers: of their lower 32 bits, and of the rest

TME_DEVICE void tme_count(Sum* sum, f64 value, f64 per_unit) {
    const f64 most = 2305843009213693952.0;  // 2^61
    i64 whole = (i64)tme_floor(tme_min(most, tme_max(-most, value * per_unit)) + 0.5);
    sum->low += whole & 0xffffffffll;
    sum->high += whole >> 32;
}
TME_DEVICE void tme_put(i64* found, i32 k, Sum sum) {
    TME_ADD(found + 5 + 2 * k, sum.low);
    TME_ADD(found + 6 + 2 * k, sum.high);
}

TME_KERNEL census(
    i64 n,             // cells
    i64 parts,         // shares of the cells
    i64 types,         // cell types
    i32 known,         // 1: entry is given, 0: all enter at their full rate
    f64 per_um,        // quanta of a length, a power of two
    f64 per_um2,       // of its square
    IN(u8) resting,    // [types * 6] 1: a cell in this phase rests
    IN(u8) cycles,     // [types] 1: the type divides
    IN(f64) full,      // [types] 1/min, rate of entering the cycle
    IN(f64) slow,      // [types] 1/min, up to which a cell counts as quiescent
    IN(u8) type,       // [n]
    IN(u8) phase,      // [n]
    IN(u8) death,      // [n]
    IN(real) x,        // [n] um
    IN(real) y,        // [n] um
    IN(real) z,        // [n] um
    IN(real) radius,   // [n] um
    IN(real) entry,    // [known * n] 1/min
    INOUT(i64) found)  // [types * 19] raised
{
    TME_FOR(item, types * parts) {
        i64 t = item / parts, part = item - t * parts;
        i64 grow = 0, rest = 0, never = 0, apoptotic = 0, necrotic = 0;
        Sum r = {0, 0}, sx = r, sy = r, sz = r, xx = r, yy = r, zz = r;
        TME_SLICE(i, n, part, parts) {
            if (type[i] != t) continue;
            f64 rate = known ? (f64)entry[i] : full[t], a = (f64)x[i], b = (f64)y[i], c = (f64)z[i];
            bool rests = resting[t * TME_PHASES + phase[i]] != 0 || (phase[i] == 0 && rate <= slow[t]);
            if (death[i] >= NECROTIC) necrotic++;
            else if (death[i] == APOPTOTIC) apoptotic++;
            else if (!cycles[t]) never++;
            else if (rests) rest++;
            else grow++;
            if (death[i] == ALIVE) tme_count(&r, (f64)radius[i], per_um);
            tme_count(&sx, a, per_um);
            tme_count(&sy, b, per_um);
            tme_count(&sz, c, per_um);
            tme_count(&xx, a * a, per_um2);
            tme_count(&yy, b * b, per_um2);
            tme_count(&zz, c * c, per_um2);
        }
        i64* mine = found + t * 19;
        if (grow + rest + never + apoptotic + necrotic) {
            TME_ADD(mine + STATE_PROLIFERATING, grow);
            TME_ADD(mine + STATE_QUIESCENT, rest);
            TME_ADD(mine + STATE_NON_CYCLING, never);
            TME_ADD(mine + STATE_APOPTOTIC, apoptotic);
            TME_ADD(mine + STATE_NECROTIC, necrotic);
            tme_put(mine, 0, r);
            tme_put(mine, 1, sx);
            tme_put(mine, 2, sy);
            tme_put(mine, 3, sz);
            tme_put(mine, 4, xx);
            tme_put(mine, 5, yy);
            tme_put(mine, 6, zz);
        }
    }
}
