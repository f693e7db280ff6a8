// Persistent biased random walk, exact for any step: gputme/ops/motion/motility.py.
#include "behaviour.h"
#include "motion/sphere.h"
#include "motion/walk.h"

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
    Behaviour speeds = tme_prepare(table, slot, ruled, stride, behaviours, B_SPEED);
    Behaviour biases = tme_prepare(table, slot, ruled, stride, behaviours, B_BIAS);
    Behaviour times = tme_prepare(table, slot, ruled, stride, behaviours, B_PERSISTENCE);
    Behaviour movables = tme_prepare(table, slot, ruled, stride, behaviours, B_MOVABLE);
    TME_LINES(block, n) {
        real pace[TME_LANES], persistence[TME_LANES];
        u8 turns[TME_LANES];  // whether a cell needs more than one straight way: few do
        TME_LANE(i, block, n) {
            i64 t = type[i];
            real speed = tme_value(speeds, t, i);
            bool moves = (death[i] == 0) & (speed > 0) & (tme_value(movables, t, i) > 0);
            pace[i - block] = moves ? speed : (real)0;
            persistence[i - block] = tme_max(tme_value(times, t, i), (real)1e-6);
        }
        TME_LANE(i, block, n) {  // without branches: a vector loop
            f64 s = pace[i - block], T = persistence[i - block];
            f64 u = tme_uniform(tme_random(seed, tick, id[i], STREAM_MOTILITY, 0).a);
            bool begun = (mx[i] != 0) | (my[i] != 0) | (mz[i] != 0);
            bool straight = begun & (dt <= 10 * T) & (u * T >= dt);  // no run ends: -log(1 - u) > u
            turns[i - block] = (s > 0) & !straight;
            dx[i] = tme_flush((real)(s * (dt * mx[i])));
            dy[i] = tme_flush((real)(s * (dt * my[i])));
            dz[i] = tme_flush((real)(s * (dt * mz[i])));
        }
        TME_LANE(i, block, n) {
            if (!turns[i - block]) continue;
            i64 t = type[i];
            f64 s = pace[i - block], T = persistence[i - block], bias = tme_value(biases, t, i);
            bool weak = graded[t] != 0, flat = planar != 0;
            Walk walk = tme_walk(bias, bx[i], by[i], bz[i], T, weak, flat, seed, tick, id[i]);
            Vector m = {mx[i], my[i], mz[i]}, d;
            if (m.x == 0 && m.y == 0 && m.z == 0) m = tme_first(walk);
            Words words = tme_draw(walk, 0);
            d = dt > 10 * T ? tme_far(walk, words, dt, &m) : tme_near(walk, words, dt, &m);
            mx[i] = (real)m.x;
            my[i] = (real)m.y;
            mz[i] = (real)m.z;
            dx[i] = tme_flush((real)(s * d.x));
            dy[i] = tme_flush((real)(s * d.y));
            dz[i] = tme_flush((real)(s * d.z));
        }
    }
}
