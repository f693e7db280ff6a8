// Where the cell is that each cell holds and attacks: gputme/ops/bonds/grasp.py.
#include "tme.h"

TME_KERNEL grasp(
    i64 n,            // cells
    IN(u64) id,       // [n]
    IN(u8) death,     // [n]
    IN(u64) sorted,   // [n] ids, ascending
    IN(i64) order,    // [n] cells in the order of their ids
    IN(u64) held_id,  // [n] id of the cell that it holds; 0: none
    OUT(i32) held,    // [n] that cell; -1: none
    OUT(u8) mark)     // [n] 1: it holds one
{
    TME_FOR(i, n) {
        u64 named = held_id[i];
        i64 first = 0, end = named > 0 && death[i] == 0 ? n : 0, found = -1;
        while (first < end) {
            i64 middle = (first + end) / 2;
            if (sorted[middle] < named) first = middle + 1;
            else end = middle;
        }
        if (named > 0 && death[i] == 0 && first < n && sorted[first] == named && death[order[first]] == 0)
            found = order[first];
        held[i] = (i32)found;
        mark[i] = found >= 0;
    }
}
