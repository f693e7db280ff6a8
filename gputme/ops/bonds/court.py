r"""Whom each cell next attaches to, or lets go of, and when: its own next event in a step, by competing hazards.

Attaching to each living neighbour j that is no partner yet, while both have room (bonds < floor(most), at most the
rows there are), at the rate r_i a_ij; letting go of each partner at the rate d_i. r: the attachment rate, d: the
detachment rate, a_ij: the affinity to the type of j; neighbours as contacts are. With L their sum over neighbours (in
the order of places), then partners (in the order of ids), the event comes -ln(u)/L after the time that the cell draws
from, rounded up to ticks, if it comes by the step's end; it is the first whose running sum exceeds v L. u, v: keyed by
(seed, tick, id, round).

Of two cells each draws what it does itself, so the rates of a pair are the sums of both, as PhysiCell 1.14 has it.
"""

from __future__ import annotations

import numpy as np

from gputme.columns import TICKS
from gputme.maths import log
from gputme.ops.behaviour import behaviour_of
from gputme.ops.bonds._bonds import AFFINITY, NEVER, Meant
from gputme.ops.neighbours._neighbours import Grid, pairs
from gputme.ops.neighbours._packed import example_packed
from gputme.rng import Stream, random_words, uniform
from gputme.vocabulary import Behaviours

__all__ = ["AGREEMENT", "GRAIN", "court", "example"]

AGREEMENT = "exact"
GRAIN = 32


def court(
    n, nx, ny, nz, wx, wy, wz, rows, types, affinity, stride, behaviours, seed, tick, end, round, table, slot, ruled,
    start, bin, order, kind, size, reach, sx, sy, sz, id, death, bonds, mate, reached, again, when, whom, what,
    standing,
):  # fmt: skip
    """Write when (tick), whom (cell) and what (:class:`Meant`) for all cells, (n,) each, and raise standing (1,) by the
    cells that propose. They draw from reached, else from again (ticks, (n,)), which become NEVER, and where both are do
    not. By place: kind, size, reach, sx, sy, sz; mate: (rows, stride) flat."""
    from_ = np.where(reached[:n] < NEVER, reached[:n], again[:n])
    reached[:n] = again[:n] = when[:n] = NEVER
    whom[:n], what[:n] = -1, Meant.NOTHING
    draws = (from_ < NEVER) & (death[:n] == 0)
    if not draws.any():
        return
    o, types_of = order[:n], np.empty(n, np.int64)
    types_of[o] = kind[:n]

    def of(b):
        return behaviour_of(table, slot, ruled, stride, behaviours, types_of, b).astype(np.float64)

    rate, letting = of(Behaviours.ATTACHMENT), of(Behaviours.DETACHMENT)
    room = bonds[:n] < np.minimum(np.floor(of(Behaviours.ATTACHMENTS)), rows)
    partners = mate[: rows * stride].reshape(rows, stride)[:, :n]
    cell, other, hazard, doing = [], [], [], []
    for a, b, _, _, _, d2 in pairs(Grid((nx, ny, nz), (wx, wy, wz), start), bin[:n][o], sx[:n], sy[:n], sz[:n],
                                   size[:n], reach[:n]):  # fmt: skip
        hold = reach[a] + reach[b]
        near = d2 < hold * hold
        places = np.concatenate([a[near], b[near]]), np.concatenate([b[near], a[near]])
        i, j = o[places[0]].astype(np.int64), o[places[1]].astype(np.int64)
        fits = draws[i] & room[i] & room[j] & (death[j] == 0) & (rate[i] > 0)
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
    words = random_words(seed, tick, id[:n], Stream.BIND, round)
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
    at = tick + rng.integers(0, TICKS, (2, size))
    at[rng.random((2, size)) < 0.5] = NEVER
    return dict(
        n=size, rows=rows, affinity=AFFINITY, **conduct, **e["grid"], **e["packed"], id=cells["id"],
        death=cells["death"], seed=int(rng.integers(2**40)), tick=tick, end=tick + TICKS, round=int(rng.integers(99)),
        bonds=bonds, mate=mate.ravel(), reached=at[0], again=at[1], when=np.zeros(size, np.int64),
        whom=np.zeros(size, np.int32), what=np.zeros(size, np.uint8), standing=np.zeros(1, np.int64),
    )  # fmt: skip
