"""Events that both of their cells are given to happen; no two of them share a cell.

* A cell that seizes another holds it from then on.
* One that lets go has held it until then.
* A hit counts, unless more than ``memory`` has passed since the last one, when it is the first again. The one of the
  number ``needed`` kills with the probability ``attack effect``: the cell is doomed, and ``fate`` lets it die at that
  time. Else hits count anew.
* A cell that is eaten, or fuses into another, is gone from then on (mark 2); ``swallow`` gives what it had to the
other.
"""

from __future__ import annotations

import numpy as np

from gputme.columns import NEVER, Meeting
from gputme.ops.behaviour import behaviour_of
from gputme.ops.interactions._meetings import AGAIN, GONE, book, example_actors, key, let_go
from gputme.ops.interactions.contend import ASKED, contend
from gputme.rng import Stream, random_words, uniform
from gputme.vocabulary import Behaviours

__all__ = ["AGREEMENT", "carry_out", "example"]

AGREEMENT = "bitwise"
GRAIN = 512
SEIZED, EATEN, FUSED = range(3)


def carry_out(
    n, m, attack, around, blunting, round, seed, tick, types, stride, behaviours, table, slot, ruled, needed, memory,
    actors, id, type, first, waits, whom, what, when, clock, at, doom, held_id, held_since, delivered, attack_time,
    harm, blunted, held_for, hits, last_hit, mark, happened,
):  # fmt: skip
    """Let the events when, whom, what (m,) happen whose key is `first` of both cells, around 1: and that do not wait
    (waits (m,), as `defer` has it); adds to happened (3,): holds that began, cells eaten, fused. needed, memory
    (types,): hits that kill (0: damage), and ticks after which they count anew."""
    r = np.flatnonzero(when[:m] < NEVER)
    keys = key(round, tick, when[r], r)
    r = r[(first[actors[r]] == keys) & (first[whom[r]] == keys)]
    if around:
        r = r[waits[r] == 0]
    i, j, t = actors[r], whom[r], when[r]
    when[r], clock[r] = AGAIN, t
    where = (table, slot, ruled, stride, behaviours, type)

    seizes = what[r] == Meeting.SEIZE
    at[r[seizes]] = j[seizes]
    held_id[i[seizes]] = id[j[seizes]]
    held_since[i[seizes]] = t[seizes]
    happened[SEIZED] += np.count_nonzero(seizes)

    leaves = what[r] == Meeting.RELEASE
    books = (blunting, held_since, delivered, attack_time, harm, blunted, held_for)
    book(i[leaves], j[leaves], t[leaves], tick, where, needed, *books)
    let_go(i[leaves], held_id, held_since)
    at[r[leaves]] = -1

    for way, counted in ((Meeting.EAT, EATEN), (Meeting.FUSE, FUSED)):
        taken = what[r] == way
        doom[j[taken]], mark[j[taken]] = t[taken], GONE
        happened[counted] += np.count_nonzero(taken)

    strikes = what[r] == Meeting.HIT
    i, j, t = i[strikes], j[strikes], t[strikes]
    long_ago = (last_hit[j] == 0) | (t - last_hit[j] > memory[type[i]])
    taken = np.where(long_ago, 0, hits[j]) + 1
    enough = taken >= needed[type[i]]
    effect = behaviour_of(*where, Behaviours.ATTACK_EFFECT, i).astype(np.float64)
    kills = enough & (uniform(random_words(seed, t, id[i], Stream.MEET, 1)[0]) < effect) & (doom[j] == 0)
    hits[j] = np.where(enough, 0, taken)
    last_hit[j] = np.maximum(last_hit[j], t)
    doom[j[kills]] = t[kills]


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Events of some actors, which have contended."""
    e = example_actors(size, rng, real)
    e["when"][e["when"] == AGAIN] = NEVER
    contend(**{name: e[name] for name in ASKED})
    names = (
        "n", "m", "attack", "blunting", "round", "seed", "tick", "types", "stride", "behaviours", "table", "slot",
        "ruled", "needed", "memory", "actors", "id", "type", "first", "whom", "what", "when", "clock", "at", "doom",
        "held_id", "held_since", "delivered", "attack_time", "harm", "blunted", "held_for", "hits", "last_hit", "mark",
        "happened",
    )  # fmt: skip
    waits = (rng.random(e["m"]) < 0.2).astype(np.uint8)
    return {name: e[name] for name in names} | dict(around=int(rng.integers(2)), waits=waits)
