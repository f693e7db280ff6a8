// Persistent biased random walk, exact for any step: gputme/ops/motility.py.
#include "behaviour.h"
#include "sphere.h"
#include "walk.h"

TME_KERNEL motility(
    i64 n,           // cells
    i64 types,       // cell types
    u64 seed,
    i64 tick,        // start of the step
    f64 dt,          // min
    i32 planar,      // 1: cells stay in their plane
    i64 stride,      // length of a row of ruled
    i64 behaviours,  // behaviours of a type in table
    IN(real) table,  // [types * behaviours]
    IN(i32) slot,    // [behaviours]
    IN(real) ruled,  // [1] row slot[b] holds stride values of behaviour b
    IN(u8) graded,   // [types] 1: the bias grows with the length of the wanted direction, up to 1
    IN(u64) id,      // [n]
    IN(u8) type,     // [n]
    IN(u8) death,    // [n]
    IN(real) bx,     // [n] wanted direction, of any length; 0 where none
    IN(real) by,     // [n]
    IN(real) bz,     // [n]
    INOUT(real) mx,  // [n] unit direction of the present run; 0 before the first
    INOUT(real) my,  // [n]
    INOUT(real) mz,  // [n]
    OUT(real) dx,    // [n] um, displacement in this step
    OUT(real) dy,    // [n] um
    OUT(real) dz)    // [n] um
{
    const i64 SPEED = 2, BIAS = 3, PERSISTENCE = 4, MOVABLE = 8;  // columns.Behaviours
    TME_FOR(i, n) {
        i64 t = type[i];
        f64 speed = tme_behaviour(table, slot, ruled, stride, behaviours, t, SPEED, i);
        real movable = tme_behaviour(table, slot, ruled, stride, behaviours, t, MOVABLE, i);
        f64 persistence = tme_behaviour(table, slot, ruled, stride, behaviours, t, PERSISTENCE, i);
        if (death[i] != 0 || !(speed > 0) || !(movable > 0)) {
            dx[i] = dy[i] = dz[i] = 0;
            continue;
        }
        persistence = tme_max(persistence, 1e-6);
        Words words = tme_random(seed, tick, id[i], TME_WALK_STREAM, 0);
        Vector m = {mx[i], my[i], mz[i]};
        bool begun = m.x != 0 || m.y != 0 || m.z != 0, far = dt > 10 * persistence;
        if (begun && !far && tme_uniform(words.a) * persistence >= dt) {  // no event: -log(1 - u) > u
            dx[i] = tme_flush((real)(speed * (dt * m.x)));
            dy[i] = tme_flush((real)(speed * (dt * m.y)));
            dz[i] = tme_flush((real)(speed * (dt * m.z)));
            continue;
        }
        f64 bias = tme_behaviour(table, slot, ruled, stride, behaviours, t, BIAS, i);
        Walk walk = tme_walk(bias, bx[i], by[i], bz[i], persistence, graded[t] != 0, planar != 0, seed, tick, id[i]);
        if (!begun) m = tme_first(walk);
        Vector d = far ? tme_far(walk, words, dt, &m) : tme_near(walk, words, dt, &m);
        mx[i] = (real)m.x;
        my[i] = (real)m.y;
        mz[i] = (real)m.z;
        dx[i] = tme_flush((real)(speed * d.x));
        dy[i] = tme_flush((real)(speed * d.y));
        dz[i] = tme_flush((real)(speed * d.z));
    }
}
