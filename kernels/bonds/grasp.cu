// Where the cell is that each cell holds and attacks: gputme/ops/bonds/grasp.py.
#include "census/roll.h"

TME_KERNEL grasp(
    i64 n,            // cells
    i64 room,         // words
    IN(u64) id,       // [n]
    IN(u8) death,     // [n]
    IN(i64) words,    // [room] roll of all cells by id
    IN(i64) before,   // [room] running sums of the numbers of its words
    IN(i64) order,    // [n] cells in the order of their ids
    IN(u64) held_id,  // [n] id of the cell that it holds; 0: none
    OUT(i32) held,    // [n] that cell; -1: none
    OUT(u8) mark)     // [n] 1: it holds one
{
    TME_FOR(i, n) {
        u64 named = held_id[i];
        i64 j = named > 0 && death[i] == 0 ? tme_named(named, room, words, before, order) : -1;
        bool holds = j >= 0 && death[j] == 0;
        held[i] = holds ? (i32)j : -1;
        mark[i] = holds;
    }
}
