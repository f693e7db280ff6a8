// Events that no earlier one stands before happen: gputme/ops/bonds/tie.py.
#include "bonds/bonds.h"

// One of the two cells: its row gains or loses the other, in the order of ids.
TME_DEVICE void tme_tie(i64 rows, i64 stride, i64 cell, i64 other, u64 named, bool gains, u8* bonds, u64* attached,
                        i32* mate) {
    i64 count = bonds[cell], at = 0;
    while (at < count && attached[at * stride + cell] < named) at++;
    if (gains) {
        for (i64 r = count; r > at; r--) {
            attached[r * stride + cell] = attached[(r - 1) * stride + cell];
            mate[r * stride + cell] = mate[(r - 1) * stride + cell];
        }
        attached[at * stride + cell] = named;
        mate[at * stride + cell] = (i32)other;
        bonds[cell] = (u8)(count + 1);
        return;
    }
    for (i64 r = at; r + 1 < count; r++) {
        attached[r * stride + cell] = attached[(r + 1) * stride + cell];
        mate[r * stride + cell] = mate[(r + 1) * stride + cell];
    }
    attached[(count - 1) * stride + cell] = 0;
    mate[(count - 1) * stride + cell] = -1;
    bonds[cell] = (u8)(count - 1);
}

TME_KERNEL tie(
    i64 n,                // cells
    i64 rows,             // most partners of a cell
    i64 stride,           // length of a row
    IN(u64) id,           // [n]
    IN(i64) when,         // [n] tick of the event that the cell proposes
    IN(i32) whom,         // [n] the other cell of it
    IN(u8) what,          // [n] 1: attaches to it, 2: lets it go
    IN(i64) first,        // [n] less the tick of the first event that names the cell
    IN(i64) who,          // [n] less the id of who proposes it
    IN(u8) upto,          // [n] partners that it may have
    INOUT(i64) reached,   // [n] tick of the event that has reached the cell
    INOUT(u8) bonds,      // [n] partners
    INOUT(u64) attached,  // [rows * stride] their ids, ascending
    INOUT(i32) mate)      // [rows * stride] cells that they are
{
    TME_FOR(i, n) {
        if (when[i] >= TME_NEVER) continue;
        i64 j = whom[i], mine = -(i64)id[i], at = -when[i];
        if (!(first[i] == at && who[i] == mine && first[j] == at && who[j] == mine)) continue;
        reached[i] = when[i];
        if (what[i] == 1 && !(bonds[i] < upto[i] && bonds[j] < upto[j])) continue;  // no room any more
        reached[j] = when[i];
        tme_tie(rows, stride, i, j, id[j], what[i] == 1, bonds, attached, mate);
        tme_tie(rows, stride, j, i, id[i], what[i] == 1, bonds, attached, mate);
    }
}
