// What two cells that are attached have between them. Equation: gputme/ops/bonds/springs.py.
#ifndef TME_BONDS_H
#define TME_BONDS_H
#include "behaviour.h"

struct Conduct {
    i64 affinity, stride, behaviours;
    const real* table;
    const i32* slot;
    const real* ruled;
    const u8* type;
};

// sqrt(k_i a_ij k_j a_ji), 1/min, of the cells i and j
TME_DEVICE real tme_elastic(const Conduct& c, i64 i, i64 j) {
    i64 ti = c.type[i], tj = c.type[j];
    real p = tme_behaviour(c.table, c.slot, c.ruled, c.stride, c.behaviours, ti, B_ELASTIC, i)
             * tme_behaviour(c.table, c.slot, c.ruled, c.stride, c.behaviours, ti, c.affinity + tj, i);
    real q = tme_behaviour(c.table, c.slot, c.ruled, c.stride, c.behaviours, tj, B_ELASTIC, j)
             * tme_behaviour(c.table, c.slot, c.ruled, c.stride, c.behaviours, tj, c.affinity + ti, j);
    return tme_sqrt(p * q);
}

#endif
