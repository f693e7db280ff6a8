// Copies of the cells in bin order, so that neighbours lie side by side in memory: gputme/ops/neighbours/arrange.py.
#include "behaviour.h"

TME_KERNEL arrange(
    i64 n,           // cells
    i64 types,       // cell types
    i64 stride,      // length of a row of ruled
    i64 behaviours,  // behaviours of a type in table
    IN(real) table,  // [types * behaviours]
    IN(i32) slot,    // [behaviours]
    IN(real) ruled,  // [1] row slot[b] holds stride values of behaviour b
    IN(i32) order,   // [n] cells bin by bin
    IN(u8) type,     // [n] by cell
    IN(real) radius, // [n] um
    IN(real) x,      // [n] um
    IN(real) y,      // [n] um
    IN(real) z,      // [n] um
    OUT(u8) kind,    // [n] by place: type
    OUT(real) size,  // [n] um, radius
    OUT(real) reach, // [n] um, adhesion distance
    OUT(real) sx,    // [n] um
    OUT(real) sy,    // [n] um
    OUT(real) sz)    // [n] um
{
    TME_FOR(k, n) {
        i64 i = order[k];
        kind[k] = type[i];
        size[k] = radius[i];
        reach[k] = tme_behaviour(table, slot, ruled, stride, behaviours, type[i], B_REACH, i) * radius[i];
        sx[k] = x[i];
        sy[k] = y[i];
        sz[k] = z[i];
    }
}
