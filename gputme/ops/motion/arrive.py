"""Where every cell stands at the end of a base step, within walls.

Each ends its last step, h = H / 2^e. At each face it is reflected (0), absorbed (1: it stops at the wall and is
marked) or enters from the other side (2), as often as its way takes it there (:mod:`gputme.ops.motion._walls`). The
walk is folded into the box first: a run that is mirrored goes on in the mirrored direction (m), so that an unbiased
walk fills a closed box evenly at any persistence and step. What forces push over a wall is mirrored too, but turns
nobody. In a plane z stays; who has not started (is not movable) stays.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.ops.motion._walls import example_walls
from gputme.ops.motion._ways import WAY, go, share
from gputme.ops.motion.depart import depart, example_departed

__all__ = ["AGREEMENT", "GRAIN", "arrive", "example"]

AGREEMENT = "bitwise"
GRAIN = 256


def arrive(
    n, minutes, planar, motility, walls, lx, ly, lz, ux, uy, uz, order, way, dx, dy, dz, started, x, y, z, mx, my, mz,
    gone,
):  # fmt: skip
    """Write x, y, z (n,), turn mx, my, mz and set gone, by cell; way (16 n,) by place; dx, dy, dz: the walks, um.

    ``motility``: whether cells have a direction (mx, my, mz).
    """
    real, o = way.dtype.type, order[:n]
    lines = way[: WAY * n].reshape(n, WAY)
    e = lines[:, 11].astype(np.int64)
    fraction, moves = share(e, real), started[o] != 0
    line = lines.reshape(n, 2, 8)[np.arange(n), (e > 0).astype(int)]
    s, out = minutes - minutes * fraction, np.zeros(n, bool)
    axes = ((x, dx, mx, lx, ux), (y, dy, my, ly, uy), (z, dz, mz, lz, uz))
    for axis, (position, walk, m, lower, upper) in enumerate(axes[:2] if planar else axes):
        x0, V = line[:, axis], line[:, 4 + axis]
        end = go(x0 + V * s, walk[o] * fraction, x0 + V * minutes, lower, upper, walls, axis)
        position[o[moves]] = flush(end.x[moves])
        if motility:
            turned = o[moves & end.mirrored]
            m[turned] = -m[turned]
        out |= end.left
    gone[o[moves & out]] = 1


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells of which some meet walls of every kind, a few of them many times."""
    args, known = example_departed(size, rng, real)
    for name in ("dx", "dy", "dz"):
        known[name][rng.random(size) < 0.02] = 4 * known["cells"]["side"]
    depart(**args)
    lines = known["way"].reshape(size, WAY)
    lines[:, 8:11], lines[:, 12:15] = lines[:, :3], lines[:, 4:7]
    walls = example_walls(rng)
    cells = known["cells"]
    return dict(
        motility=1, walls=walls, **dict.fromkeys(("lx", "ly", "lz"), 0.0),
        **dict.fromkeys(("ux", "uy", "uz"), cells["side"]),
        **{name: known[name] for name in ("n", "minutes", "planar", "order", "way", "dx", "dy", "dz", "started")},
        **{name: cells[name] for name in "xyz"},
        **{name: rng.normal(0, 1, size).astype(real) for name in ("mx", "my", "mz")}, gone=np.zeros(size, np.uint8),
    )  # fmt: skip
