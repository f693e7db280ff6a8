// What a voxel's cells do to the matrix there beside the one appointed, as fixed-point sums: gputme/ops/matrix/lay.py.
#include "wide.h"
#include "matrix/deeds.h"

TME_DEVICE void add(bool alone, i64* sum, f64 deed) {
    i64 value = tme_whole(deed * TME_QUANTA);
    if (alone) *sum += value;
    else if (value != 0) TME_ADD(sum, value);
}

TME_KERNEL lay(
    i64 n,             // cells
    i64 types,         // cell types
    i64 voxels,
    i32 fibres,        // 1: the matrix has fibres
    i32 crosslinks,    // 1: it is crosslinked
    i32 motility,      // 1: cells walk
    i32 first,         // word of cell 0 in keeper
    i64 stride,        // length of a row of ruled
    i64 behaviours,    // behaviours of a type in table
    IN(real) table,    // [types * behaviours]
    IN(i32) slot,      // [behaviours]
    IN(real) ruled,    // [1] row slot[b] holds stride values of behaviour b
    IN(real) barrier,  // [types] share of the speed that is lost straight across fibres
    IN(u8) type,       // [n]
    INOUT(i64) at,     // [n] voxel, -1: dead; afterwards -1 also where not appointed
    IN(i32) keeper,    // [voxels] first + the cell in whose place the sums of the voxel stand
    IN(real) mx,       // [motility * n] unit direction of the present run; 0 before the first
    IN(real) my,       // [motility * n]
    IN(real) mz,       // [motility * n]
    IN(real) fibre_x,  // [fibres * voxels]
    IN(real) fibre_y,  // [fibres * voxels]
    IN(real) fibre_z,  // [fibres * voxels]
    IN(real) anisotropy,  // [fibres * voxels]
    INOUT(i32) shared, // [n] first where sums of others stand in its place, else less
    INOUT(i64) sums)   // [n * 8] in the order of DEED_RATE, ...: 2^-32 /min
{
    const Doing of = tme_doing(table, slot, ruled, stride, behaviours, barrier);
    const bool alone = TME_ALONE, turned = fibres && motility;
    TME_LINES(block, n) {
        i64 cell[TME_LANES], kind[TME_LANES], voxel[TME_LANES], place[TME_LANES], count = 0;
        for (i64 i = block; i < tme_min(block + TME_LANES, n); i++) {
            i64 next = i + 4 * TME_AHEAD < n ? at[i + 4 * TME_AHEAD] : -1;  // only ever fetched, by whoever wrote it
            if (next >= 0) TME_SOON(keeper + next);
            if (at[i] < 0) continue;
            i64 v = at[i], appointed = keeper[v] - first;
            if (appointed == i) continue;  // alone in the voxel, as most are, or the last of its cells
            cell[count] = i;
            kind[count] = type[i];
            voxel[count] = v;
            place[count] = appointed;
            count++;
            at[i] = -1;
            if (alone) shared[appointed] = first;
            else TME_MAX(shared + appointed, first);
        }
        if (!count) continue;
        const Doers who = {count, kind, cell, tme_alike(count, kind)};
        f64 rate[TME_LANES], pull[TME_LANES], wear[TME_LANES], link[TME_LANES];
        f64 x[TME_LANES], y[TME_LANES], z[TME_LANES], order[TME_LANES];
        tme_works(of, who, rate, pull, wear, link);
        if (turned) {
            real ux[TME_LANES], uy[TME_LANES], uz[TME_LANES];
            real fx[TME_LANES], fy[TME_LANES], fz[TME_LANES], a[TME_LANES];
            for (i64 q = 0; q < count; q++) {
                i64 i = cell[q], v = voxel[q];
                ux[q] = mx[i];
                uy[q] = my[i];
                uz[q] = mz[i];
                fx[q] = fibre_x[v];
                fy[q] = fibre_y[v];
                fz[q] = fibre_z[v];
                a[q] = anisotropy[v];
            }
            tme_turns(of, who, ux, uy, uz, fx, fy, fz, a, x, y, z, order);
        }
        for (i64 q = 0; q < count; q++) {
            i64* sum = sums + 8 * place[q];
            add(alone, sum + DEED_RATE, rate[q]);
            add(alone, sum + DEED_PULL, pull[q]);
            add(alone, sum + DEED_WEAR, wear[q]);
            if (crosslinks) add(alone, sum + DEED_LINK, link[q]);
            if (!turned) continue;
            add(alone, sum + DEED_TURN_X, x[q]);
            add(alone, sum + DEED_TURN_Y, y[q]);
            add(alone, sum + DEED_TURN_Z, z[q]);
            add(alone, sum + DEED_ORDER, order[q]);
        }
    }
}
