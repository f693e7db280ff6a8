// The matrix over a step, where cells are: laid down, broken down, crosslinked, aligned.
// Equations: gputme/ops/matrix/remodel.py. Voxels are fetched into a block, which is computed many at once.
#include "wide.h"
#include "dither.h"
#include "matrix/deeds.h"
#include "matrix/digest.h"

TME_DEVICE f64 taken(i64* sum) {
    i64 quanta = *sum;
    if (quanta != 0) *sum = 0;
    return quanta * TME_PER_QUANTUM;
}

TME_KERNEL remodel(
    i64 n,                   // cells
    i64 types,               // cell types
    i64 voxels,
    i32 fibres,              // 1: the matrix has fibres
    i32 crosslinks,          // 1: it is crosslinked
    i32 digests,             // substrates that break it down from afar
    i32 motility,            // 1: cells walk
    i32 first,               // least word of the latest appointment
    i64 tick,                // the step's start
    f64 dt,                  // min
    f64 turnover,            // 1/min
    f64 resistance,          // losses are divided by 1 + resistance crosslink
    i64 stride,              // length of a row of ruled
    i64 behaviours,          // behaviours of a type in table
    IN(real) table,          // [types * behaviours]
    IN(i32) slot,            // [behaviours]
    IN(real) ruled,          // [1] row slot[b] holds stride values of behaviour b
    IN(real) barrier,        // [types] share of the speed that is lost straight across fibres
    IN(u8) type,             // [n]
    IN(real) mx,             // [motility * n] unit direction of the present run; 0 before the first
    IN(real) my,             // [motility * n]
    IN(real) mz,             // [motility * n]
    IN(i64) at,              // [n] voxel where a cell is appointed, else -1
    IN(i32) shared,          // [n] first where others have laid sums in its place, else less
    INOUT(i64) sums,         // [n * 8] in the order of DEED_RATE, ...: 2^-32 /min; 0 afterwards
    IN(real) digestion,      // [digests] 1/min per unit of each
    MANY(real) u,            // [digests][voxels] what they are
    INOUT(real) density,     // [voxels]
    INOUT(real) fibre_x,     // [fibres * voxels]
    INOUT(real) fibre_y,     // [fibres * voxels]
    INOUT(real) fibre_z,     // [fibres * voxels]
    INOUT(real) anisotropy,  // [fibres * voxels]
    INOUT(real) crosslink,   // [crosslinks * voxels]
    INOUT(i64) books)        // [2] laid down, broken down: 2^-32 of a full voxel
{
    const Doing of = tme_doing(table, slot, ruled, stride, behaviours, barrier);
    TME_LINES(block, n) {
        i64 cell[TME_LANES], kind[TME_LANES], voxel[TME_LANES], helped[TME_LANES], count = 0, others = 0;
        for (i64 i = block; i < tme_min(block + TME_LANES, n); i++) {
            cell[count] = i;
            kind[count] = type[i];
            voxel[count] = at[i];
            helped[others] = count;
            others += at[i] >= 0 && shared[i] >= first;
            count += at[i] >= 0;
        }
        if (!count) continue;

        real was[TME_LANES], chi[TME_LANES], afar[TME_LANES];
        real a[TME_LANES], fx[TME_LANES], fy[TME_LANES], fz[TME_LANES];
        for (i64 q = 0; q < count; q++) {
            if (q + TME_AHEAD < count) {
                i64 next = voxel[q + TME_AHEAD];
                TME_SOON(density + next);
                if (digests) TME_SOON(u[0] + next);
                TME_SOON(crosslink + next);
                TME_SOON(anisotropy + next);
                TME_SOON(fibre_x + next);
                TME_SOON(fibre_y + next);
                TME_SOON(fibre_z + next);
            }
            i64 v = voxel[q];
            was[q] = density[v];
            afar[q] = tme_digested(digests, digestion, u, v);
            chi[q] = crosslinks ? crosslink[v] : (real)0;
            if (!fibres) continue;
            a[q] = anisotropy[v];
            fx[q] = fibre_x[v];
            fy[q] = fibre_y[v];
            fz[q] = fibre_z[v];
        }

        f64 rate[TME_LANES], pull[TME_LANES], wear[TME_LANES], link[TME_LANES], order[TME_LANES];
        f64 dx[TME_LANES], dy[TME_LANES], dz[TME_LANES];
        const Doers who = {count, kind, cell, tme_alike(count, kind)};
        tme_works(of, who, rate, pull, wear, link);
        if (fibres && motility) {
            real ux[TME_LANES], uy[TME_LANES], uz[TME_LANES];
            TME_EACH(q, count) ux[q] = mx[cell[q]];
            TME_EACH(q, count) uy[q] = my[cell[q]];
            TME_EACH(q, count) uz[q] = mz[cell[q]];
            tme_turns(of, who, ux, uy, uz, fx, fy, fz, a, dx, dy, dz, order);
        } else {
            TME_EACH(q, count) dx[q] = dy[q] = dz[q] = order[q] = 0;
        }
        for (i64 s = 0; s < others; s++) {
            i64 q = helped[s], *sum = sums + 8 * cell[q];
            rate[q] += taken(sum + DEED_RATE);
            pull[q] += taken(sum + DEED_PULL);
            wear[q] += taken(sum + DEED_WEAR);
            dx[q] += taken(sum + DEED_TURN_X);
            dy[q] += taken(sum + DEED_TURN_Y);
            dz[q] += taken(sum + DEED_TURN_Z);
            order[q] += taken(sum + DEED_ORDER);
            link[q] += taken(sum + DEED_LINK);
        }

        u64 noise[TME_LANES];
        real rho[TME_LANES];
        f64 broken[TME_LANES];
        TME_EACH(q, count) {
            noise[q] = tme_mix(tick, (u64)voxel[q]);
            f64 old = was[q], loss = (wear[q] + turnover + afar[q]) / (1.0 + resistance * chi[q]);
            f64 total = rate[q] + loss, per = 1.0 / (total > 0 ? total : 1.0);
            f64 rest = pull[q] * per, gone = 1.0 - tme_exp(-(total * dt));
            real now = tme_share(old + (rest - old) * gone, noise[q], 0);
            rho[q] = total > 0 ? now : was[q];
            broken[q] = loss * (rest * dt + (old - rest) * gone * per);
        }
        if (crosslinks)
            TME_EACH(q, count) {
                real now = tme_share(1.0 - (1.0 - (f64)chi[q]) * tme_exp(-(link[q] * dt)), noise[q], 16);
                chi[q] = link[q] > 0 ? now : chi[q];
            }
        if (fibres)
            TME_EACH(q, count) {
                f64 ordering = order[q], kept = tme_exp(-(ordering * dt)), aligned = a[q];
                real now = tme_share(1.0 - (1.0 - aligned) * kept, noise[q], 32);
                f64 loose = (1.0 - aligned) * (ordering > 0 ? (1.0 - kept) / (ordering > 0 ? ordering : 1.0) : dt);
                a[q] = ordering > 0 ? now : a[q];
                Vector fibre = {fx[q], fy[q], fz[q]}, d = {dx[q], dy[q], dz[q]};
                Vector to = tme_turned(fibre, d, loose);
                bool turns = (d.x != 0) | (d.y != 0) | (d.z != 0);
                fx[q] = turns ? (real)to.x : fx[q];
                fy[q] = turns ? (real)to.y : fy[q];
                fz[q] = turns ? (real)to.z : fz[q];
            }

        i64 laid = 0, lost = 0;
        TME_EACH(q, count) {
            i64 quanta = tme_fixed(broken[q], TME_QUANTA);
            laid += tme_fixed((f64)rho[q] - (f64)was[q], TME_QUANTA) + quanta;
            lost += quanta;
        }
        TME_ADD(&books[0], laid);
        TME_ADD(&books[1], lost);
        for (i64 q = 0; q < count; q++) {
            i64 v = voxel[q];
            density[v] = rho[q];
            if (crosslinks) crosslink[v] = chi[q];
            if (!fibres) continue;
            anisotropy[v] = a[q];
            fibre_x[v] = fx[q];
            fibre_y[v] = fy[q];
            fibre_z[v] = fz[q];
        }
    }
}
