// A roll of cells: 32 keys to a word, their bits below and how many there are above. See gputme/ops/census/roll.py.
#ifndef ROLL_H
#define ROLL_H
#include "tme.h"

TME_DEVICE bool tme_wanted(u8 mark, i32 least, i32 most) { return mark >= least && mark <= most; }

TME_DEVICE i64 tme_ones(u32 b) {
    b = b - ((b >> 1) & 0x55555555u);
    b = (b & 0x33333333u) + ((b >> 2) & 0x33333333u);
    return (i64)((((b + (b >> 4)) & 0x0F0F0F0Fu) * 0x01010101u) >> 24);
}

// How many on the roll have a smaller key.
TME_DEVICE i64 tme_rank(i64 key, const i64* words, const i64* before) {
    i64 word = words[key >> 5];
    u32 below = ((u32)1 << (key & 31)) - 1;
    return before[key >> 5] - (word >> 32) + tme_ones((u32)word & below);
}

// The place of the cell with this id in a roll of all by id, and `order`: their list; -1: there is none.
TME_DEVICE i64 tme_named(u64 id, i64 room, const i64* words, const i64* before, const i64* order) {
    if (id >> 5 >= (u64)room || !(words[id >> 5] >> (id & 31) & 1)) return -1;
    return order[tme_rank((i64)id, words, before)];
}

#endif
