"""Where cells may be eaten, or fuse, an event waits for earlier ones nearby, besides those of its own two cells.

The actor of an event draws anew from its time on, and may reach any of its neighbours then, before whatever would
happen to them later; and so may those who hold one of its cells, for the event may set them free. So an event waits
where an earlier one is that of a neighbour of either of its cells, or names the cell that such a neighbour holds.
Events of cells that can reach each other then happen in the order of their times, and nobody eats who has been eaten
before.

One earlier event is enough, so a kernel looks no further: in a crowd nearly all events find one among the first
neighbours that they look at.
"""

from __future__ import annotations

import numpy as np

from gputme.columns import NEVER
from gputme.ops.interactions._meetings import AGAIN, example_actors, key
from gputme.ops.interactions.contend import ASKED, contend
from gputme.ops.neighbours._neighbours import Grid, reachable

__all__ = ["AGREEMENT", "GRAIN", "defer", "example"]

AGREEMENT = "exact"
GRAIN = 256


def defer(
    n, m, attack, round, tick, nx, ny, nz, lx, ly, lz, bx, by, bz, wx, wy, wz, widest, start, order, sx, sy, sz,
    reach, seat, actors, rank, at, when, whom, first, waits,
):  # fmt: skip
    """Write waits (m,), 1: an earlier event comes before. By actor: at, when, whom; by cell: seat, rank (its number
    among the actors, -1: it is none), first, as `contend` left it; by place: order, sx, sy, sz, reach; widest: the
    largest reach (um); attack: whether cells hold others."""
    r = np.flatnonzero(when[:m] < NEVER)
    keys = np.zeros(m, np.int64)
    keys[r] = key(round, tick, when[r], r)
    waits[:m] = 0
    waits[r] = (first[actors[r]] > keys[r]) | (first[whom[r]] > keys[r])
    stirs = keys.copy()  # the earliest event from which on an actor draws anew
    if attack:
        holders = np.flatnonzero(at[:m] >= 0)
        stirs[holders] = np.maximum(keys[holders], first[at[holders]])
    grid, corner = Grid((nx, ny, nz), (wx, wy, wz), start), (lx, ly, lz, bx, by, bz)
    here = (sx[:n], sy[:n], sz[:n], reach[:n])
    for cells in (actors, whom):
        r = r[waits[r] == 0]
        for a, k, *_ in reachable(grid, corner, seat[cells[r]], *here, reach.dtype.type(widest)):
            other = rank[order[k]]
            earlier = (other >= 0) & (stirs[other] > keys[r[a]])
            waits[r[a[earlier]]] = 1


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Events of some actors, all drawn, which have contended."""
    e = example_actors(size, rng, real)
    e["when"][e["when"] == AGAIN] = NEVER
    contend(**{name: e[name] for name in ASKED})
    rank = np.full(size, -1, np.int32)
    rank[e["actors"]] = np.arange(e["m"])
    names = (
        "n", "m", "attack", "round", "tick", "nx", "ny", "nz", "lx", "ly", "lz", "bx", "by", "bz", "wx", "wy", "wz",
        "widest", "start", "order", "sx", "sy", "sz", "reach", "seat", "actors", "at", "when", "whom", "first",
    )  # fmt: skip
    return {name: e[name] for name in names} | dict(rank=rank, waits=np.zeros(e["m"], np.uint8))
