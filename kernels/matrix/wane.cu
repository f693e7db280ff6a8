// The matrix where no cell is, broken down from afar and by turnover. Equations: gputme/ops/matrix/wane.py.
#include "wide.h"
#include "dither.h"
#include "maths.h"
#include "matrix/digest.h"

struct Loss { f64 dt, turnover, resistance; i32 crosslinks, first; i64 tick; };
struct Booked { i64 change, broken; };

// A block of voxels that lose at some rate; slowly: none more than TME_SMALL of itself in a step.
template <bool slowly>
TME_DEVICE Booked lose(Loss of, i64 block, i64 voxels, const real* afar, IN(i32) keeper, IN(real) crosslink,
                       INOUT(real) density) {
    Booked sum = {0, 0};
    TME_LANE(v, block, voxels) {
        f64 old = density[v], loss = of.turnover + afar[v - block];
        if (of.crosslinks) loss = loss / (1.0 + of.resistance * crosslink[v]);
        f64 kept = old * (slowly ? tme_exp_near(-(loss * of.dt)) : tme_exp(-(loss * of.dt)));
        kept = keeper[v] < of.first ? kept : old;
        real now = tme_flush(tme_dither(kept, tme_mix(of.tick, (u64)v), 0));  // a share of what was one
        now = kept < old ? now : (real)old;
        density[v] = now;
        sum.broken += tme_whole(tme_floor((old - kept) * TME_QUANTA + 0.5));
        sum.change += tme_whole(tme_floor(((f64)now - old) * TME_QUANTA + 0.5));
    }
    return sum;
}

TME_KERNEL wane(
    i64 voxels,
    i64 parts,             // shares of the voxels
    i32 digests,           // substrates that break it down from afar
    i32 crosslinks,        // 1: it is crosslinked
    i32 first,             // least word of the latest appointment
    i64 tick,              // the step's start
    f64 dt,                // min
    f64 turnover,          // 1/min
    f64 resistance,        // losses are divided by 1 + resistance crosslink
    IN(real) digestion,    // [digests] 1/min per unit of each
    MANY(real) u,          // [digests][voxels] what they are
    IN(i32) keeper,        // [voxels] first + cell where one was appointed
    IN(real) crosslink,    // [crosslinks * voxels]
    INOUT(real) density,   // [voxels]
    INOUT(i64) books)      // [2] laid down, broken down: 2^-32 of a full voxel
{
    const Loss of = {dt, turnover, resistance, crosslinks, first, tick};
    TME_FOR(part, parts) {
        i64 change = 0, broken = 0;
        TME_SLICE(b, (voxels + TME_LANES - 1) / TME_LANES, part, parts) {
            const i64 block = b * TME_LANES;
            real afar[TME_LANES];
            TME_LANE(v, block, voxels) afar[v - block] = 0;
            for (i32 s = 0; s < digests; s++) {
                IN(real) here = u[s];
                const real per_unit = digestion[s];
                TME_LANE(v, block, voxels) afar[v - block] = afar[v - block] + tme_flush(per_unit * here[v]);
            }
            i32 some = 0, fast = 0;
            TME_LANE(v, block, voxels) {
                f64 loss = turnover + afar[v - block];
                some |= loss != 0;
                fast |= loss * dt > TME_SMALL;
            }
            if (!some) continue;
            Booked sum = fast ? lose<false>(of, block, voxels, afar, keeper, crosslink, density)
                              : lose<true>(of, block, voxels, afar, keeper, crosslink, density);
            change += sum.change;
            broken += sum.broken;
        }
        TME_ADD(&books[0], change + broken);
        TME_ADD(&books[1], broken);
    }
}
