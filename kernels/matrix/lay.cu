// What all cells of a voxel do to the matrix there, as fixed-point sums: gputme/ops/matrix/lay.py.
#include "behaviour.h"
#include "matrix/fibres.h"

#define PER_MINUTE 4294967296.0

TME_DEVICE void add(i64* sums, i64 voxel, f64 value) {
    i64 quanta = tme_fixed(value, PER_MINUTE);
    if (quanta != 0) TME_ADD(&sums[voxel], quanta);
}

TME_KERNEL lay(
    i64 n,                              // cells
    i64 types,                          // cell types
    i64 nx, i64 ny, i64 nz,             // voxels
    real x0, real y0, real z0,          // um, lower corner of the domain
    real per_x, real per_y, real per_z, // 1/um, one over the voxel's sides
    i32 periodic,                       // bit 0: x, 1: y, 2: z
    i32 fibres,                         // 1: the matrix has fibres
    i32 crosslinks,                     // 1: it is crosslinked
    i32 motility,                       // 1: cells walk
    i64 stride,                         // length of a row of ruled
    i64 behaviours,                     // behaviours of a type in table
    IN(real) table,                     // [types * behaviours]
    IN(i32) slot,                       // [behaviours]
    IN(real) ruled,                     // [1] row slot[b] holds stride values of behaviour b
    IN(real) barrier,                   // [types] share of the speed that is lost straight across fibres
    IN(u8) type,                        // [n]
    IN(u8) death,                       // [n]
    IN(real) x,                         // [n] um
    IN(real) y,                         // [n] um
    IN(real) z,                         // [n] um
    IN(real) mx,                        // [motility * n] unit direction of the present run; 0 before the first
    IN(real) my,                        // [motility * n]
    IN(real) mz,                        // [motility * n]
    IN(real) fibre_x,                   // [fibres * nx * ny * nz]
    IN(real) fibre_y,                   // [fibres * nx * ny * nz]
    IN(real) fibre_z,                   // [fibres * nx * ny * nz]
    IN(real) anisotropy,                // [fibres * nx * ny * nz]
    INOUT(i64) rate,                    // [nx * ny * nz] 2^-32 /min
    INOUT(i64) pull,                    // [nx * ny * nz] 2^-32 /min
    INOUT(i64) wear,                    // [nx * ny * nz] 2^-32 /min
    INOUT(i64) turn_x,                  // [fibres * nx * ny * nz] 2^-32 /min
    INOUT(i64) turn_y,                  // [fibres * nx * ny * nz] 2^-32 /min
    INOUT(i64) turn_z,                  // [fibres * nx * ny * nz] 2^-32 /min
    INOUT(i64) order,                   // [fibres * nx * ny * nz] 2^-32 /min
    INOUT(i64) link)                    // [crosslinks * nx * ny * nz] 2^-32 /min
{
    TME_FOR(i, n) {
        if (death[i]) continue;
        i64 t = type[i];
        i64 v = tme_voxel_of(x[i], y[i], z[i], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic);
        f64 produced = tme_behaviour(table, slot, ruled, stride, behaviours, t, B_ECM_PRODUCTION, i);
        add(rate, v, produced);
        add(pull, v, produced * tme_behaviour(table, slot, ruled, stride, behaviours, t, B_ECM_TARGET, i));
        add(wear, v, tme_behaviour(table, slot, ruled, stride, behaviours, t, B_ECM_DEGRADATION, i));
        if (crosslinks) add(link, v, tme_behaviour(table, slot, ruled, stride, behaviours, t, B_ECM_CROSSLINKING, i));
        if (!fibres || !motility) continue;
        Vector m = {mx[i], my[i], mz[i]}, f = {fibre_x[v], fibre_y[v], fibre_z[v]};
        f64 speed = tme_behaviour(table, slot, ruled, stride, behaviours, t, B_SPEED, i), a = anisotropy[v];
        if (!(tme_behaviour(table, slot, ruled, stride, behaviours, t, B_MOVABLE, i) > 0)) continue;
        f64 sign = tme_upright(f);
        f.x = f.x * sign;
        f.y = f.y * sign;
        f.z = f.z * sign;
        f64 guidance = tme_behaviour(table, slot, ruled, stride, behaviours, t, B_GUIDANCE, i);
        Fibre among = {f, guidance * a, (f64)barrier[t] * a};
        Vector way = tme_way(among, m);
        f64 against = tme_dot(way, f) < 0 ? -1.0 : 1.0;
        f64 turning = tme_behaviour(table, slot, ruled, stride, behaviours, t, B_ECM_ALIGNMENT, i) * speed;
        add(turn_x, v, turning * (way.x * against));
        add(turn_y, v, turning * (way.y * against));
        add(turn_z, v, turning * (way.z * against));
        f64 walked = speed * tme_sqrt(tme_dot(way, way));
        add(order, v, tme_behaviour(table, slot, ruled, stride, behaviours, t, B_ECM_ORDERING, i) * walked);
    }
}
