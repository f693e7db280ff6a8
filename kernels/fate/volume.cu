// Volumes of the cells up to a step's end, integrated exactly. Equations, units, tables: gputme/ops/fate/volume.py.
#include "fate/relax.h"

TME_KERNEL volume(
    i64 n,                  // cells
    i64 types,              // cell types
    i64 tick,               // the step's start
    i64 end,                // tick, the step's end
    i32 necrosis,           // 1: cells have a volume of rupture; 0: none is necrotic
    i32 calcification,      // 1: cells have a calcified fraction
    IN(f64) relax,          // [types * 40] ten coefficients of the whole step per type and state
    IN(f64) rates,          // [types * 24] six numbers per type and state
    IN(u64) id,             // [n]
    IN(u8) type,            // [n]
    IN(i64) phase_start,    // [n] tick of the last event (of switching cells `carried`): volumes are those of then, or of the step's start
    IN(real) nuclear_target,// [n] um3
    IN(real) rupture,       // [necrosis * n] um3, a necrotic cell bursts above it
    INOUT(u8) death,        // [n] 2 becomes 3 where the cell bursts
    INOUT(real) fluid,      // [n] um3
    INOUT(real) nuclear,    // [n] um3, solids
    INOUT(real) cytoplasmic,// [n] um3, solids
    INOUT(real) calcified,  // [calcification * n] fraction
    OUT(real) radius)       // [n] um
{
    TME_LINES(block, n) {
        Volumes to[TME_LANES];
        i64 others = 0;  // cells with an event in the step, and those that burst
        TME_LANE(i, block, n) {
            Volumes from = {fluid[i], nuclear[i], cytoplasmic[i], calcification ? calcified[i] : (real)0};
            const f64* c = relax + (type[i] * TME_STATES + death[i]) * TME_COEFFICIENTS;
            Volumes now = tme_advance(c, from, nuclear_target[i]);
            to[i - block] = now;
            bool large = necrosis && tme_total(now) > rupture[i];
            others += (phase_start[i] > tick) | ((death[i] == NECROTIC) & large);
        }
        if (others) TME_LANE(i, block, n) {
            i64 since = tme_max(tick, phase_start[i]), length = end - since;
            f64 k = calcification ? calcified[i] : (real)0;
            Volumes now = to[i - block], from = {fluid[i], nuclear[i], cytoplasmic[i], k};
            const f64* r = rates + (type[i] * TME_STATES + death[i]) * TME_RATES;
            f64 target = nuclear_target[i];
            if (since > tick) now = tme_relax(r, length, from, target);
            if (necrosis && death[i] == NECROTIC && tme_total(now) > rupture[i]) {
                i64 low = 0, high = length;
                while (high - low > 1) {
                    i64 middle = (low + high) / 2;
                    bool large = tme_total(tme_relax(r, middle, from, target)) > rupture[i];
                    low = large ? low : middle;
                    high = large ? middle : high;
                }
                now = tme_relax(r + TME_RATES, length - high, tme_relax(r, high, from, target), target);
                death[i] = LYSED;
            }
            to[i - block] = now;
        }
        TME_LANE(i, block, n) {
            Volumes now = to[i - block];
            u64 bits = tme_mix(tme_max(tick, phase_start[i]), id[i]);
            real f = tme_flush(tme_dither(now.fluid, bits, 0)), s = tme_flush(tme_dither(now.nuclear, bits, 16));
            real p = tme_flush(tme_dither(now.cytoplasmic, bits, 32));
            fluid[i] = f;
            nuclear[i] = s;
            cytoplasmic[i] = p;
            if (calcification) calcified[i] = tme_flush(tme_dither(now.calcified, bits, 48));
            radius[i] = (real)tme_radius((f64)f + s + p);
        }
    }
}
