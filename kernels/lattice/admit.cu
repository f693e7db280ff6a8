// Cells that would go do so, one after the other: gputme/ops/lattice/admit.py.
#include "tme.h"

TME_DEVICE i64 tme_along(int way) { return (way == 2) - (way == 1); }
TME_DEVICE i64 tme_across(int way) { return (way == 4) - (way == 3); }

TME_KERNEL admit(
    i64 n,              // cells
    i64 m,              // of them would go
    i64 nx,             // points along x
    i64 ny,             // and y
    i64 capacity,       // places on a point
    i64 side,           // rows of them
    f64 x0,             // um, lower corner of the first voxel
    f64 y0,
    f64 spacing,        // um
    IN(i64) movers,     // [m] cells, in the order of their turns
    IN(u8) way,         // [n] 1 left, 2 right, 3 bottom, 4 top
    IN(u8) type,        // [n] 0: mesenchymal
    IN(u8) opens,       // [nx * ny] 1 a vessel, 2 a ruptured one
    INOUT(i32) who,     // [nx * ny * capacity] 1 + cell; 0: nobody
    INOUT(i32) makers,  // [nx * ny] mesenchymal cells
    INOUT(i32) place,   // [n]
    INOUT(real) x,      // [n] um
    INOUT(real) y,      // [n] um
    INOUT(i32) group,   // [n] with which it has entered a vessel, from 1; 0: it has not
    INOUT(i64) groups)  // [1]
{
    TME_FOR(one, 1) {  // each sees what those before it have done
        for (i64 k = 0; k < m; k++) {
            i64 i = movers[k];
            if (group[i]) continue;
            i64 before = place[i], from = before / capacity, own = type[i] == 0;
            i64 px = from % nx + tme_along(way[i]), py = from / nx + tme_across(way[i]), point = py * nx + px;
            if (opens[point] == 2 || (opens[point] == 1 && own)) {
                i32 number = (i32)++groups[0];
                for (int w = 0; w < 5; w++) {
                    i64 ax = px + tme_along(w), ay = py + tme_across(w), near = ay * nx + ax;
                    if (ax < 0 || ax >= nx || ay < 0 || ay >= ny) continue;
                    for (i64 p = near * capacity; p < (near + 1) * capacity; p++) {
                        if (who[p]) group[who[p] - 1] = number;
                        who[p] = 0;
                    }
                    makers[near] = 0;
                }
                continue;
            }
            i64 free = 0;
            while (free < capacity && who[point * capacity + free]) free++;
            if (free == capacity) continue;
            i64 there = point * capacity + free;
            who[before] = 0, who[there] = (i32)(1 + i), place[i] = (i32)there;
            makers[from] -= (i32)own, makers[point] += (i32)own;
            x[i] = (real)(x0 + spacing * ((f64)px + ((f64)(free % side) + 0.5) / (f64)side));
            y[i] = (real)(y0 + spacing * ((f64)py + ((f64)(free / side) + 0.5) / (f64)side));
        }
    }
}
