// Where each cell would go in a step. Equation: gputme/ops/lattice/wander.py.
#include "philox.h"

TME_KERNEL wander(
    i64 n,           // cells
    i64 nx,          // points along x
    i64 ny,          // and y
    i64 capacity,    // places on a point
    i64 types,       // cell types
    u64 seed,
    i64 tick,        // of this step of the lattice
    IN(f64) jump,    // [types] a D
    IN(f64) drift,   // [types] a Phi / 4
    IN(u64) id,      // [n]
    IN(u8) type,     // [n]
    IN(i32) place,   // [n]
    IN(real) matrix, // [nx * ny]
    OUT(u8) way,     // [n] 0 stays, 1 left, 2 right, 3 bottom, 4 top
    OUT(u64) turn)   // [n] who goes before whom: the smaller first; 0 for who stays
{
    TME_FOR(i, n) {
        i64 point = place[i] / (i32)capacity, x = point % nx, y = point / nx, kind = type[i];
        bool left = x > 0, right = x < nx - 1, bottom = y > 0, top = y < ny - 1;
        f64 along = left && right ? (f64)matrix[point + 1] - (f64)matrix[point - 1] : 0.0;
        f64 across = bottom && top ? (f64)matrix[point + nx] - (f64)matrix[point - nx] : 0.0;
        f64 a = drift[kind] * along, b = drift[kind] * across, free = jump[kind];
        f64 edge[4];
        edge[0] = left ? tme_max(free - a, 0.0) : 0.0;
        edge[1] = edge[0] + (right ? tme_max(free + a, 0.0) : 0.0);
        edge[2] = edge[1] + (bottom ? tme_max(free - b, 0.0) : 0.0);
        edge[3] = edge[2] + (top ? tme_max(free + b, 0.0) : 0.0);
        Words words = tme_random(seed, tick, id[i], STREAM_LATTICE, 0);
        f64 u = tme_uniform(words.a);
        int below = 0;
        for (int k = 0; k < 4; k++) below += u >= edge[k];
        way[i] = (u8)(below < 4 ? below + 1 : 0);
        turn[i] = below < 4 ? (u64)words.b << 32 | (id[i] & 0xFFFFFFFFu) : 0;
    }
}
