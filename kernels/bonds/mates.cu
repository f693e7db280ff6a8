// Where the cells are that each cell is attached to: gputme/ops/bonds/mates.py.
#include "tme.h"

TME_KERNEL mates(
    i64 n,             // cells
    i64 rows,          // most partners of a cell
    i64 stride,        // length of a row
    IN(u64) id,        // [n]
    IN(u8) death,      // [n]
    IN(u64) sorted,    // [n] ids, ascending
    IN(i64) order,     // [n] cells in the order of their ids
    IN(u64) attached,  // [rows * stride] ids of partners; 0: none
    OUT(i32) mate)     // [rows * stride] their places; -1: none
{
    TME_FOR(i, n) {
        for (i64 r = 0; r < rows; r++) {
            u64 named = attached[r * stride + i];
            i64 first = 0, end = named > 0 && death[i] == 0 ? n : 0, found = -1;
            while (first < end) {
                i64 middle = (first + end) / 2;
                if (sorted[middle] < named) first = middle + 1;
                else end = middle;
            }
            if (named > 0 && death[i] == 0 && first < n && sorted[first] == named) {
                i64 j = order[first];
                if (death[j] == 0) {
                    for (i64 q = 0; q < rows; q++)
                        if (attached[q * stride + j] == id[i]) found = j;
                }
            }
            mate[r * stride + i] = (i32)found;
        }
    }
}
