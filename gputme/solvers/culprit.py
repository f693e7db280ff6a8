"""The cell that makes a step last, and why it does: for messages, on the host."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from gputme.ops.behaviour import behaviour_of
from gputme.ops.motion import pace
from gputme.ops.motion._ways import exponent
from gputme.solvers.mechanics import Mechanics
from gputme.vocabulary import Behaviours

__all__ = ["Culprit", "culprit"]


class Culprit(NamedTuple):
    """A cell that asks for many steps: its id, type, place relative to the domain's centre (um), and why it does."""

    id: int
    type: int
    place: tuple[float, float, float]
    why: str


def culprit(mechanics: Mechanics, cells: Any, behaviours: Mapping[str, Any], walking: bool) -> Culprit:
    """The cell that takes most steps in the round that has just departed, or (``walking``) that walks fastest."""
    n, host, near = cells.n, mechanics.kernels.host, mechanics.neighbours

    def of(array: Any) -> np.ndarray:
        return np.array(host(array)[:n])

    conduct = {name: host(a) if hasattr(a, "dtype") else a for name, a in behaviours.items()}
    kind, death = of(cells.type), of(cells.death)
    x, y, z, radius = (of(getattr(cells, name)).astype(np.float64) for name in ("x", "y", "z", "radius"))
    speed = np.where(death == 0, behaviour_of(kind=kind, b=Behaviours.SPEED, **conduct), 0)
    if walking:
        i = int(np.argmax(speed))
        why = f"it walks at {speed[i]:.3g} um/min, and is followed over one distance of interaction at a time"
    else:
        k = int(np.argmax(of(mechanics.level)))
        i = int(host(near.order)[k])
        v = [of(getattr(mechanics, name)) for name in ("vx", "vy", "vz")]
        stiff, size = of(mechanics.stiffness), of(cells.radius)
        asked = pace.rates(size.dtype.type(mechanics.accuracy), size, *v, stiff)[:, i]
        overlaps = (x - x[i]) ** 2 + (y - y[i]) ** 2 + (z - z[i]) ** 2 < (radius + radius[i]) ** 2
        others = int(overlaps.sum()) - 1
        crowd = f"{others} other cell{'s overlap' if others != 1 else ' overlaps'} it"
        if exponent(asked.max(keepdims=True) * mechanics.minutes)[0] < host(mechanics.level)[k]:
            why = f"others are about to run into it, or it into them ({crowd})"
        elif asked.argmax() == 1:
            why = f"neighbours push it at {np.sqrt(sum(float(a[i]) ** 2 for a in v)):.3g} um/min ({crowd})"
        else:
            what = "contacts and springs" if _springs(cells, of, i) else "contacts"
            why = f"its {what} relax at {2 * float(stiff[i]):.3g} per min ({crowd})"
    return Culprit(int(host(cells.id[i : i + 1])[0]), int(kind[i]), (x[i], y[i], z[i]), why)


def _springs(cells: Any, of: Callable[[Any], np.ndarray], i: int) -> bool:
    """Whether the cell at this place is attached to others, holds one, or is held."""
    attached = "bonds" in cells.columns and of(cells.bonds)[i] > 0
    if "held_id" not in cells.columns:
        return bool(attached)
    held = of(cells.held_id)
    return bool(attached or held[i] or (held == of(cells.id)[i]).any())
