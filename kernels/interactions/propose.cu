// What each actor does next to another cell, and when. Equations: gputme/ops/interactions/propose.py.
#include "interactions/meetings.h"
#include "neighbours/neighbours.h"

#define TME_SHORTEST 1e-3  // min, of a hold

TME_KERNEL propose(
    i64 n,                      // cells
    i64 m,                      // actors
    i64 round,
    u64 seed,
    i64 tick,                   // the step's start
    i64 end,                    // tick at which it ends
    i64 types,                  // cell types
    i64 stride,                 // length of a row of ruled
    i64 behaviours,             // behaviours of a type in table
    i32 attack,                 // 1: cells may attack others
    i32 blunting,               // 1: some that do damage may lack effect
    i32 eats,                   // 1: they may eat others
    i32 fuses,                  // 1: they may fuse with others
    i64 attack_to,              // number of the behaviour "attack type 0"
    i64 immunogenicity_to,      // number of the behaviour "immunogenicity to type 0"
    i64 eat_to,                 // number of the behaviour "phagocytose type 0"
    i64 fuse_to,                // number of the behaviour "fuse to type 0"
    i64 nx, i64 ny, i64 nz,     // bins
    real lx, real ly, real lz,  // um, lower corner of the first bin
    real bx, real by, real bz,  // 1/um, bins per length
    real wx, real wy, real wz,  // um, period of an axis; 0: walls
    real widest,                // um, the largest reach
    IN(real) table,             // [types * behaviours]
    IN(i32) slot,               // [behaviours]
    IN(real) ruled,             // [1] row slot[b] holds stride values of behaviour b
    IN(i32) needed,             // [types] hits that kill; 0: it does damage
    IN(u8) ends,                // [types] how a hold ends
    IN(u8) weighted,            // [types] whether hits, too, go by the immunogenicity of the one that is held
    IN(f64) beyond,             // [types] um, distance from which on nobody is seized; 0: as far as cells reach
    IN(f64) fade,               // [types] 1/um, by how much of itself the rate grows inwards from there
    IN(i64) start,              // [nx * ny * nz + 1] first place of each bin
    IN(i32) order,              // [n] cell at each place
    IN(real) sx,                // [n] um, by place
    IN(real) sy,                // [n] um
    IN(real) sz,                // [n] um
    IN(real) reach,             // [n] um, adhesion distance, by place
    IN(i32) seat,               // [n] place of each cell
    IN(i64) actors,             // [m] cells
    IN(u64) id,                 // [n]
    IN(u8) type,                // [n]
    IN(u8) death,               // [n]
    IN(u8) mark,                // [n] 2: it is gone
    IN(i64) doom,               // [n] tick at which it is killed; 0: it is not
    INOUT(u64) held_id,         // [attack * n] id of the cell that it holds; 0: none
    INOUT(i64) held_since,      // [attack * n] tick
    INOUT(real) delivered,      // [attack * n] damage
    INOUT(i64) attack_time,     // [attack * n] ticks
    INOUT(i64) harm,            // [attack * n] damage in this step
    INOUT(i64) blunted,         // [blunting * n] of it by attackers, as far as they lack effect
    INOUT(i64) held_for,        // [blunting * n] ticks for which attackers held it with damage in this step, added up
    INOUT(i32) at,              // [m] the cell that it holds; -1: none
    INOUT(i64) when,            // [m] tick of its next event
    INOUT(i32) whom,            // [m] the other cell
    INOUT(u8) what,             // [m] MEETING_
    INOUT(i64) clock,           // [m] tick from which on that was drawn
    INOUT(i64) standing)        // [1] events that stand
{
    Bins bins = {nx, ny, nz, wx, wy, wz, start};
    Corner corner = {lx, ly, lz, bx, by, bz};
    Packed cells = {sx, sy, sz, reach, reach};
    Books books = {delivered, attack_time, harm, blunting, blunted, held_for};
    TME_FOR(r, m) {
        i64 i = actors[r], now = tick, kind = type[i];
        if (round > 1) {
            i64 held = at[r] < 0 ? 0 : doom[at[r]], other = whom[r] < 0 ? 0 : doom[whom[r]];
            now = clock[r];
            if (when[r] != TME_AGAIN) {
                if (held > 0 && held <= when[r]) now = tme_max(now + 1, held);  // it is free
                else if (when[r] != TME_NEVER && whom[r] >= 0 && (mark[whom[r]] == TME_GONE || (other > 0 && other <= when[r])))
                    now = when[r];  // its event is void
                else {
                    if (mark[i] == TME_GONE || (doom[i] > 0 && doom[i] <= when[r])) when[r] = TME_NEVER;
                    if (when[r] != TME_NEVER) TME_ADD(standing, 1);
                    continue;
                }
            }
        }
        i64 final = mark[i] == TME_GONE ? tick : (doom[i] > 0 ? tme_min(doom[i] - 1, end) : end);
        f64 lasts = tme_behaviour(table, slot, ruled, stride, behaviours, kind, B_ATTACK_DURATION, i);
        when[r] = TME_NEVER, whom[r] = -1, what[r] = 0;
        for (bool more = true; more;) {
            i64 j = at[r], killed = j < 0 ? 0 : doom[j], stop = killed > 0 ? tme_min(killed - 1, final) : final;
            i64 due = TME_NEVER;
            f64 reaching = 0, leaving = 0, hits = 0;
            if (j >= 0) {
                if (ends[kind] == TME_RANDOM) leaving = 1.0 / tme_max(lasts, TME_SHORTEST);
                if (ends[kind] == TME_FIXED_END)
                    due = tme_max(now, held_since[i] + (i64)tme_max(tme_floor(lasts * TME_TICKS + 0.5), 1.0));
                if (needed[kind] > 0)
                    hits = tme_behaviour(table, slot, ruled, stride, behaviours, kind, B_ATTACK_HITS, i);
                if (weighted[kind])
                    hits = hits * tme_behaviour(table, slot, ruled, stride, behaviours, type[j],
                                                immunogenicity_to + kind, j);
            }
            // every neighbour, with the rate of each thing that may be done to it
            auto each = [&](auto visit) {
                tme_reachable(bins, corner, cells, reach, seat[i], widest, [&](i64 k, real dx, real dy, real dz) {
                    i64 o = order[k], to = type[o];
                    if (mark[o] == TME_GONE || (doom[o] > 0 && doom[o] <= now)) return;
                    auto rate = [&](i64 b) {
                        return (f64)tme_behaviour(table, slot, ruled, stride, behaviours, kind, b, i);
                    };
                    if (attack && j < 0 && !death[o]) {
                        f64 factor = tme_behaviour(table, slot, ruled, stride, behaviours, to, immunogenicity_to + kind, o);
                        f64 seizes = rate(attack_to + to) * factor;
                        if (beyond[kind] > 0) {
                            real d2 = dx * dx + dy * dy;
                            d2 = d2 + dz * dz;
                            f64 share = (beyond[kind] - tme_sqrt((f64)d2)) * fade[kind];
                            seizes = seizes * tme_max(tme_min(share, 1.0), 0.0);
                        }
                        visit(o, MEETING_SEIZE, seizes);
                    }
                    if (eats) {
                        i32 by = death[o] == APOPTOTIC ? B_EAT_APOPTOTIC : B_EAT_NECROTIC;
                        visit(o, MEETING_EAT, death[o] ? rate(B_EAT_DEAD) + rate(by) : rate(eat_to + to));
                    }
                    if (fuses && !death[o]) visit(o, MEETING_FUSE, rate(fuse_to + to));
                });
            };
            if (j < 0 || eats || fuses) each([&](i64, i32, f64 rate) { reaching = reaching + rate; });
            f64 total = reaching + leaving + hits;
            i64 window = tme_min(stop, due) - now;
            Words w = tme_random(seed, now, id[i], STREAM_MEET, 0);
            f64 u = tme_uniform(w.a), wait = 4e18;  // -log(1 - u) > u: else it waits longer
            if (window > 0 && u < total * (f64)window * (1.0 / TME_TICKS))
                wait = -tme_log(1.0 - u) / total * TME_TICKS;
            more = false;
            if (wait < (f64)window) {
                f64 v = tme_uniform(w.b) * total, sum = 0;
                i64 chosen = -1, t = now + (i64)tme_floor(wait) + 1;
                i32 doing = v < reaching + leaving ? MEETING_RELEASE : MEETING_HIT;
                if (v < reaching)
                    each([&](i64 o, i32 way, f64 rate) {
                        sum = sum + rate;
                        if (chosen < 0 && v < sum) chosen = o, doing = way;
                    });
                if (chosen >= 0 && doom[chosen] > 0 && doom[chosen] <= t) {  // void
                    now = t, more = true;
                } else {
                    when[r] = t, whom[r] = (i32)(chosen >= 0 ? chosen : j), what[r] = (u8)doing;
                }
            } else if (due <= stop) {
                when[r] = due, what[r] = MEETING_RELEASE, whom[r] = (i32)j;
            } else if (stop < final) {  // the cell that it holds is killed
                Rates mine = {table, slot, ruled, stride, behaviours, kind, i};
                tme_book(books, mine, j, held_since[i], killed, tick, needed[kind] == 0);
                held_id[i] = 0, held_since[i] = 0, at[r] = -1;
                now = tme_max(killed, now), more = true;
            }
        }
        clock[r] = now;
        if (when[r] != TME_NEVER) TME_ADD(standing, 1);
    }
}
