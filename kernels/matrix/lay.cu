// What a voxel's cells do to the matrix there beside the one appointed, as fixed-point sums: gputme/ops/matrix/lay.py.
#include "wide.h"
#include "matrix/deeds.h"

TME_DEVICE void add(bool alone, i64* sum, i64 value) {
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
    i64 stride,        // length of a row of ruled
    i64 behaviours,    // behaviours of a type in table
    IN(real) table,    // [types * behaviours]
    IN(i32) slot,      // [behaviours]
    IN(real) ruled,    // [1] row slot[b] holds stride values of behaviour b
    IN(real) barrier,  // [types] share of the speed that is lost straight across fibres
    IN(u8) type,       // [n]
    INOUT(i64) at,     // [n] voxel, -1: dead; afterwards -1 also where not appointed
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
    const Doing of = tme_doing(table, slot, ruled, stride, behaviours);
    const bool alone = TME_ALONE, turned = fibres && motility;
    TME_LINES(block, n) {
        i64 cell[TME_LANES], kind[TME_LANES], voxel[TME_LANES], place[TME_LANES], count = 0;
        for (i64 i = block; i < tme_min(block + TME_LANES, n); i++) {
            i64 next = i + 4 * TME_AHEAD < n ? at[i + 4 * TME_AHEAD] : -1;  // only ever fetched, by whoever wrote it
            if (next >= 0) TME_SOON(keeper + next);
            if (at[i] < 0) continue;
            i64 appointed = (u32)keeper[at[i]];
            if (appointed == i) continue;  // alone in the voxel, as most are, or the last of its cells
            cell[count] = i;
            kind[count] = type[i];
            voxel[count] = at[i];
            place[count] = appointed;
            count++;
            at[i] = -1;
        }
        i64 rate[TME_LANES], pull[TME_LANES], wear[TME_LANES], link[TME_LANES], order[TME_LANES];
        i64 turn_x[TME_LANES], turn_y[TME_LANES], turn_z[TME_LANES];
        TME_EACH(q, count) {
            Works works = tme_works(of, kind[q], cell[q]);
            rate[q] = tme_whole(works.rate * TME_QUANTA);
            pull[q] = tme_whole(works.pull * TME_QUANTA);
            wear[q] = tme_whole(works.wear * TME_QUANTA);
            link[q] = tme_whole(works.link * TME_QUANTA);
        }
        if (turned)
            TME_EACH(q, count) {
                i64 i = cell[q], v = voxel[q];
                Vector m = {mx[i], my[i], mz[i]}, f = {fibre_x[v], fibre_y[v], fibre_z[v]};
                Turns turns = tme_turns(of, kind[q], i, barrier[kind[q]], m, f, anisotropy[v]);
                turn_x[q] = tme_whole(turns.x * TME_QUANTA);
                turn_y[q] = tme_whole(turns.y * TME_QUANTA);
                turn_z[q] = tme_whole(turns.z * TME_QUANTA);
                order[q] = tme_whole(turns.order * TME_QUANTA);
            }
        for (i64 q = 0; q < count; q++) {
            i64* sum = sums + 8 * place[q];
            add(alone, sum + DEED_RATE, rate[q]);
            add(alone, sum + DEED_PULL, pull[q]);
            add(alone, sum + DEED_WEAR, wear[q]);
            if (crosslinks) add(alone, sum + DEED_LINK, link[q]);
            if (!turned) continue;
            add(alone, sum + DEED_TURN_X, turn_x[q]);
            add(alone, sum + DEED_TURN_Y, turn_y[q]);
            add(alone, sum + DEED_TURN_Z, turn_z[q]);
            add(alone, sum + DEED_ORDER, order[q]);
        }
    }
}
