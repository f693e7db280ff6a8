// The cells on a roll as a list, in the order of their keys; by place, the others follow.
// Meaning: gputme/ops/census/compact.py.
#include "census/roll.h"

TME_KERNEL compact(
    i64 n,           // cells that are looked at
    i64 first,       // place of the first of them
    i64 room,        // words
    i64 count,       // how many are listed
    i32 least,       // a cell is wanted if its mark lies between this
    i32 most,        // and this
    i32 by_id,       // 1: the key is the id, 0: the place less `first`
    IN(u64) id,      // [first + n]
    IN(u8) mark,     // [first + n]
    IN(i64) words,   // [room] the roll
    IN(i64) before,  // [room] running sums of the numbers of its words
    OUT(i64) places) // [count]
{
    TME_FOR(i, n) {
        bool wanted = tme_wanted(mark[first + i], least, most);
        if (by_id && !wanted) continue;
        i64 key = by_id ? (i64)id[first + i] : i, rank = tme_rank(key, words, before);
        if (!wanted) rank = before[room - 1] + (i - rank);
        if (rank < count) places[rank] = first + i;
    }
}
