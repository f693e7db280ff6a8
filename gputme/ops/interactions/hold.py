"""Where the cell is that each actor holds: among its neighbours, by its id. A hold ends where it is not there, is not
alive or is too far away for a neighbour (:mod:`gputme.ops.neighbours.contacts`)."""

from __future__ import annotations

import numpy as np

from gputme.columns import Death
from gputme.ops.interactions._meetings import example_actors, let_go
from gputme.ops.neighbours._neighbours import Grid, reachable

__all__ = ["AGREEMENT", "GRAIN", "example", "hold"]

AGREEMENT = "exact"
GRAIN = 64


def hold(
    n, m, nx, ny, nz, lx, ly, lz, bx, by, bz, wx, wy, wz, widest, start, order, sx, sy, sz, reach, seat, actors, id,
    death, held_id, held_since, at,
):  # fmt: skip
    """Write at (m,): the cell that each actor holds, -1: none. By place: order, sx, sy, sz, reach; widest: the largest
    reach (um); by cell: seat, id, death, held_id, held_since."""
    at[:m] = -1
    holders = np.flatnonzero(held_id[actors[:m]] != 0)
    places = seat[actors[holders]]
    grid, corner = Grid((nx, ny, nz), (wx, wy, wz), start), (lx, ly, lz, bx, by, bz)
    here = (sx[:n], sy[:n], sz[:n], reach[:n])
    for a, k, *_ in reachable(grid, corner, places, *here, reach.dtype.type(widest)):
        who, other = holders[a], order[k]
        found = (id[other] == held_id[actors[who]]) & (death[other] == Death.ALIVE)
        at[who[found]] = other[found]
    let_go(actors[holders[at[holders] < 0]], held_id, held_since)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells that hold a neighbour, a cell far away, a dead one, one that is gone, or none."""
    e = example_actors(size, rng, real)
    lost = rng.random(size) < 0.2
    e["held_id"][lost & (e["held_id"] > 0)] = rng.integers(2**33, 2**33 + size + 2)
    names = (
        "n", "m", "nx", "ny", "nz", "lx", "ly", "lz", "bx", "by", "bz", "wx", "wy", "wz", "widest", "start", "order",
        "sx", "sy", "sz", "reach", "seat", "actors", "id", "death", "held_id", "held_since", "at",
    )  # fmt: skip
    return {name: e[name] for name in names}
