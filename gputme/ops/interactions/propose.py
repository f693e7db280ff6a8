r"""What each actor does next to another cell, and when: competing hazards, as in ``fate``.

A cell that holds none seizes a living neighbour j at the rate a_ij g_ji (its rate of attacking that type, times j's
immunogenicity to its own), each neighbour by itself; where its type seizes nobody beyond a distance L, times
clamp((L - |x_i - x_j|) fade, 0, 1). It eats a neighbour at its rate for that kind of death or for living cells of that
type, and fuses with a living one at its rate for the type. One that holds a cell hits it at its rate of hits, times
g_ji where its type says so, and lets it go at 1 / duration, or after exactly that time. With the total rate R the next
event is at

    t = -\ln(1 - u) / R,   and it is event j with probability r_j / R (a second number picks it).

An actor draws anew from its own event on. What happens to others in the meantime changes nothing for it, but that

* an event with a cell that was killed before is void: the actor draws anew from that time on, without this cell;
* an actor that holds a cell that is killed is free from then on, and draws anew;
* an actor that is killed itself does nothing from then on, and one that is eaten nothing more at all.

Whether an actor draws anew never depends on what it had drawn beyond that time, so that its rates stay what they are.
Numbers are keyed by the time from which on they are drawn, which no cell has twice.
"""

from __future__ import annotations

import numpy as np

from gputme.columns import NEVER, TICKS, Death, Meeting
from gputme.maths import log
from gputme.ops.behaviour import behaviour_of
from gputme.ops.interactions._meetings import AGAIN, GONE, Ends, book, example_actors, let_go
from gputme.ops.neighbours._neighbours import Grid, reachable
from gputme.rng import Stream, random_words, uniform
from gputme.vocabulary import Behaviours

__all__ = ["AGREEMENT", "GRAIN", "example", "propose"]

AGREEMENT = "bitwise"
GRAIN = 32
SHORTEST = 1e-3  # min, of a hold


def propose(
    n, m, round, seed, tick, end, types, stride, behaviours, attack, blunting, eats, fuses, attack_to,
    immunogenicity_to, eat_to, fuse_to, nx, ny, nz, lx, ly, lz, bx, by, bz, wx, wy, wz, widest, table, slot, ruled,
    needed, ends, weighted, beyond, fade, start, order, sx, sy, sz, reach, seat, actors, id, type, death, mark, doom,
    held_id, held_since, delivered, attack_time, harm, blunted, held_for, at, when, whom, what, clock, standing,
):  # fmt: skip
    """Write when, whom, what (m,) of the actors that draw anew, all in round 1; adds to standing (1,) how many events
    stand. clock (m,): tick from which on it was drawn; needed, ends (types,): hits that kill (0: damage), how holds
    end; weighted (types,): whether immunogenicity weighs hits, too; beyond, fade (types,): um, distance from which on
    nobody is seized (0: as far as cells reach), and 1/um, by how much of itself the rate grows from there inwards."""
    mine = actors[:m]
    if round == 1:
        clock[:m] = tick
    live = np.arange(m) if round == 1 else _anew(mine, mark, doom, at[:m], when[:m], whom[:m], clock[:m])
    when[live], whom[live], what[live] = NEVER, -1, 0
    where = (table, slot, ruled, stride, behaviours, type)
    grid, corner = Grid((nx, ny, nz), (wx, wy, wz), start), (lx, ly, lz, bx, by, bz)
    here, widest = (sx[:n], sy[:n], sz[:n], reach[:n]), reach.dtype.type(widest)
    while len(live):
        i, now, held = mine[live], clock[live], at[live]
        holds, kind = held >= 0, type[i]
        final = np.where(doom[i] > 0, np.minimum(doom[i] - 1, end), end)
        final[mark[i] == GONE] = tick
        killed = _doom_of(held, doom)
        stop = np.where(killed > 0, np.minimum(killed - 1, final), final)

        # neighbours, one after the other, and the rates of what may be done to each
        some = np.arange(len(live)) if eats or fuses else np.flatnonzero(~holds)
        found = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
        for f, k, *apart in reachable(grid, corner, seat[i[some]], *here, widest):
            f, k = some[f], order[k].astype(np.int64)
            there = (mark[k] != GONE) & ((doom[k] == 0) | (doom[k] > now[f]))
            share = _nearness(beyond[kind[f]], fade[kind[f]], *apart)
            found.append((f[there], k[there], share[there]))
        a, b, share = (np.concatenate(v) for v in zip(*found))
        dead, who = death[b], i[a]
        ways = []
        if attack:
            rate = _towards(where, attack_to, type[b], who) * _towards(where, immunogenicity_to, kind[a], b) * share
            ways.append((Meeting.SEIZE, np.where((dead == Death.ALIVE) & ~holds[a], rate, 0.0)))
        if eats:
            ways.append((Meeting.EAT, _appetite(where, eat_to, type[b], dead, who)))
        if fuses:
            rate = _towards(where, fuse_to, type[b], who)
            ways.append((Meeting.FUSE, np.where(dead == Death.ALIVE, rate, 0.0)))
        doing = np.tile(np.array([way for way, _ in ways], np.uint8), len(a))
        rate = np.array([rates for _, rates in ways]).reshape(len(ways), len(a)).T.ravel()
        a, b = np.repeat(a, len(ways)), np.repeat(b, len(ways))
        reaching = np.zeros(len(live))
        np.add.at(reaching, a, rate)

        # what a holder does
        lasts = _rate(where, Behaviours.ATTACK_DURATION, i)
        leaving = np.where(holds & (ends[kind] == Ends.RANDOM), 1.0 / np.maximum(lasts, SHORTEST), 0.0)
        hits = np.where(holds & (needed[kind] > 0), _rate(where, Behaviours.ATTACK_HITS, i), 0.0)
        some = np.flatnonzero(holds & (weighted[kind] > 0))
        hits[some] *= _towards(where, immunogenicity_to, kind[some], held[some])
        total = reaching + leaving + hits
        fixed = holds & (ends[kind] == Ends.FIXED)
        lasting = np.maximum(np.floor(lasts * TICKS + 0.5), 1.0).astype(np.int64)
        due = np.where(fixed, np.maximum(now, (held_since[i] if attack else 0) + lasting), NEVER)

        words = random_words(seed, now, id[i], Stream.MEET, 0)
        u, window = uniform(words[0]), np.minimum(stop, due) - now
        wait = np.full(len(live), 4e18)
        close = (window > 0) & (u < total * window * (1.0 / TICKS))  # -log(1 - u) > u: the others wait longer
        wait[close] = -log(1.0 - u[close]) / total[close] * TICKS
        happens = wait < window
        v = uniform(words[1]) * total
        t = now + np.floor(np.where(happens, wait, 0.0)).astype(np.int64) + 1
        entry = np.where(happens, _first_beyond(len(live), a, rate, v), -1)
        other = np.where(entry >= 0, np.append(b, -1)[entry], held)
        reaches = entry >= 0
        releases = ~reaches & (happens & (v < reaching + leaving) | ~happens & (due <= stop))
        void = reaches & (_doom_of(other, doom) > 0) & (_doom_of(other, doom) <= t)
        clock[live[void]] = t[void]
        stands = (happens | releases) & ~void
        r = live[stands]
        when[r], whom[r] = np.where(happens, t, due)[stands], other[stands]
        held_on = np.where(releases, Meeting.RELEASE, Meeting.HIT)
        what[r] = np.where(reaches, np.append(doing, 0)[entry], held_on)[stands]

        freed = ~stands & ~void & (stop < final)
        clock[live[freed]] = np.maximum(killed, now)[freed]
        f, j = i[freed], held[freed]
        books = (blunting, held_since, delivered, attack_time, harm, blunted, held_for)
        book(f, j, doom[j], tick, where, needed, *books)
        let_go(f, held_id, held_since)
        at[live[freed]] = -1
        live = live[void | freed]
    standing[0] += np.count_nonzero(when[:m] < NEVER)


def _anew(mine, mark, doom, at, when, whom, clock) -> np.ndarray:
    """Actors that draw anew after a round, their clocks set to the time from which on; when: of those who do not."""
    done, gone = when == AGAIN, mark[mine] == GONE
    held, other, own = _doom_of(at, doom), _doom_of(whom, doom), doom[mine]
    freed = ~done & (held > 0) & (held <= when)
    clock[freed] = np.maximum(clock[freed] + 1, held[freed])
    void = ~done & ~freed & (whom >= 0) & ((other > 0) & (other <= when) | (mark[np.maximum(whom, 0)] == GONE))
    void &= when < NEVER
    clock[void] = when[void]
    when[~done & ~freed & ~void & (gone | (own > 0) & (own <= when))] = NEVER
    return np.flatnonzero(done | freed | void)


def _doom_of(cells: np.ndarray, doom: np.ndarray) -> np.ndarray:
    """When each of the cells (-1: none) is killed, 0: it is not."""
    return np.where(cells >= 0, doom[np.maximum(cells, 0)], 0)


def _nearness(beyond, fade, dx, dy, dz) -> np.ndarray:
    """The share of its rate that each distance leaves."""
    d2 = dx * dx + dy * dy
    d2 = d2 + dz * dz
    line = (beyond - np.sqrt(d2.astype(np.float64))) * fade
    return np.where(beyond > 0, np.maximum(np.minimum(line, 1.0), 0.0), 1.0)


def _rate(where: tuple, b: int, cells: np.ndarray) -> np.ndarray:
    return behaviour_of(*where, b, cells).astype(np.float64)


def _towards(where: tuple, first: int, which: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """The behaviour of the cells towards a type each, numbers counted from the ``first`` type's."""
    rate = np.zeros(len(cells))
    for b in np.unique(which):
        some = which == b
        rate[some] = _rate(where, first + int(b), cells[some])
    return rate


def _appetite(where: tuple, eat_to: int, kinds: np.ndarray, dead: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """The rates at which the cells eat others of these types and states."""
    apoptotic, necrotic = (_rate(where, b, cells) for b in (Behaviours.EAT_APOPTOTIC, Behaviours.EAT_NECROTIC))
    by_death = np.where(dead == Death.APOPTOTIC, apoptotic, necrotic)
    alive = _towards(where, eat_to, kinds, cells)
    return np.where(dead == Death.ALIVE, alive, _rate(where, Behaviours.EAT_DEAD, cells) + by_death)


def _first_beyond(count: int, a: np.ndarray, rate: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Per row the first of its entries (a: the row of each, ascending) at which the running sum passes v, -1: none."""
    chosen, sums = np.full(count, -1), np.zeros(count)
    nth = np.arange(len(a)) - np.searchsorted(a, a)
    for k in range(int(nth.max(initial=-1)) + 1):
        entry = np.flatnonzero(nth == k)
        row = a[entry]
        sums[row] += rate[entry]
        passes = (chosen[row] < 0) & (v[row] < sums[row])
        chosen[row[passes]] = entry[passes]
    return chosen


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells of three types that attack each other, in the middle of a step."""
    e = example_actors(size, rng, real)
    count = Behaviours(1, 3, 0)
    names = (
        "n", "m", "round", "seed", "tick", "end", "types", "stride", "behaviours", "nx", "ny", "nz", "lx", "ly", "lz",
        "bx", "by", "bz", "wx", "wy", "wz", "widest", "table", "slot", "ruled", "needed", "ends", "weighted", "beyond",
        "fade", "start", "order", "sx", "sy", "sz", "reach", "seat", "actors", "id", "type", "death", "mark", "doom",
        "held_id", "held_since", "delivered", "attack_time", "harm", "blunted", "held_for", "at", "when", "whom",
        "what", "clock", "standing",
    )  # fmt: skip
    first = {f"{name}_to": count.of(name) for name in ("attack", "immunogenicity", "eat", "fuse")}
    return {name: e[name] for name in names} | first | dict(
        attack=1, blunting=1, eats=int(rng.integers(2)), fuses=int(rng.integers(2))
    )
