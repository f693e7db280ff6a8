// What a cell does: a value per cell type, or per cell where a rule sets it (vocabulary.py lists the behaviours).
#ifndef TME_BEHAVIOUR_H
#define TME_BEHAVIOUR_H
#include "tme.h"

// slot[b] < 0: every cell of a type has table[type][b]; else cell i has ruled[slot[b]][i].
TME_DEVICE real tme_behaviour(const real* table, const i32* slot, const real* ruled, i64 stride, i64 behaviours,
                              i64 type, i64 b, i64 i) {
    i32 k = slot[b];
    return k < 0 ? table[type * behaviours + b] : ruled[k * stride + i];
}

struct Rates {  // where what one cell does stands
    const real* table; const i32* slot; const real* ruled;
    i64 stride, behaviours, type, cell;
};

TME_DEVICE f64 tme_rate(Rates r, i64 b) {
    return tme_behaviour(r.table, r.slot, r.ruled, r.stride, r.behaviours, r.type, b, r.cell);
}

// The same, prepared before a loop so that the loop has no branch and vectorises.
struct Behaviour { const real* values; i64 per_type, per_cell; };

TME_DEVICE Behaviour tme_prepare(const real* table, const i32* slot, const real* ruled, i64 stride, i64 behaviours,
                                 i64 b) {
    Behaviour by_type = {table + b, behaviours, 0}, by_cell = {ruled + tme_max(slot[b], 0) * stride, 0, 1};
    return slot[b] < 0 ? by_type : by_cell;
}

TME_DEVICE real tme_value(Behaviour b, i64 type, i64 i) { return b.values[type * b.per_type + i * b.per_cell]; }

#endif
