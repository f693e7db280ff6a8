// Enter the cells that are wanted into a roll: a bit for each, and their number. Meaning: gputme/ops/census/roll.py.
#include "census/roll.h"

TME_KERNEL roll(
    i64 n,           // cells that are looked at
    i64 first,       // place of the first of them
    i64 room,        // words
    i32 least,       // a cell is wanted if its mark lies between this
    i32 most,        // and this
    i32 by_id,       // 1: the key is the id, 0: the place less `first`
    IN(u64) id,      // [first + n]
    IN(u8) mark,     // [first + n]
    INOUT(i64) words) // [room] upper half: how many, lower half: their bits
{
    TME_FOR(i, n) {
        if (!tme_wanted(mark[first + i], least, most)) continue;
        i64 key = by_id ? (i64)id[first + i] : i;
        TME_ADD(words + (key >> 5), ((i64)1 << 32) + ((i64)1 << (key & 31)));
    }
}
