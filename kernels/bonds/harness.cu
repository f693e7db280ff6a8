// Between whom holds pull: gputme/ops/bonds/harness.py.
#include "tme.h"

TME_KERNEL harness(
    i64 n,            // cells
    i64 m,            // holders
    i64 rows,         // most that a cell has
    i64 stride,       // length of a row
    IN(i32) held,     // [n] whom each cell holds; -1: none
    IN(i64) holders,  // [m] cells that hold one, by whom and then by their id
    IN(i32) whom,     // [m] whom they hold
    OUT(i32) mate)    // [rows * stride] places; -1 behind the last
{
    TME_FOR(i, n) {
        i64 r = 0, first = 0, end = m;
        if (held[i] >= 0) mate[r++ * stride + i] = held[i];
        while (first < end) {
            i64 middle = (first + end) / 2;
            if (whom[middle] < i) first = middle + 1;
            else end = middle;
        }
        for (; first < m && whom[first] == i && r < rows; first++) mate[r++ * stride + i] = (i32)holders[first];
        for (; r < rows; r++) mate[r * stride + i] = -1;
    }
}
