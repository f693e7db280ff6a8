// Where a straight way ends within the walls of one axis: by images, however often it meets them.
// Equations: gputme/ops/motion/_walls.py, which is the same arithmetic.
#ifndef TME_WALLS_H
#define TME_WALLS_H
#include "tme.h"

enum { TME_REFLECT, TME_ABSORB, TME_PERIODIC };

// The end of a way to x; `mirrored`: after an odd number of reflections; `left`: at an absorbing wall.
struct End { real x; bool mirrored, left; };

// walls: two bits per face, from x_min.
TME_DEVICE End tme_within(real x, real lower, real upper, i32 walls, i32 axis) {
    End end = {x, false, false};
    if ((x >= lower) & (x <= upper)) return end;
    i32 below = walls >> 4 * axis & 3, above = walls >> (4 * axis + 2) & 3;
    bool low = x < lower;
    i32 first = low ? below : above, second = low ? above : below;
    f64 width = (f64)upper - (f64)lower, t = (f64)x - (f64)lower;
    f64 k = tme_floor(t / width), rest = t - k * width;
    bool odd = first == TME_REFLECT && k - 2.0 * tme_floor(0.5 * k) == 1.0;
    bool here = first == TME_ABSORB;
    bool across = first == TME_REFLECT && second == TME_ABSORB && (low ? -t : t - width) > width;
    real there = (real)((f64)lower + (odd ? width - rest : rest));
    end.left = here || across;
    end.mirrored = odd && !end.left;
    end.x = end.left ? (low != across ? lower : upper) : tme_clamp(there, lower, upper);
    return end;
}

#endif
