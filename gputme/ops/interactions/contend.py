"""Each next event asks for the two cells that it is of; a cell is given to the earliest, of two at the same time to
that of the actor with the smaller id.

The largest key wins (:func:`gputme.ops.interactions._meetings.key`), a maximum of integers: whatever the order in which
events ask.

Where cells may be eaten, or fuse, an event asks for all neighbours of its actor as well: the actor draws anew from that
time on and may reach any of them, before whatever would happen to them later; and so may those who hold the other cell,
for the event may set them free. So the events of cells that can reach each other happen in the order of their times,
and nobody eats who has been eaten before.
"""

from __future__ import annotations

import numpy as np

from gputme.ops.interactions._meetings import AGAIN, NEVER, example_actors, key
from gputme.ops.neighbours._neighbours import Grid, reachable

__all__ = ["AGREEMENT", "contend", "example"]

AGREEMENT = "exact"
GRAIN = 256
ASKED = (
    "n", "m", "attack", "round", "tick", "nx", "ny", "nz", "lx", "ly", "lz", "bx", "by", "bz", "wx", "wy", "wz",
    "widest", "start", "order", "sx", "sy", "sz", "reach", "seat", "actors", "id", "held_id", "when", "whom", "first",
)  # fmt: skip
"""What it takes of the cells in the middle of a step."""


def contend(
    n, m, attack, round, tick, around, nx, ny, nz, lx, ly, lz, bx, by, bz, wx, wy, wz, widest, start, order, sx, sy,
    sz, reach, seat, actors, id, held_id, when, whom, first,
):  # fmt: skip
    """Raise first (n,) by the keys of all events; when, whom (m,) by actor; around 1: for the actors' neighbours too,
    attack 1: and those of cells that hold the other. By place: order, sx, sy, sz, reach; widest: the largest reach
    (um); by cell: seat, id, held_id."""
    r = np.flatnonzero(when[:m] < NEVER)
    keys = key(round, tick, when[r], r)
    np.maximum.at(first, actors[r], keys)
    np.maximum.at(first, whom[r], keys)
    if around:
        grid, corner = Grid((nx, ny, nz), (wx, wy, wz), start), (lx, ly, lz, bx, by, bz)
        here, widest = (sx[:n], sy[:n], sz[:n], reach[:n]), reach.dtype.type(widest)
        around_actors, around_others = (reachable(grid, corner, seat[c], *here, widest) for c in (actors[r], whom[r]))
        for a, k, *_ in around_actors:
            np.maximum.at(first, order[k], keys[a])
        for a, k, *_ in around_others if attack else ():
            holds = held_id[order[k]] == id[whom[r[a]]]
            for b, far, *_ in reachable(grid, corner, k[holds], *here, widest):
                np.maximum.at(first, order[far], keys[a[holds][b]])


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Events of some actors, many at the same time."""
    e = example_actors(size, rng, real)
    e["when"][e["when"] == AGAIN] = NEVER
    return {name: e[name] for name in ASKED} | dict(around=int(rng.integers(2)))
