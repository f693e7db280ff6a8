// Where every cell stands at the end of a base step, within walls: gputme/ops/motion/arrive.py.
#include "motion/ways.h"

TME_KERNEL arrive(
    i64 n,                      // cells
    real minutes,               // min, the base step
    i32 planar,                 // 1: z stays
    i32 motility,               // 1: cells have a direction
    i32 walls,                  // two bits per face, from x_min: WALL_REFLECT, ...
    real lx, real ly, real lz,  // um, lower corner of the box
    real ux, real uy, real uz,  // um, upper corner
    IN(i32) order,              // [n] cell at each place
    IN(real) way,               // [16 * n] by place
    IN(real) dx,                // [n] um, displacement by motility, by cell
    IN(real) dy,                // [n] um
    IN(real) dz,                // [n] um
    IN(u8) started,             // [n] 0: a cell that does not move
    INOUT(real) x,              // [n] um
    INOUT(real) y,              // [n] um
    INOUT(real) z,              // [n] um
    INOUT(real) mx,             // [motility * n] direction of the present run, turned where a wall mirrors the walk
    INOUT(real) my,             // [motility * n]
    INOUT(real) mz,             // [motility * n]
    INOUT(u8) gone)             // [n] set to 1 where a wall absorbs the cell
{
    TME_FOR(k, n) {
        i64 i = order[k], e = (i64)way[TME_WAY * k + 11];
        if (!started[i]) continue;
        const real* a = way + TME_WAY * k + (e > 0 ? 8 : 0);
        real share = tme_share(e), s = minutes - minutes * share;
        End xe = tme_go(a[0] + a[4] * s, dx[i] * share, a[0] + a[4] * minutes, lx, ux, walls, 0);
        End ye = tme_go(a[1] + a[5] * s, dy[i] * share, a[1] + a[5] * minutes, ly, uy, walls, 1);
        x[i] = tme_flush(xe.x);
        y[i] = tme_flush(ye.x);
        if (motility && xe.mirrored) mx[i] = -mx[i];
        if (motility && ye.mirrored) my[i] = -my[i];
        bool left = xe.left | ye.left;
        if (!planar) {
            End ze = tme_go(a[2] + a[6] * s, dz[i] * share, a[2] + a[6] * minutes, lz, uz, walls, 2);
            z[i] = tme_flush(ze.x);
            if (motility && ze.mirrored) mz[i] = -mz[i];
            left = left | ze.left;
        }
        if (left) gone[i] = 1;
    }
}
