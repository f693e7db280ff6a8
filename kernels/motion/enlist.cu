// Cells of more than one step in the order of how many, most first: gputme/ops/motion/enlist.py.
#include "motion/ways.h"

TME_KERNEL enlist(
    i64 n,              // cells
    IN(i64) level,      // [n] exponents, by place
    IN(i64) count,      // [32] cells by exponent
    INOUT(i64) taken,   // [32] 0; cells that have been enlisted, by exponent
    OUT(i32) active)    // [n] places, those of one exponent in any order
{
    TME_FOR(k, n) {
        i64 e = level[k], at = 0;
        if (e == 0) continue;
        for (i64 more = e + 1; more < TME_LEVELS; more++) at += count[more];
        active[at + TME_FETCH_ADD(taken + e, 1)] = (i32)k;
    }
}
