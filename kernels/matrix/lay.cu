// What all cells of a voxel do to the matrix there, as fixed-point sums: gputme/ops/matrix/lay.py.
#include "behaviour.h"
#include "matrix/fibres.h"

TME_DEVICE void add(i64* sum, f64 value) {
    i64 quanta = tme_fixed(tme_clamp(value, -TME_AT_ONCE, TME_AT_ONCE), TME_QUANTA);
    if (quanta != 0) TME_ADD(sum, quanta);
}

TME_KERNEL lay(
    i64 n,             // cells
    i64 types,         // cell types
    i64 voxels,
    i32 fibres,        // 1: the matrix has fibres
    i32 crosslinks,    // 1: it is crosslinked
    i32 motility,      // 1: cells walk
    i64 stride,        // length of a row of ruled
    i64 behaviours,    // behaviours of a type in table
    IN(real) table,    // [types * behaviours]
    IN(i32) slot,      // [behaviours]
    IN(real) ruled,    // [1] row slot[b] holds stride values of behaviour b
    IN(real) barrier,  // [types] share of the speed that is lost straight across fibres
    IN(u8) type,       // [n]
    IN(i64) at,        // [n] voxel, -1: dead
    IN(i64) keeper,    // [voxels] in its low half the cell in whose place the sums of the voxel stand
    IN(real) mx,       // [motility * n] unit direction of the present run; 0 before the first
    IN(real) my,       // [motility * n]
    IN(real) mz,       // [motility * n]
    IN(real) fibre_x,  // [fibres * voxels]
    IN(real) fibre_y,  // [fibres * voxels]
    IN(real) fibre_z,  // [fibres * voxels]
    IN(real) anisotropy,  // [fibres * voxels]
    INOUT(i64) sums)   // [n * 8] in the order of DEED_RATE, ...: 2^-32 /min
{
    TME_FOR(i, n) {
        i64 v = at[i], t = type[i];
        if (v < 0) continue;
        i64 next = i + TME_AHEAD < n ? at[i + TME_AHEAD] : -1;
        if (next >= 0) {
            TME_SOON(keeper + next);
            TME_SOON(fibre_x + next);
            TME_SOON(fibre_y + next);
            TME_SOON(fibre_z + next);
            TME_SOON(anisotropy + next);
        }
        i64* sum = sums + (i64)(u32)keeper[v] * 8;
        f64 produced = tme_behaviour(table, slot, ruled, stride, behaviours, t, B_ECM_PRODUCTION, i);
        produced = tme_min(produced, TME_AT_ONCE);
        add(sum + DEED_RATE, produced);
        add(sum + DEED_PULL, produced * tme_behaviour(table, slot, ruled, stride, behaviours, t, B_ECM_TARGET, i));
        add(sum + DEED_WEAR, tme_behaviour(table, slot, ruled, stride, behaviours, t, B_ECM_DEGRADATION, i));
        if (crosslinks) add(sum + DEED_LINK, tme_behaviour(table, slot, ruled, stride, behaviours, t, B_ECM_CROSSLINKING, i));
        if (!fibres || !motility) continue;
        f64 turning = tme_behaviour(table, slot, ruled, stride, behaviours, t, B_ECM_ALIGNMENT, i);
        f64 ordering = tme_behaviour(table, slot, ruled, stride, behaviours, t, B_ECM_ORDERING, i);
        if (turning == 0 && ordering == 0) continue;
        if (!(tme_behaviour(table, slot, ruled, stride, behaviours, t, B_MOVABLE, i) > 0)) continue;
        f64 speed = tme_behaviour(table, slot, ruled, stride, behaviours, t, B_SPEED, i), a = anisotropy[v];
        Vector m = {mx[i], my[i], mz[i]}, f = {fibre_x[v], fibre_y[v], fibre_z[v]};
        f = tme_upright(f);
        f64 guidance = tme_behaviour(table, slot, ruled, stride, behaviours, t, B_GUIDANCE, i);
        Fibre among = {f, guidance * a, (f64)barrier[t] * a};
        Vector way = tme_way(among, m);
        f64 pulling = tme_dot(way, f) < 0 ? -(turning * speed) : turning * speed;
        add(sum + DEED_TURN_X, pulling * way.x);
        add(sum + DEED_TURN_Y, pulling * way.y);
        add(sum + DEED_TURN_Z, pulling * way.z);
        add(sum + DEED_ORDER, ordering * (speed * tme_sqrt(tme_dot(way, way))));
    }
}
