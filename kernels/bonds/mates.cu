// Where the cells are that each cell is attached to: gputme/ops/bonds/mates.py.
#include "census/roll.h"

TME_KERNEL mates(
    i64 n,             // cells
    i64 rows,          // most partners of a cell
    i64 stride,        // length of a row
    i64 room,          // words
    IN(u64) id,        // [n]
    IN(u8) death,      // [n]
    IN(i64) words,     // [room] roll of all cells by id
    IN(i64) before,    // [room] running sums of the numbers of its words
    IN(i64) order,     // [n] cells in the order of their ids
    IN(u64) attached,  // [rows * stride] ids of partners; 0: none
    OUT(i32) mate)     // [rows * stride] their places; -1: none
{
    TME_FOR(i, n) {
        for (i64 r = 0; r < rows; r++) {
            u64 named = attached[r * stride + i];
            i64 j = named > 0 && death[i] == 0 ? tme_named(named, room, words, before, order) : -1, found = -1;
            for (i64 q = 0; q < rows && j >= 0 && death[j] == 0; q++)
                if (attached[q * stride + j] == id[i]) found = j;
            mate[r * stride + i] = (i32)found;
        }
    }
}
