"""Sum, in each voxel, what all cells in it do to the matrix there.

Per voxel, in quanta of 2^-32 per minute, so that no order matters: ``rate``, the sum of the production rates, and
``pull``, of these times each cell's target density; ``wear``, of the rates of degradation by contact; ``turn_x, y, z``,
the sum of alignment s w over the cells, with s the speed of each and w the vector along which it goes, of length 1,
shorter where a barrier slows it and 0 where it stands, its sign taken against the fibre at the step's start; ``order``,
of ordering s |w|; ``link``, of the crosslinking rates. Dead cells do nothing; a cell acts on the voxel of its centre.
:mod:`gputme.ops.matrix.remodel` acts on the sums.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import fixed
from gputme.ops.behaviour import behaviour_of, example_behaviours
from gputme.ops.exchange._cloud import example_cloud
from gputme.ops.matrix._fibres import Fibres, dot, upright, voxel_of
from gputme.state.voxels import QUANTUM
from gputme.vocabulary import Behaviours

__all__ = ["AGREEMENT", "example", "lay"]

AGREEMENT = "exact"
GRAIN = 1024


def lay(
    n, types, nx, ny, nz, x0, y0, z0, per_x, per_y, per_z, periodic, fibres, crosslinks, motility, stride, behaviours,
    table, slot, ruled, barrier, type, death, x, y, z, mx, my, mz, fibre_x, fibre_y, fibre_z, anisotropy, rate, pull,
    wear, turn_x, turn_y, turn_z, order, link,
):  # fmt: skip
    """Add what n cells do to the sums (nz*ny*nx,), int64."""
    live = np.flatnonzero(death[:n] == 0)
    kind, where = type[:n], (x[live], y[live], z[live])
    at = voxel_of(*where, x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic)

    def value(b):
        return behaviour_of(table, slot, ruled, stride, behaviours, kind, b, live).astype(np.float64)

    produced = value(Behaviours.ECM_PRODUCTION)
    per_minute = [
        (rate, produced), (pull, produced * value(Behaviours.ECM_TARGET)), (wear, value(Behaviours.ECM_DEGRADATION)),
    ]  # fmt: skip
    if crosslinks:
        per_minute.append((link, value(Behaviours.ECM_CROSSLINKING)))
    if fibres and motility:
        m = np.array([mx[live], my[live], mz[live]], np.float64)
        f = np.array([fibre_x[at], fibre_y[at], fibre_z[at]], np.float64)
        f = f * upright(f)
        a, speed = anisotropy[at].astype(np.float64), value(Behaviours.SPEED)
        speed = np.where(value(Behaviours.MOVABLE) > 0, speed, 0.0)
        way = Fibres(f, value(Behaviours.GUIDANCE) * a, barrier[kind[live]].astype(np.float64) * a).way(m)
        turning = value(Behaviours.ECM_ALIGNMENT) * speed
        per_minute += zip((turn_x, turn_y, turn_z), turning * (way * np.where(dot(way, f) < 0, -1.0, 1.0)), strict=True)
        per_minute.append((order, value(Behaviours.ECM_ORDERING) * (speed * np.sqrt(dot(way, way)))))
    for sums, mine in per_minute:
        np.add.at(sums, at, fixed(mine, 1 / QUANTUM))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells of three types among fibres, several in a voxel; some dead, some that have no direction yet."""
    types, count = 3, Behaviours(0, 3, 0).count
    grid, where, voxels = example_cloud(size, rng, real)
    del grid["nearest"]
    m = rng.normal(0, 1, (3, size)) * (rng.random(size) < 0.9)
    m /= np.maximum(np.linalg.norm(m, axis=0), 1e-9)
    f = rng.normal(0, 1, (3, voxels))
    f /= np.linalg.norm(f, axis=0)
    sums = ("rate", "pull", "wear", "turn_x", "turn_y", "turn_z", "order", "link")
    return dict(
        n=size, types=types, **grid, fibres=1, crosslinks=1, motility=1,
        **example_behaviours(size, types, count, rng, real), barrier=rng.random(types).astype(real),
        type=rng.integers(0, types, size).astype(np.uint8), death=(rng.random(size) < 0.1).astype(np.uint8), **where,
        **dict(zip(("mx", "my", "mz"), m.astype(real))),
        **dict(zip(("fibre_x", "fibre_y", "fibre_z"), f.astype(real))), anisotropy=rng.random(voxels).astype(real),
        **{name: np.zeros(voxels, np.int64) for name in sums},
    )  # fmt: skip
