// What a cell exchanges with one substrate, as coefficients of the field's equation: gputme/ops/exchange/exchange.py.
#include "behaviour.h"
#include "exchange/cloud.h"

TME_KERNEL exchange(
    i64 n,                              // cells
    i64 nx, i64 ny, i64 nz,             // voxels
    real x0, real y0, real z0,          // um, lower corner of the domain
    real per_x, real per_y, real per_z, // 1/um, one over the voxel's sides
    i32 periodic,                       // bit 0: x, 1: y, 2: z
    i32 nearest,                        // 1: all in the voxel of the centre, 0: trilinear weights
    real voxel_volume,                  // um3
    i64 types,                          // cell types; tables hold them, then the dead of each
    i64 stride, i64 behaviours,         // of ruled, of table
    i64 first,                          // number of the first behaviour towards this substrate
    i64 saturates,                      // 1: some uptake depends on the field
    i64 demands,                        // 1: some export may be negative
    IN(real) table,                     // [2 * types * behaviours]
    IN(i32) slot,                       // [behaviours]
    IN(real) ruled,                     // [1] row slot[b] holds stride values of behaviour b
    IN(real) vmax,                      // [2 * types] value/min, Michaelis-Menten uptake
    IN(real) km,                        // [2 * types] value, its half-saturation
    IN(real) x,                         // [n] um, centre
    IN(real) y,                         // [n] um
    IN(real) z,                         // [n] um
    IN(u8) type,                        // [n]
    IN(u8) death,                       // [n]
    IN(real) fluid,                     // [n] um3
    IN(real) nuclear,                   // [n] um3
    IN(real) cytoplasmic,               // [n] um3
    IN(real) u,                         // [nx * ny * nz] the field, sampled where uptake saturates
    OUT(real) taking,                   // [n] 1/min, share of a voxel's sink
    OUT(real) giving,                   // [n] value/min, share of a voxel's source
    OUT(real) easing,                   // [saturates * n] 1/min, by how much taking falls with the field
    OUT(real) demand,                   // [demands * n] value/min, what is to be taken from a voxel
    INOUT(i64) peaks)                   // [4] bits of the largest taking, giving, easing and demand
{
    TME_FOR(i, n) {
        i64 t = type[i] + (death[i] != 0 ? types : 0);
        real share = (fluid[i] + nuclear[i] + cytoplasmic[i]) / voxel_volume;
        real secretion = tme_behaviour(table, slot, ruled, stride, behaviours, t, first + B_SECRETION, i);
        real target = tme_behaviour(table, slot, ruled, stride, behaviours, t, first + B_TARGET, i);
        real uptake = tme_behaviour(table, slot, ruled, stride, behaviours, t, first + B_UPTAKE, i);
        real exported = tme_behaviour(table, slot, ruled, stride, behaviours, t, first + B_EXPORT, i);
        exported = exported / voxel_volume;
        real in = share * (secretion * target) + tme_max(exported, (real)0);
        real out = share * (secretion + uptake);
        if (saturates) {
            real falls = 0;
            if (vmax[t] > 0) {
                Cloud c = tme_cloud(x[i], y[i], z[i], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic, nearest);
                real here = tme_max(tme_sample(u, c, nx, ny), (real)0), half = km[t] + here;
                real rate = share * (vmax[t] / half);
                out = out + rate;
                falls = rate * (here / half);
            }
            easing[i] = falls = tme_flush(falls);
            TME_MAX(peaks + 2, tme_bits(falls));
        }
        if (demands) {
            demand[i] = tme_flush(tme_max(-exported, (real)0));
            TME_MAX(peaks + 3, tme_bits(demand[i]));
        }
        taking[i] = out = tme_flush(out);
        giving[i] = in = tme_flush(in);
        TME_MAX(peaks, tme_bits(out));
        TME_MAX(peaks + 1, tme_bits(in));
    }
}
