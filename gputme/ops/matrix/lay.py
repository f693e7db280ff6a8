"""Sum, in each voxel, what all cells in it do to the matrix there.

Per voxel, in quanta of 2^-32 per minute, so that no order matters, as :class:`gputme.voxels.Deed` names them: RATE, the
sum of the production rates, and PULL, of these times each cell's target density; WEAR, of the rates of degradation by
contact; TURN_X, Y, Z, the sum of alignment s w over the cells, with s the speed of each and w the vector along which it
goes, of length 1, shorter where a barrier slows it and 0 where it stands, its sign taken against the fibre at the
step's start; ORDER, of ordering s |w|; LINK, of the crosslinking rates. Dead cells do nothing; a cell acts on the voxel
of its centre, whose sums stand in the place of the cell appointed there (:mod:`gputme.ops.matrix.appoint`).
:mod:`gputme.ops.matrix.remodel` acts on the sums. No cell adds more than 2^14 per minute to any, which is at once at
every step, so that the sums of 10^5 cells in a voxel do not overflow.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import fixed
from gputme.ops.behaviour import behaviour_of, example_behaviours
from gputme.ops.matrix._fibres import Fibres, dot, upright
from gputme.ops.matrix.appoint import example_places
from gputme.vocabulary import Behaviours
from gputme.voxels import AT_ONCE, FIBRE, QUANTUM, Deed

__all__ = ["AGREEMENT", "example", "lay"]

AGREEMENT = "exact"
GRAIN = 1024


def lay(
    n, types, voxels, fibres, crosslinks, motility, stride, behaviours, table, slot, ruled, barrier, type, at, keeper,
    mx, my, mz, fibre_x, fibre_y, fibre_z, anisotropy, sums,
):  # fmt: skip
    """Add what n cells do to the sums (n * 8,), int64."""
    live = np.flatnonzero(at[:n] >= 0)
    kind, v = type[:n], at[live]
    place = keeper[v] & 0xFFFFFFFF

    def value(b):
        return behaviour_of(table, slot, ruled, stride, behaviours, kind, b, live).astype(np.float64)

    produced = np.minimum(value(Behaviours.ECM_PRODUCTION), AT_ONCE)
    per_minute = {
        Deed.RATE: produced, Deed.PULL: produced * value(Behaviours.ECM_TARGET),
        Deed.WEAR: value(Behaviours.ECM_DEGRADATION),
    }  # fmt: skip
    if crosslinks:
        per_minute[Deed.LINK] = value(Behaviours.ECM_CROSSLINKING)
    if fibres and motility:
        m = np.array([mx[live], my[live], mz[live]], np.float64)
        f = np.array([fibre_x[v], fibre_y[v], fibre_z[v]], np.float64)
        f = f * upright(f)
        a, speed = anisotropy[v].astype(np.float64), value(Behaviours.SPEED)
        speed = np.where(value(Behaviours.MOVABLE) > 0, speed, 0.0)
        way = Fibres(f, value(Behaviours.GUIDANCE) * a, barrier[kind[live]].astype(np.float64) * a).way(m)
        pulling = value(Behaviours.ECM_ALIGNMENT) * speed * np.where(dot(way, f) < 0, -1.0, 1.0)
        per_minute |= zip((Deed.TURN_X, Deed.TURN_Y, Deed.TURN_Z), pulling * way, strict=True)
        per_minute[Deed.ORDER] = value(Behaviours.ECM_ORDERING) * (speed * np.sqrt(dot(way, way)))
    for deed, mine in per_minute.items():
        np.add.at(sums, place * len(Deed) + deed, fixed(np.clip(mine, -AT_ONCE, AT_ONCE), 1 / QUANTUM))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells of three types among fibres, several in a voxel; some dead, some that have no direction yet."""
    types, count, voxels = 3, Behaviours(0, 3, 0).count, max(1, size // 3)
    m = rng.normal(0, 1, (3, size)) * (rng.random(size) < 0.9)
    m /= np.maximum(np.linalg.norm(m, axis=0), 1e-9)
    f = rng.normal(0, 1, (3, voxels))
    f /= np.linalg.norm(f, axis=0)
    at, keeper = example_places(size, voxels, rng)
    args = dict(
        n=size, types=types, voxels=voxels, fibres=1, crosslinks=1, motility=1,
        **example_behaviours(size, types, count, rng, real), barrier=rng.random(types).astype(real),
        type=rng.integers(0, types, size).astype(np.uint8), at=at, keeper=keeper,
        **dict(zip(("mx", "my", "mz"), m.astype(real))), **dict(zip(FIBRE, f.astype(real))),
        anisotropy=rng.random(voxels).astype(real), sums=np.zeros(size * len(Deed), np.int64),
    )  # fmt: skip
    idle = rng.random(types) < 0.3
    for behaviour in (Behaviours.ECM_ALIGNMENT, Behaviours.ECM_ORDERING):
        args["table"].reshape(types, count)[idle, behaviour] = 0
    return args
