// Bonds that are no more are dropped: gputme/ops/bonds/mend.py.
#include "tme.h"

TME_KERNEL mend(
    i64 n,               // cells
    i64 rows,            // most partners of a cell
    i64 stride,          // length of a row
    INOUT(i32) mate,     // [rows * stride] places of partners; -1: none
    INOUT(u64) attached, // [rows * stride] their ids
    OUT(u8) bonds)       // [n] how many there are
{
    TME_FOR(i, n) {
        i64 kept = 0;
        for (i64 r = 0; r < rows; r++) {
            i32 where = mate[r * stride + i];
            if (where < 0) continue;
            mate[kept * stride + i] = where;
            attached[kept * stride + i] = attached[r * stride + i];
            kept++;
        }
        bonds[i] = (u8)kept;
        for (i64 r = kept; r < rows; r++) {
            mate[r * stride + i] = -1;
            attached[r * stride + i] = 0;
        }
    }
}
