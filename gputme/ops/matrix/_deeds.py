"""What cells do to the matrix where they are, in 1/min: the NumPy twin of ``kernels/matrix/deeds.h``.

As :class:`gputme.voxels.Deed` names it: RATE, the production rate, and PULL, that times the target density; WEAR, the
rate of degradation by contact; TURN_X, Y, Z, alignment s w, with s the speed and w the vector along which the cell
goes, of length 1, shorter where a barrier slows it and 0 where it stands, its sign taken against the fibre at the
step's start; ORDER, ordering s |w|; LINK, the crosslinking rate. In whole quanta of 2^-32, and no more than 2^14 each,
which is at once at every step, so that the sums of 10^5 cells in a voxel do not overflow.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import fixed
from gputme.ops.behaviour import behaviour_of, example_behaviours
from gputme.ops.matrix._fibres import Fibres, dot, upright
from gputme.vocabulary import Behaviours
from gputme.voxels import AT_ONCE, FIBRE, QUANTUM, Deed

__all__ = ["deeds_of", "example_doers"]


def deeds_of(
    cells, fibres, crosslinks, motility, stride, behaviours, table, slot, ruled, barrier, type, at, mx, my, mz,
    fibre_x, fibre_y, fibre_z, anisotropy,
):  # fmt: skip
    """What some cells do, in quanta: int64 (deeds, cells)."""
    v = at[cells]

    def value(b):
        return behaviour_of(table, slot, ruled, stride, behaviours, type[: len(at)], b, cells).astype(np.float64)

    done = np.zeros((len(Deed), len(v)))
    done[Deed.RATE] = np.minimum(value(Behaviours.ECM_PRODUCTION), AT_ONCE)
    done[Deed.PULL] = done[Deed.RATE] * value(Behaviours.ECM_TARGET)
    done[Deed.WEAR] = value(Behaviours.ECM_DEGRADATION)
    if crosslinks:
        done[Deed.LINK] = value(Behaviours.ECM_CROSSLINKING)
    if fibres and motility:
        m = np.array([mx[cells], my[cells], mz[cells]], np.float64)
        f = np.array([fibre_x[v], fibre_y[v], fibre_z[v]], np.float64)
        f = f * upright(f)
        a, speed = anisotropy[v].astype(np.float64), value(Behaviours.SPEED)
        speed = np.where(value(Behaviours.MOVABLE) > 0, speed, 0.0)
        way = Fibres(f, value(Behaviours.GUIDANCE) * a, barrier[type[cells]].astype(np.float64) * a).way(m)
        pulling = value(Behaviours.ECM_ALIGNMENT) * speed * np.where(dot(way, f) < 0, -1.0, 1.0)
        done[[Deed.TURN_X, Deed.TURN_Y, Deed.TURN_Z]] = pulling * way
        done[Deed.ORDER] = value(Behaviours.ECM_ORDERING) * (speed * np.sqrt(dot(way, way)))
    return fixed(np.clip(done, -AT_ONCE, AT_ONCE), 1 / QUANTUM)


def example_doers(size: int, voxels: int, rng: np.random.Generator, real: type) -> dict:
    """Cells of three types among fibres, some that have no direction yet, some that leave fibres alone."""
    types, count = 3, Behaviours(0, 3, 0).count
    m = rng.normal(0, 1, (3, size)) * (rng.random(size) < 0.9)
    m /= np.maximum(np.linalg.norm(m, axis=0), 1e-9)
    f = rng.normal(0, 1, (3, voxels))
    f /= np.linalg.norm(f, axis=0)
    args = dict(
        types=types, fibres=1, crosslinks=1, motility=1, **example_behaviours(size, types, count, rng, real),
        barrier=rng.random(types).astype(real), type=rng.integers(0, types, size).astype(np.uint8),
        **dict(zip(("mx", "my", "mz"), m.astype(real))), **dict(zip(FIBRE, f.astype(real))),
    )  # fmt: skip
    idle = rng.random(types) < 0.3
    for behaviour in (Behaviours.ECM_ALIGNMENT, Behaviours.ECM_ORDERING):
        args["table"].reshape(types, count)[idle, behaviour] = 0
    return args
