// What the cells of a block do, looked up before it is computed with: a loop over cells that itself looks up by type is
// no vector loop on a CPU that cannot gather.
#ifndef TME_VALUES_H
#define TME_VALUES_H
#include "behaviour.h"

// Whether all cells of a block are of one type, as most are where few types mix.
TME_DEVICE bool tme_alike(i64 count, const i64* type) {
    i64 other = 0;
    TME_EACH(q, count) other |= type[q] ^ type[0];
    return other == 0;
}

// A behaviour of `count` cells, one at least, by their types and numbers.
TME_DEVICE void tme_values(Behaviour b, bool alike, i64 count, const i64* type, const i64* cell, real* out) {
    const real one = b.values[type[0] * b.per_type + cell[0] * b.per_cell];
    if (b.per_cell) TME_EACH(q, count) out[q] = b.values[cell[q]];
    else if (alike) TME_EACH(q, count) out[q] = one;
    else TME_EACH(q, count) out[q] = b.values[type[q] * b.per_type];
}

// A number of each type.
TME_DEVICE Behaviour tme_by_type(const real* values) {
    Behaviour b = {values, 1, 0};
    return b;
}

#endif
