// Stochastic cell fate: competing hazards, events at their own times. Equations: gputme/ops/fate/fate.py.
#include "fate/hazard.h"
#include "fate/relax.h"

TME_KERNEL fate(
    i64 n,                   // cells
    i64 types,               // cell types
    u64 seed,
    i64 tick,                // the step's start
    i64 end,                 // tick at which the step ends
    i32 injures,             // 1: some cell is damaged
    i32 mortal,              // 1: some type has a lifespan
    i32 meeting,             // 1: others may kill cells
    i32 attack,              // 1: others may damage cells
    i32 blunting,            // 1: some of those may lack effect
    i32 necrosis,            // 1: cells have a volume of rupture
    i32 calcification,       // 1: cells have a calcified fraction
    i32 switching,           // 1: some cells stay in their phase as they turn into another type
    i32 resets,              // 1: those that turn into another type lose damage and plain variables
    i64 customs,             // custom variables
    i64 stride,              // length of a row of ruled
    i64 behaviours,          // behaviours of a type in table
    i64 transitions,         // number of the behaviour "transition to type 0"; 0: no type turns into another
    i64 natural,             // row of custom that holds the cells' own rates of apoptosis without rules; -1: the types'
    IN(real) table,          // [types * behaviours]
    IN(i32) slot,            // [behaviours]
    INOUT(real) ruled,       // [1] row slot[b] holds stride values of behaviour b
    IN(i32) phases,          // [types * 6] bits: 1 fixed duration, 2 grows, 4 divides on leaving
    IN(i32) following,       // [types * 6] the next phase
    IN(f64) spread,          // [types * 6] standard deviation of a fixed duration, as a fraction of it
    IN(f64) lifespan,        // [types] ticks from birth to apoptosis; negative: none
    IN(f64) lifespan_spread, // [types] its standard deviation, as a fraction of it
    IN(i64) lasting,         // [types * 2] ticks until an apoptotic, a necrotic cell is removed
    IN(real) target,         // [types] um3, nuclear solids of a newborn
    IN(real) burst,          // [types] a necrotic cell bursts at this multiple of its volume at death
    IN(i32) cycle,           // [types] equal where the cycles are the same
    IN(u8) plain,            // [types * customs] variables that are reset
    IN(real) fresh,          // [types * customs] to these values
    IN(f64) rates,           // [types * 24] of the volumes, six numbers per type and state
    IN(u64) id,              // [n]
    IN(i64) birth,           // [n] tick
    IN(i64) doom,            // [meeting * n] tick at which another kills it; 0: nobody does
    IN(i64) harm,            // [attack * n] damage by others in the step
    IN(i64) blunted,         // [blunting * n] of it by attackers, as far as they lack effect
    IN(i64) held_for,        // [blunting * n] ticks for which attackers held it with damage in the step, added up
    INOUT(real) fluid,       // [n] um3
    INOUT(real) nuclear,     // [n] um3
    INOUT(real) cytoplasmic, // [n] um3
    INOUT(real) calcified,   // [calcification * n]
    INOUT(real) damage,      // [injures * n]
    INOUT(u8) type,          // [n]
    INOUT(u8) phase,         // [n]
    INOUT(i64) phase_start,  // [n] tick
    INOUT(i64) fate_time,    // [n] tick up to which events have been drawn
    INOUT(i64) carried,      // [switching * n] tick of the last event, where that is not phase_start
    INOUT(u8) death,         // [n]
    INOUT(real) nuclear_target,  // [n] um3
    INOUT(real) rupture,     // [necrosis * n] um3
    INOUT(real) custom,      // [1] rows of custom variables
    INOUT(u8) mark,          // [n] of cells with an open window: 0 nothing, 1 divides, 2 is removed
    INOUT(i64) counts)       // [6] births, apoptoses, necroses, transitions, removals, kills
{
    TME_LINES(block, n) {
        f64 hazard[TME_LANES];  // integrated over the window
        u8 busy[TME_LANES];     // whether something may happen: the few take the long way
        i64 first = end;
        TME_LANE(i, block, n) first = tme_min(first, fate_time[i]);
        if (first >= end) continue;  // no window is open here
        TME_LANE(i, block, n) {
            i64 t = type[i], p = t * TME_PHASES + phase[i];
            bool open = fate_time[i] < end;
            f64 window = (f64)(end - fate_time[i]), past = (f64)(end - phase_start[i]);
            Rates r = {table, slot, ruled, stride, behaviours, t, i};
            f64 leaving = tme_rate(r, B_EXIT + phase[i]);
            bool fixed = phases[p] & TME_FIXED;
            f64 total = tme_rate(r, B_APOPTOSIS) + tme_rate(r, B_NECROSIS);
            total = total + (fixed ? 0.0 : leaving);
            for (i64 k = 0; transitions && k < types; k++) total = total + tme_rate(r, transitions + k);
            bool over = phase_start[i] + lasting[t * 2 + (death[i] > APOPTOTIC)] <= end, alive = death[i] == 0;
            // a duration's draw lies within 6.8 standard deviations
            bool due = fixed & ((past + 1.0) * leaving >= 1023.0 * (1.0 - 6.8 * spread[p]));
            busy[i - block] = open & ((alive & due) | (!alive & over));  // without branches: phases are mixed
            hazard[i - block] = open & alive ? total * window * (1.0 / 1024) : 0.0;
            mark[i] = open ? 0 : mark[i];
        }
        if (mortal) TME_LANE(i, block, n) {  // a loop of its own: it costs nothing where nobody has a lifespan
            f64 least = lifespan[type[i]] * (1.0 - 6.8 * lifespan_spread[type[i]]), age = (f64)(end - birth[i]);
            bool old = (lifespan[type[i]] >= 0) & (age + 1.0 >= least);
            busy[i - block] |= old & (death[i] == 0) & (fate_time[i] < end);
        }
        if (meeting) TME_LANE(i, block, n) {
            busy[i - block] |= (doom[i] > 0) & (death[i] == 0) & (fate_time[i] < end);
        }
        TME_LANE(i, block, n) {  // -log(1 - u) > u: no event within the window unless u < its hazard
            f64 u = tme_uniform(tme_random(seed, fate_time[i], id[i], STREAM_FATE, 0).a);
            busy[i - block] |= u < hazard[i - block];
        }
        TME_LANE(i, block, n) {
            i64 now = fate_time[i];
            fate_time[i] = tme_max(now, end);
            while (busy[i - block] && now < end) {
                i64 t = type[i], p = t * TME_PHASES + phase[i];
                if (death[i]) {
                    if (phase_start[i] + lasting[t * 2 + (death[i] > APOPTOTIC)] <= end) {
                        mark[i] = 2;
                        TME_ADD(counts + TME_REMOVALS, 1);
                    }
                    break;
                }
                Rates r = {table, slot, ruled, stride, behaviours, t, i};
                bool fixed = phases[p] & TME_FIXED;
                f64 leaving = tme_rate(r, B_EXIT + phase[i]);
                i64 due = TME_NEVER;
                if (fixed) due = tme_max(now, tme_due(leaving, spread[p], phase_start[i], seed, id[i]));
                i64 expiry = TME_NEVER;
                if (mortal)
                    expiry = tme_max(now, tme_expiry(lifespan[t], lifespan_spread[t], birth[i], seed, id[i]));
                i64 doomed = meeting && doom[i] > 0 ? tme_max(now, doom[i]) : TME_NEVER;
                i64 soonest = tme_min(tme_min(due, expiry), doomed);
                f64 apoptosis = tme_rate(r, B_APOPTOSIS);
                if (blunting) {  // never more than was looked at above
                    f64 own = natural < 0 ? table[t * behaviours + B_APOPTOSIS] : custom[natural * stride + i];
                    f64 falls = tme_bluntness(blunted[i], harm[i], held_for[i], tick, end);
                    apoptosis = apoptosis - falls * tme_max(apoptosis - own, 0.0);
                }
                f64 dying = apoptosis + tme_rate(r, B_NECROSIS);
                f64 lasts = dying + (fixed ? 0.0 : leaving), total = lasts;
                for (i64 k = 0; transitions && k < types; k++) total = total + tme_rate(r, transitions + k);
                Words w = tme_random(seed, now, id[i], STREAM_FATE, 0);
                f64 wait = total > 0 ? -tme_log(1.0 - tme_uniform(w.a)) / total * 1024.0 : 4e18;
                bool drawn = wait < (f64)(tme_min(soonest, end) - now);
                if (!drawn && soonest > end) break;
                now = drawn ? now + (i64)tme_floor(wait) + 1 : soonest;
                // which one: else another kills it, a lifespan is over, or a phase that is due ends
                bool killed = !drawn && doomed <= due && doomed <= expiry;
                f64 v = drawn ? tme_uniform(w.b) * total : killed || expiry < due ? -1.0 : dying;
                i64 since = tme_max(tick, switching ? carried[i] : phase_start[i]);
                if (now > since) {  // as the cell was until now
                    u64 bits = tme_mix(since, id[i]);
                    f64 k = calcification ? calcified[i] : (real)0;
                    Volumes to = {fluid[i], nuclear[i], cytoplasmic[i], k};
                    to = tme_relax(rates + t * TME_STATES * TME_RATES, now - since, to, nuclear_target[i]);
                    fluid[i] = tme_flush(tme_dither(to.fluid, bits, 0));
                    nuclear[i] = tme_flush(tme_dither(to.nuclear, bits, 16));
                    cytoplasmic[i] = tme_flush(tme_dither(to.cytoplasmic, bits, 32));
                    if (calcification) calcified[i] = tme_flush(tme_dither(to.calcified, bits, 48));
                    if (injures) {
                        f64 dt = (f64)(now - since) * (1.0 / TME_TICKS);
                        f64 rate = tme_rate(r, B_DAMAGE_RATE);
                        if (attack) rate = rate + tme_harmed(harm[i], tick, end);
                        f64 to = tme_damaged(damage[i], rate, tme_rate(r, B_DAMAGE_REPAIR), dt);
                        damage[i] = tme_flush(tme_dither(to, bits, 0));
                    }
                }
                i64 began = phase_start[i];
                phase_start[i] = now;
                if (switching) carried[i] = now;
                if (v < dying) {
                    bool apoptotic = v < apoptosis;
                    death[i] = apoptotic ? APOPTOTIC : NECROTIC;
                    nuclear_target[i] = 0;
                    if (necrosis) rupture[i] = burst[t] * (fluid[i] + nuclear[i] + cytoplasmic[i]);
                    if (killed) TME_ADD(counts + TME_KILLS, 1);
                    TME_ADD(counts + (apoptotic ? TME_APOPTOSES : TME_NECROSES), 1);
                } else if (!drawn || v < lasts) {
                    phase[i] = (u8)following[p];
                    bool grows = phases[t * TME_PHASES + following[p]] & TME_GROWS;
                    if (grows) nuclear_target[i] = nuclear_target[i] * 2;
                    if (phases[p] & TME_DIVIDES) {
                        mark[i] = 1;
                        fate_time[i] = now;
                        TME_ADD(counts + TME_BIRTHS, 1);
                        break;
                    }
                } else {
                    for (i64 k = 0; k < types && v >= lasts; k++) {
                        lasts = lasts + tme_rate(r, transitions + k);
                        type[i] = (u8)k;
                    }
                    i64 into = type[i];
                    bool kept = switching && cycle[t] == cycle[into];
                    if (kept) phase_start[i] = began;
                    else phase[i] = 0;
                    if (kept && target[t] > 0) nuclear_target[i] = nuclear_target[i] * (target[into] / target[t]);
                    else nuclear_target[i] = target[into];
                    if (resets && injures) damage[i] = 0;
                    for (i64 c = 0; resets && c < customs; c++)
                        if (plain[into * customs + c]) custom[c * stride + i] = fresh[into * customs + c];
                    for (i64 b = 0; b < behaviours; b++)  // until rules look at it, it does what its type does
                        if (slot[b] >= 0) ruled[slot[b] * stride + i] = table[into * behaviours + b];
                    TME_ADD(counts + TME_TRANSITIONS, 1);
                }
            }
        }
    }
}
