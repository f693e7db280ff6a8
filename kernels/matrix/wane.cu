// The matrix where no cell is, broken down from afar and by turnover. Equations: gputme/ops/matrix/wane.py.
#include "wide.h"
#include "dither.h"
#include "maths.h"

TME_KERNEL wane(
    i64 voxels,
    i64 parts,             // shares of the voxels
    i32 digests,           // 1: something breaks it down from afar
    i32 crosslinks,        // 1: it is crosslinked
    i64 turn,              // number of the latest appointment
    i64 tick,              // the step's start
    f64 dt,                // min
    f64 turnover,          // 1/min
    f64 resistance,        // losses are divided by 1 + resistance crosslink
    IN(i64) keeper,        // [voxels] 2^32 turn + cell where one was appointed
    IN(real) digested,     // [digests * voxels] 1/min
    IN(real) crosslink,    // [crosslinks * voxels]
    INOUT(real) density,   // [voxels]
    INOUT(i64) books)      // [2] laid down, broken down: 2^-32 of a full voxel
{
    TME_FOR(part, parts) {
        i64 change = 0, broken = 0;
        TME_SLICE(b, (voxels + TME_LANES - 1) / TME_LANES, part, parts) {
            const i64 block = b * TME_LANES, next = tme_min(block + 2 * TME_LANES, voxels);
            for (i64 v = next; v < tme_min(next + TME_LANES, voxels); v += 8) TME_SOON(keeper + v);
            TME_LANE(v, block, voxels) {
                f64 old = density[v], loss = turnover;
                if (digests) loss += digested[v];
                if (crosslinks) loss = loss / (1.0 + resistance * crosslink[v]);
                f64 kept = old * tme_exp(-(loss * dt));
                kept = keeper[v] < turn << 32 ? kept : old;
                real now = tme_flush(tme_dither(kept, tme_mix(tick, (u64)v), 0));  // a share of what was one
                now = kept < old ? now : (real)old;
                density[v] = now;
                broken += tme_whole(tme_floor((old - kept) * TME_QUANTA + 0.5));
                change += tme_whole(tme_floor(((f64)now - old) * TME_QUANTA + 0.5));
            }
        }
        TME_ADD(&books[0], change + broken);
        TME_ADD(&books[1], broken);
    }
}
