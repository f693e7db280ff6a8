// One implicit sweep along an axis: solves -lower u_- + diagonal u - upper u_+ = u_old + inflow on every line.
// Equation, units: gputme/ops/fields/sweep_lod.py.
#include "tme.h"

#ifdef TME_BLOCK  // host
#define TME_END(block, n) tme_min((block) + TME_BLOCK, (n))
#define ROWS_AT_ONCE 8  // recurrences side by side hide each other's latency
#define APART static __attribute__((noinline))  // inlined, the compiler forgets that its arrays do not overlap
#else
#define TME_END(block, n) ((block) + 1)
#define ROWS_AT_ONCE 1
#define APART TME_DEVICE
#endif

// Lines along x: W neighbouring rows in step.
template <int W>
APART void rows(i64 count, IN(real) lower, IN(real) inverse, IN(real) ratio, IN(real) inflow,
                INOUT(real) u) {
    real y[W];
    for (int k = 0; k < W; k++) y[k] = 0;
    for (i64 i = 0; i < count; i++) {
        real in = inflow[i], l = lower[i], d = inverse[i];
        for (int k = 0; k < W; k++) {
            y[k] = tme_flush(((u[k * count + i] + in) + l * y[k]) * d);
            u[k * count + i] = y[k];
        }
    }
    for (i64 i = count - 2; i >= 0; i--) {
        real c = ratio[i];
        for (int k = 0; k < W; k++) {
            y[k] = tme_flush(u[k * count + i] + c * y[k]);
            u[k * count + i] = y[k];
        }
    }
}

TME_KERNEL sweep_lod(
    i64 axis,           // 0: x, 1: y, 2: z
    i64 count,          // voxels of a line
    i64 lines,          // lines
    i64 stride,         // from a voxel of a line to the next: 1, nx, nx * ny
    IN(real) factors,   // [4 * count] lower link, 1 / pivot, upper link / pivot, inflow of each voxel of a line
    INOUT(real) u)      // [(lines - 1) // stride * stride * count + (count - 1) * stride + (lines - 1) % stride + 1]
{
    const real *lower = factors, *inverse = factors + count;
    const real *ratio = factors + 2 * count, *inflow = factors + 3 * count;
    TME_LINES(block, lines) {
        i64 end = TME_END(block, lines);
        if (axis == 0) {
            i64 line = block;
            for (; line + ROWS_AT_ONCE <= end; line += ROWS_AT_ONCE)
                rows<ROWS_AT_ONCE>(count, lower, inverse, ratio, inflow, u + line * count);
            for (; line < end; line++) rows<1>(count, lower, inverse, ratio, inflow, u + line * count);
        } else {
            for (i64 from = block, to; from < end; from = to) {  // lines that lie side by side
                i64 layer = from / stride, shift = layer * stride * (count - 1);
                to = tme_min(end, (layer + 1) * stride);
                real* first = u + shift;
                TME_LANE(line, from, to) first[line] = tme_flush((first[line] + inflow[0]) * inverse[0]);
                for (i64 i = 1; i < count; i++) {
                    real *now = first + i * stride, *before = now - stride;
                    real in = inflow[i], l = lower[i], d = inverse[i];
                    TME_LANE(line, from, to) now[line] = tme_flush(((now[line] + in) + l * before[line]) * d);
                }
                for (i64 i = count - 2; i >= 0; i--) {
                    real *now = first + i * stride, *after = now + stride;
                    real c = ratio[i];
                    TME_LANE(line, from, to) now[line] = tme_flush(now[line] + c * after[line]);
                }
            }
        }
    }
}
