r"""Whom each cell next attaches to, or lets go of, and when: its own next event in a step, by competing hazards.

A cell that has room (bonds < floor(most), at most the rows there are) attaches to each living neighbour j that is no
partner yet at the rate r_i a_ij, and lets go of each partner at the rate d_i. r: the attachment rate, d: the detachment
rate, a_ij: the affinity to the type of j; neighbours as contacts are. With L their sum over neighbours (in the order of
places), then partners (in the order of ids), the event comes -ln(u)/L after the time that the cell draws from, rounded
up to ticks, if it comes by the step's end; it is the first whose running sum exceeds v L. u, v: keyed by (seed, time
that the cell draws from, id), and no cell draws twice from the same.

Whether the other one has room is asked when the time has come (``tie``), for until then it may gain or lose partners:
an event with one that is full then is void, and the cell draws anew from there. So a cell's rates do not depend on what
others do, and it draws anew only from events of its own: who draws again whenever another was faster, attaches too
seldom, since those who had drawn no event keep that. Only neighbours who stay full for the whole step, as nobody lets
go, are left out.

Of two cells each draws what it does itself, so the rates of a pair are the sums of both, as PhysiCell 1.14 has it.
"""

from __future__ import annotations

import numpy as np

from gputme.columns import NEVER, TICKS
from gputme.maths import log
from gputme.ops.behaviour import behaviour_of
from gputme.ops.bonds._bonds import AFFINITY, Meant
from gputme.ops.neighbours._neighbours import Grid, pairs
from gputme.ops.neighbours._packed import example_packed
from gputme.rng import Stream, random_words, uniform
from gputme.vocabulary import Behaviours

__all__ = ["AGREEMENT", "GRAIN", "court", "example"]

AGREEMENT = "exact"
GRAIN = 32


def court(
    n, nx, ny, nz, wx, wy, wz, rows, types, affinity, stride, behaviours, seed, end, frees, table, slot, ruled,
    start, bin, order, kind, size, reach, sx, sy, sz, id, death, bonds, before, mate, reached, clock, upto, when, whom,
    what, standing,
):  # fmt: skip
    """Write when (tick), whom (cell) and what (:class:`Meant`) of the cells that an event has reached, (n,) each, and
    how many partners each may have (upto); adds to standing (1,) how many events stand. They draw from reached, which
    becomes NEVER, or from the tick after the last time (clock). frees: whether anybody lets go; before: bonds at the
    step's start. By place: kind, size, reach, sx, sy, sz; mate: (rows, stride) flat."""
    draws = reached[:n] < NEVER
    clock[:n] = np.where(draws, np.maximum(reached[:n], clock[:n] + 1), clock[:n])
    from_ = clock[:n]
    when[:n][draws], whom[:n][draws], what[:n][draws] = NEVER, -1, Meant.NOTHING
    reached[:n] = NEVER
    standing[0] += np.count_nonzero(when[:n] < NEVER)
    draws &= death[:n] == 0
    if not draws.any():
        return
    o, types_of = order[:n], np.empty(n, np.int64)
    types_of[o] = kind[:n]

    def of(b):
        return behaviour_of(table, slot, ruled, stride, behaviours, types_of, b).astype(np.float64)

    rate, letting = of(Behaviours.ATTACHMENT), of(Behaviours.DETACHMENT)
    own = np.maximum(np.minimum(np.floor(of(Behaviours.ATTACHMENTS)), rows), 0.0)
    upto[:n][draws] = own[draws]
    room = bonds[:n] < own
    open_ = np.full(n, True) if frees else before[:n] < own
    partners = mate[: rows * stride].reshape(rows, stride)[:, :n]
    cell, other, hazard, doing = [], [], [], []
    for a, b, _, _, _, d2 in pairs(Grid((nx, ny, nz), (wx, wy, wz), start), bin[:n][o], sx[:n], sy[:n], sz[:n],
                                   size[:n], reach[:n]):  # fmt: skip
        hold = reach[a] + reach[b]
        near = d2 < hold * hold
        places = np.concatenate([a[near], b[near]]), np.concatenate([b[near], a[near]])
        i, j = o[places[0]].astype(np.int64), o[places[1]].astype(np.int64)
        fits = draws[i] & room[i] & open_[j] & (death[j] == 0) & (rate[i] > 0)
        fits &= ~(partners[:, i] == j).any(axis=0)
        i, j, place = i[fits], j[fits], places[1][fits]
        a_ij = _towards(table, slot, ruled, stride, behaviours, affinity, types_of, i, types_of[j])
        cell, other, hazard, doing = [*cell, i], [*other, (place, j)], [*hazard, rate[i] * a_ij], [*doing, len(i)]
    last = np.int64(2) ** 40
    place = np.concatenate([p for p, _ in other]) if other else np.zeros(0, np.int64)
    target = np.concatenate([j for _, j in other]) if other else np.zeros(0, np.int64)
    attaching = len(place)
    for r, mates in enumerate(partners):
        i = np.flatnonzero(draws & (mates >= 0) & (letting > 0))
        cell, hazard = [*cell, i], [*hazard, letting[i]]
        place, target = np.concatenate([place, np.full(len(i), last + r)]), np.concatenate([target, mates[i]])
    cell, hazard = np.concatenate(cell), np.concatenate(hazard)
    which = np.lexsort((place, cell))
    cell, target, hazard, attaches = cell[which], target[which], hazard[which], which < attaching
    counts = np.bincount(cell, minlength=n)
    first = np.cumsum(counts) - counts
    total = np.zeros(n)
    for q in range(counts.max(initial=0)):
        i = np.flatnonzero(counts > q)
        total[i] += hazard[first[i] + q]
    words = random_words(seed, from_, id[:n], Stream.BIND)
    i = np.flatnonzero(total > 0)
    wait = -log(uniform(words[0][i])) / total[i] * float(TICKS)
    soon = wait <= (end - from_[i]).astype(np.float64)
    i, wait = i[soon], wait[soon]
    when[i] = from_[i] + np.maximum(np.ceil(wait), 1.0).astype(np.int64)
    aim, sum, open = uniform(words[1][i]) * total[i], np.zeros(len(i)), np.ones(len(i), bool)
    for q in range(counts[i].max(initial=0)):
        m = np.flatnonzero(open & (counts[i] > q))
        at = first[i[m]] + q
        sum[m] += hazard[at]
        hit = sum[m] > aim[m]
        chosen, at = i[m[hit]], at[hit]
        whom[chosen], what[chosen] = target[at], np.where(attaches[at], Meant.ATTACH, Meant.LET_GO)
        open[m[hit]] = False
    standing[0] += len(i)


def _towards(table, slot, ruled, stride, behaviours, affinity, types, i, t):
    """Affinity of cells i to types t, as float64."""
    b = affinity + t
    held = np.where(slot[b] < 0, 0, slot[b] * stride + i)
    return np.where(slot[b] < 0, table[types[i] * behaviours + b], ruled[held]).astype(np.float64)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Packed cells of which some are attached already, some draw, and some attach seldom."""
    e = example_packed(size, rng, real)
    cells, conduct, rows = e["cells"], e["conduct"], 3
    table = conduct["table"].reshape(conduct["types"], -1)
    table[:, Behaviours.ATTACHMENT] *= rng.choice([0.02, 1.0])
    table[:, Behaviours.DETACHMENT] *= rng.choice([0.0, 0.5])
    table[:, Behaviours.ATTACHMENTS] = rng.choice([0.5, 1.0, 2.9, 3.0, 9.0], conduct["types"])
    bonds, mate = np.zeros(size, np.uint8), np.full((rows, size), -1, np.int32)
    for i, j in rng.integers(0, size, (size, 2)):
        if i != j and max(bonds[i], bonds[j]) < rows and j not in mate[:, i]:
            mate[bonds[i], i], mate[bonds[j], j] = j, i
            bonds[[i, j]] += 1
    tick = int(rng.integers(0, 2**40))
    reached = tick + rng.integers(0, TICKS, size)
    kept = rng.random(size) < 0.4
    stands = kept & (rng.random(size) < 0.5)
    when = np.where(stands, tick + rng.integers(1, TICKS, size), NEVER)
    return dict(
        n=size, rows=rows, affinity=AFFINITY, **conduct, **e["grid"], **e["packed"], id=cells["id"],
        death=cells["death"], seed=int(rng.integers(2**40)), end=tick + TICKS, frees=int(rng.integers(2)), bonds=bonds,
        before=np.maximum(bonds.astype(int) - rng.integers(0, 2, size), 0).astype(np.uint8), mate=mate.ravel(),
        reached=np.where(kept, NEVER, reached), clock=tick - 1 + rng.integers(0, TICKS, size),
        upto=np.full(size, rows, np.uint8), when=when,
        whom=np.where(stands, (np.arange(size) + 1) % size, -1).astype(np.int32),
        what=np.where(stands, Meant.ATTACH, Meant.NOTHING).astype(np.uint8), standing=np.zeros(1, np.int64),
    )  # fmt: skip
