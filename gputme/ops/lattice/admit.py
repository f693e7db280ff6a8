"""Cells that would go do so, one after the other: to the next point, where it has room, or into a vessel that it has.

A cell that comes to a point with a vessel enters it where the vessel is ruptured, or where the cell is mesenchymal
(type 0), which opens any. With it go all cells of that point and of its four neighbours, of both types: a group. Else
it takes the first free place of the point; where there is none it stays. Each sees what those before it have done, so
this is one loop, of the few that go. Franssen et al., Bull Math Biol 81:1965, 2019.
"""

from __future__ import annotations

import numpy as np

from gputme.ops.lattice._points import WAYS, beside, example_lattice, offsets

__all__ = ["AGREEMENT", "admit", "example"]

AGREEMENT = "bitwise"
GRAIN = 1


def admit(
    n, m, nx, ny, capacity, side, x0, y0, spacing, movers, way, type, opens, who, makers, place, x, y, group, groups
):  # fmt: skip
    """Let the cells ``movers`` (m,) go, in this order. opens (nx * ny,): 0, or 1 where a vessel is, 2 where it is
    ruptured; who (nx * ny * capacity,): 1 + the cell on each place, 0: none; makers: cells of type 0 by point. group
    (n,): of those that have entered a vessel the number of theirs, 0: others; groups (1,): how many there are."""
    _, middle = offsets(capacity)
    real = x.dtype.type
    for i in movers[:m].tolist():
        if group[i]:
            continue
        before, (dx, dy) = int(place[i]), WAYS[:, way[i]].tolist()
        point = before // capacity + dy * nx + dx
        if opens[point] == 2 or (opens[point] == 1 and type[i] == 0):
            groups[0] += 1
            _take(beside(point, nx, ny), groups[0], capacity, type, who, makers, group)
            continue
        free = np.flatnonzero(who[point * capacity : (point + 1) * capacity] == 0)
        if len(free):
            there, own = point * capacity + free[0], type[i] == 0
            who[before], who[there], place[i] = 0, 1 + i, there
            makers[before // capacity] -= own
            makers[point] += own
            x[i] = real(x0 + spacing * (point % nx + middle[0, free[0]]))
            y[i] = real(y0 + spacing * (point // nx + middle[1, free[0]]))


def _take(points, number, capacity, type, who, makers, group):
    """All cells of these points leave as the group of a number."""
    for point in points:
        for there in range(point * capacity, (point + 1) * capacity):
            if who[there]:
                group[who[there] - 1] = number
                who[there] = 0
        makers[point] = 0


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Half of the cells would go, some into vessels and some past others."""
    e = example_lattice(size, rng)
    n, nx, ny, capacity = e["n"], e["nx"], e["ny"], e["capacity"]
    point = e["place"] // capacity
    to = rng.integers(1, 5, n)
    there = np.stack([point % nx, point // nx]) + WAYS[:, to]
    inside = ((there >= 0) & (there < [[nx], [ny]])).all(axis=0)
    movers = rng.permutation(np.flatnonzero(inside & (rng.random(n) < 0.5)))
    names = ("n", "nx", "ny", "capacity", "type", "place", "who", "makers")
    return {name: e[name] for name in names} | dict(
        m=len(movers), side=offsets(capacity)[0], x0=-100.0, y0=-50.0, spacing=10.0,
        movers=np.append(movers, 0).astype(np.int64), way=to.astype(np.uint8),
        opens=rng.choice(3, nx * ny, p=[0.9, 0.06, 0.04]).astype(np.uint8), x=rng.random(n).astype(real),
        y=rng.random(n).astype(real), group=np.zeros(n, np.int32), groups=np.zeros(1, np.int64),
    )  # fmt: skip
