r"""How many mechanics steps a minute the cells ask for: the largest of three rates over all movable cells.

With v the velocity by forces, s the migration speed (0 for dead cells), r the radius and  L = 2 K  the bound of the
cell's rates of relaxation (K: the stiffness of :mod:`gputme.ops.forces`), a step h must satisfy

    L h <= 0.7                  stability: second-order Adams-Bashforth needs less than 1,
    (v + s) h <= 0.1 r          a cell moves less than a tenth of its radius in a step,
    (1/2) L v h^2 <= 0.01 r     accuracy: what the change of the velocity within a step, at most L v h, displaces.

The last is the error of a cell's first step (Euler, no previous velocity yet) and of a step into a fresh overlap, as
after a division; later steps are of second order and better. All three are rates, so their maximum times the base
step is the number of steps. ``peak`` holds it as bits of a float64 and is raised.
"""

from __future__ import annotations

import numpy as np

from gputme.columns import Behaviours
from gputme.maths import bits
from gputme.ops._neighbours import example_cells
from gputme.ops.behaviour import behaviour_of

__all__ = ["demand", "example", "AGREEMENT", "GRAIN"]

AGREEMENT = "exact"
GRAIN = 256  # shares of the cells


def demand(n, parts, types, stride, behaviours, table, slot, ruled, type, death, radius, vx, vy, vz, stiffness, peak):
    """Raise peak[0] (bits, 1/min). type, death, radius (um), vx, vy, vz (um/min), stiffness (1/min): (n,)."""
    real = radius.dtype.type

    def value(b):
        return behaviour_of(table, slot, ruled, stride, behaviours, type[:n], b)

    v = np.sqrt(vx[:n] * vx[:n] + vy[:n] * vy[:n] + vz[:n] * vz[:n])
    rate, r = real(2) * stiffness[:n], radius[:n]
    crawl = np.where(death[:n] == 0, value(Behaviours.SPEED), real(0))
    moves = (v + crawl) / (real(0.1) * r)
    bends = np.sqrt(real(0.5) * rate * v / (real(0.01) * r))
    wanted = np.maximum(rate / real(0.7), np.maximum(moves, bends))
    most = wanted.max(where=value(Behaviours.MOVABLE) > 0, initial=0)
    peak[0] = max(peak[0], bits(most))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells with velocities of a few um/min."""
    cells = example_cells(size, rng, real)
    inputs = ("types", "stride", "behaviours", "table", "slot", "ruled", "type", "death", "radius")
    vx, vy, vz = rng.normal(0, 2, (3, size)).astype(real)
    return dict(
        n=size, parts=max(1, size // 64), **{name: cells[name] for name in inputs}, vx=vx, vy=vy, vz=vz,
        stiffness=rng.uniform(0, 2, size).astype(real), peak=np.zeros(1, np.int64),
    )  # fmt: skip
