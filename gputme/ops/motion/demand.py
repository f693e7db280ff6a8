r"""How many mechanics steps a minute the cells ask for: three rates, each the largest over all movable cells.

With v the velocity by forces, s the migration speed (0 for dead cells), r the radius and  L = 2 K  the bound
of the cell's rates of relaxation (K: the stiffness of :mod:`gputme.ops.motion.forces`), a step h must satisfy

    L h <= 0.7                  stability: second-order Adams-Bashforth needs less than 1,
    (v + s) h <= 0.1 r          a cell moves less than a tenth of its radius in a step,
    (1/2) L v h^2 <= e r        accuracy: what the velocity's change in a step, at most L v h, displaces.

The last is the error of a cell's first step (Euler, no previous velocity yet) and of a step into a fresh
overlap, as after a division, and about what the later steps of a relaxation add up to. With e = 0.005 two
overlapping cells relax with their distance right within 0.4 %. The maximum of the three times the base step
is the number of steps. ``peak`` holds them as bits of float64, in the order above, and is raised.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import bits
from gputme.ops.behaviour import behaviour_of
from gputme.ops.neighbours._neighbours import example_cells
from gputme.vocabulary import Behaviours

__all__ = ["AGREEMENT", "GRAIN", "demand", "example", "rates"]

AGREEMENT = "exact"
GRAIN = 16  # shares of the cells


def demand(
    n, parts, types, accuracy, stride, behaviours, table, slot, ruled, type, death, radius, vx, vy, vz,
    stiffness, peak
):
    """Raise peak (3,) bits, 1/min; accuracy: e. type, death, radius, vx, vy, vz, stiffness: (n,)."""
    asked = rates(
        accuracy, stride, behaviours, table, slot, ruled, type[:n], death[:n], radius[:n], vx[:n], vy[:n],
        vz[:n], stiffness[:n],
    )  # fmt: skip
    for q, wanted in enumerate(asked):
        peak[q] = max(peak[q], bits(wanted.max(initial=0)))


def rates(
    accuracy, stride, behaviours, table, slot, ruled, type, death, radius, vx, vy, vz, stiffness
) -> np.ndarray:
    """What each cell asks for, 1/min: (3, n), in the order of ``peak``; 0 for cells that are not movable."""
    real = radius.dtype.type

    def value(b):
        return behaviour_of(table, slot, ruled, stride, behaviours, type, b)

    v = np.sqrt(vx * vx + vy * vy + vz * vz)
    rate = real(2) * stiffness
    crawl = np.where(death == 0, value(Behaviours.SPEED), real(0))
    movable = value(Behaviours.MOVABLE) > 0
    moves = (v + crawl) / (real(0.1) * radius)
    bends = np.sqrt(real(0.5) * rate * v / (accuracy * radius))
    return np.where(movable, (rate / real(0.7), moves, bends), real(0))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells with velocities of a few um/min."""
    cells = example_cells(size, rng, real)
    inputs = ("types", "stride", "behaviours", "table", "slot", "ruled", "type", "death", "radius")
    vx, vy, vz = rng.normal(0, 2, (3, size)).astype(real)
    return dict(
        n=size, parts=max(1, size // 64), accuracy=0.005, **{name: cells[name] for name in inputs}, vx=vx,
        vy=vy, vz=vz, stiffness=rng.uniform(0, 2, size).astype(real), peak=np.zeros(3, np.int64),
    )  # fmt: skip
