"""Division: two cells that touch each other, where the mother stood.

What they carry has been divided before (:mod:`gputme.ops.fate.partition`). Both daughters have the radius r' of their
half of the volume; their centres stand r' to either side of the mother's centre along an axis drawn uniformly on the
sphere (in a plane: on the circle), or, where the mother's type has an axis, along that, with the daughter in its
direction. So they just touch and the centre of mass stays, away from walls: a daughter beyond a reflecting wall is
mirrored at it, one beyond a periodic wall enters from
the other side, one beyond an absorbing wall is marked as absorbed (3), counted, and draws no more events before
the step's ``end``. Nobody's direction turns by that (:mod:`gputme.ops.motion._walls`).
The mother keeps her id, daughter ``k`` gets ``next_id + k`` and place ``n + k``.
"""

from __future__ import annotations

import numpy as np

from gputme.ops.fate._relax import radius_of
from gputme.ops.motion._sphere import direction
from gputme.ops.motion._walls import within
from gputme.rng import Stream, random_words

__all__ = ["ABSORBED", "AGREEMENT", "divide", "example"]

AGREEMENT = "bitwise"
GRAIN = 64
ABSORBED = 3


def divide(
    m, n, types, next_id, seed, end, planar, walls, lx, ly, lz, ux, uy, uz, axes, mothers, type, id, parent, birth,
    fate_time, fluid, nuclear, cytoplasmic, x, y, z, radius, mark, absorbed,
):  # fmt: skip
    """Name and place the cells that come from the places ``mothers`` (m,), in the order of their ids; columns have room
    for n + m cells; axes (types, 3): unit vectors, 0 where a type divides along a random axis; absorbed (1,) is raised
    by the number of cells that an absorbing wall takes."""
    i, d = mothers[:m], slice(n, n + m)
    words = random_words(seed, fate_time[i], id[i], Stream.DIVISION, 0)
    own = axes.reshape(types, 3)[type[i]].T
    axis = np.where((own != 0).any(axis=0), own, direction(words[0], words[1], bool(planar)))
    id[d] = np.uint64(next_id) + np.arange(m, dtype=np.uint64)
    parent[d] = id[i]
    birth[d] = fate_time[i]
    reach = radius_of(fluid[i].astype(np.float64) + nuclear[i] + cytoplasmic[i])
    radius[d] = radius[i] = reach.astype(x.dtype)
    gone = np.zeros((2, m), bool)
    for number, (position, along, lower, upper) in enumerate(zip((x, y, z), axis, (lx, ly, lz), (ux, uy, uz))):
        away = (reach * along).astype(x.dtype)
        there = position[i] + away, position[i] - away
        for k, (cells, place) in enumerate(zip((d, i), there)):
            if planar and number == 2:
                position[cells] = place
                continue
            position[cells], _, left = within(place, lower, upper, walls, number)
            gone[k] |= left
    for cells, out in zip((d, i), gone):
        mark[cells] = np.where(out, ABSORBED, 0)
        fate_time[cells] = np.where(out, end, fate_time[cells])
    absorbed[0] += gone.sum()


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Half of the cells divide, some at walls of every kind."""
    n, m = size, (size + 1) // 2
    room = n + m + 3
    whole = {"id": np.uint64, "parent": np.uint64, "birth": np.int64, "fate_time": np.int64}
    columns = {name: np.zeros(room, dtype) for name, dtype in whole.items()}
    columns |= {name: np.zeros(room, real) for name in ("fluid", "nuclear", "cytoplasmic", "x", "y", "z", "radius")}
    for column in columns.values():
        column[:n] = rng.uniform(1, 500, n) if column.dtype == real else rng.integers(0, 100, n)
    columns["id"][:n] = rng.permutation(np.arange(1, n + 1))
    mothers = rng.choice(n, m, replace=False)
    mothers = mothers[np.argsort(columns["id"][mothers])]
    for name in ("fate_time", "fluid", "nuclear", "cytoplasmic"):
        columns[name][n : n + m] = columns[name][mothers]  # as `partition` has left them
    planar = int(rng.integers(2))
    axes = rng.normal(size=(3, 3)) * [[0], [1], [1]] * [1, 1, 1 - planar]
    axes[1:] /= np.linalg.norm(axes[1:], axis=1, keepdims=True)
    low, high = (2, 2) if rng.random() < 0.3 else rng.integers(0, 2, 2)
    return columns | dict(
        m=m, n=n, types=3, next_id=n + 1, seed=int(rng.integers(2**63)), end=200, planar=planar, axes=axes.ravel(),
        type=rng.integers(0, 3, room).astype(np.uint8),
        walls=sum((int(low) | int(high) << 2) << 4 * axis for axis in range(3)),
        **dict.fromkeys(("lx", "ly", "lz"), 0.0), **dict.fromkeys(("ux", "uy", "uz"), 500.0),
        mothers=mothers, mark=np.ones(room, np.uint8),
        absorbed=np.zeros(1, np.int64),
    )  # fmt: skip
