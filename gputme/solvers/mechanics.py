"""Adhesion, repulsion and walls: forces and steps. All state is in the cells' columns.

A base step goes ::

    steps = mechanics.prepare(cells, behaviours, minutes)
    for each of the steps:
        mechanics.substep(cells, behaviours, dt, last_dt, gone, displacement)

``prepare`` finds the neighbours (:mod:`gputme.solvers.neighbours`), computes the forces at the start and from these
the number of steps (:mod:`gputme.ops.motion.demand`); the first substep uses these same forces, so nothing is
computed twice.

``behaviours`` are table, slot, ruled, stride and behaviours, as operations take them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gputme.maths import from_bits
from gputme.ops.behaviour import behaviour_of
from gputme.ops.motion import demand
from gputme.ops.motion._walls import coded
from gputme.ops.motion.forces import pair_strengths
from gputme.solvers.neighbours import Neighbours, corner, parts
from gputme.vocabulary import Behaviours

__all__ = ["MOST_STEPS", "Culprit", "Mechanics"]

ACCURACY = 0.005  # radii, see gputme/ops/motion/demand.py
MOST_STEPS = 4000  # in a base step: sane tissues ask for 5 to 100 a minute
RATIO = 2.0  # largest ratio of a step to the one before: Adams-Bashforth is stable below 2.4


class Culprit(NamedTuple):
    """A cell that asks for many steps: its id, type, place relative to the domain's centre (um), and why it does."""

    id: int
    type: int
    place: tuple[float, float, float]
    why: str


class Mechanics:
    """Mechanics in a box from ``lower`` to ``upper`` (x, y, z in um).

    ``walls``: a word per face (x_min, x_max, y_min, ...): "reflect", "absorb" or "periodic". ``planar``:
    cells stay in their plane. ``table`` and ``slot``: the host's base values of behaviours (types,
    behaviours) and their slots. ``accuracy``: radii that a cell may be off after a fresh overlap, which sets
    the number of steps (goes by its root). ``rates``: steps per minute asked for by stability, displacement
    and accuracy when a step was last prepared. ``acts`` False: no forces; cells only walk, and walls hold.
    ``widest``: the largest reach that rules can give to a cell of each type; that of the table unless given.
    """

    def __init__(
        self, kernels: Any, lower: Sequence[float], upper: Sequence[float], walls: Sequence[str],
        planar: bool, numbering: Behaviours, table: np.ndarray, slot: np.ndarray, accuracy: float = ACCURACY,
        acts: bool = True, widest: np.ndarray | None = None,
    ):  # fmt: skip
        self.kernels = kernels
        widest = table[:, Behaviours.REACH] if widest is None else widest
        near = Neighbours(kernels, lower, upper, walls, planar, widest, ruled=bool(slot[Behaviours.REACH] >= 0))
        self.neighbours = near
        self.planar, self.accuracy, self.acts = planar, accuracy, acts
        self.rates = (0.0, 0.0, 0.0)
        self.types = len(table)
        self.box = dict(walls=coded(walls), **corner("l", near.lower), **corner("u", near.upper))
        self.affinity = numbering.of("affinity")
        asked = [Behaviours.ADHESION, Behaviours.REPULSION, *numbering.all_of("affinity")]
        self.paired = bool((np.asarray(slot)[asked] < 0).all())
        strengths = pair_strengths(np.asarray(table, kernels.real), self.affinity)
        self.repulsion, self.adhesion = (kernels.array(s.ravel()) for s in strengths)
        self.peaks = kernels.zeros(3, np.int64)
        self.still = kernels.zeros(0)
        self.room = 0
        self.fresh = False
        self._prepare()

    # ------------------------------------------------------------------------------------------ one base step

    def prepare(self, cells: Any, behaviours: Mapping[str, Any], minutes: float) -> int:
        """Bins and forces at the start of a base step; how many mechanics steps it takes (at least 1).

        Writes ``cells.pressure``. Raises RunError where a periodic axis is too short for the cells' reach.
        """
        if cells.n == 0:
            return 1
        self._forces(cells, behaviours, measure=True)
        self.fresh = True
        self.peaks[...] = 0
        self._ask(cells, self, parts=parts(cells.n), **behaviours)
        self.rates = tuple(float(r) for r in from_bits(self.kernels.host(self.peaks)))
        return max(1, math.ceil(max(self.rates) * minutes))

    def why(self) -> str:
        """One sentence: what decided the number of steps that was last prepared."""
        names = "stiff contacts' stability", "no cell moving a tenth of a radius", "fresh overlaps' accuracy"
        rate, name = max(zip(self.rates, names))
        return f"{name} asks for {rate:.3g} steps per minute"

    def culprit(self, cells: Any, behaviours: Mapping[str, Any]) -> Culprit:
        """The cell that asks for most steps, from the forces of the last ``prepare``, and why it does."""
        n, host = cells.n, self.kernels.host

        def of(array: Any) -> np.ndarray:
            return np.array(host(array)[:n])

        conduct = {name: host(a) if hasattr(a, "dtype") else a for name, a in behaviours.items()}
        columns = {name: of(getattr(cells, name)) for name in ("type", "death", "radius")}
        forces = {name: of(getattr(self, name)) for name in ("vx", "vy", "vz", "stiffness")}
        asked = demand.rates(np.float64(self.accuracy), **conduct, **columns, **forces)
        which, i = np.unravel_index(np.argmax(asked), asked.shape)
        x, y, z, radius = (of(getattr(cells, name)).astype(np.float64) for name in ("x", "y", "z", "radius"))
        near = (x - x[i]) ** 2 + (y - y[i]) ** 2 + (z - z[i]) ** 2 < (radius + radius[i]) ** 2
        pushed = float(np.sqrt(sum(forces[name][i].astype(np.float64) ** 2 for name in ("vx", "vy", "vz"))))
        walks = float(behaviour_of(kind=columns["type"], b=Behaviours.SPEED, **conduct)[i])
        others = int(near.sum()) - 1
        crowd = f"{others} other cell{'s overlap' if others != 1 else ' overlaps'} it"
        if which == 1 and walks > pushed:
            why = f"it walks at {walks:.3g} um/min, and a sub-step takes a cell no further than a tenth of its radius"
        elif which == 1:
            why = f"neighbours push it at {pushed:.3g} um/min ({crowd})"
        else:
            held = 2 * float(forces["stiffness"][i])
            why = f"its contacts relax at {held:.3g} per min ({crowd})"
        return Culprit(int(host(cells.id[i : i + 1])[0]), int(columns["type"][i]), (x[i], y[i], z[i]), why)

    def substep(
        self, cells: Any, behaviours: Mapping[str, Any], dt: float, last_dt: float, gone: Any,
        displacement: tuple[Any, Any, Any] | None = None,
    ) -> None:  # fmt: skip
        """Move the cells over ``dt`` min; ``last_dt``: the step before (0: none), part of the checkpoint.

        ``displacement`` (dx, dy, dz; um) by motility is added. ``gone`` (u8) is set where a wall absorbs.
        """
        if cells.n == 0:
            return
        opens, self.fresh = self.fresh, False
        if not opens:
            self._forces(cells, behaviours, measure=False)
        ratio = min(dt / last_dt, RATIO) if last_dt > 0 else 0.0
        if displacement is None and self.still.size < cells.n:
            self.still = self.kernels.zeros(cells.capacity)
        dx, dy, dz = displacement or (self.still,) * 3
        self._move(
            cells, self, first=dt * (1 + ratio / 2), last=dt * ratio / 2, alone=dt, check=int(opens), since=2 * last_dt,
            **behaviours, dx=dx, dy=dy, dz=dz, gone=gone,
        )  # fmt: skip
        self.neighbours.moved()

    # ------------------------------------------------------------------------------------------ parts of it

    def _forces(self, cells: Any, behaviours: Mapping[str, Any], measure: bool) -> None:
        """Velocities by forces and pressures where the cells now stand; without forces both stay 0."""
        self._make_room(cells.capacity)
        near = self.neighbours
        if not self.acts and not measure:
            return
        near.place(cells, behaviours)
        if not self.acts:
            return
        near.copy(cells, behaviours)
        self._push(cells, self, near, **near.grid(), measure=int(measure), **behaviours)

    def _prepare(self) -> None:
        """The launches, with what never changes; what they take from the cells and from here is followed."""
        k, types, planar = self.kernels, self.types, int(self.planar)
        self._push = k.forces.ready(
            types=types, **corner("w", self.neighbours.periods), planar=planar, paired=int(self.paired),
            affinity=self.affinity, repulsion=self.repulsion, adhesion=self.adhesion,
        )  # fmt: skip
        self._ask = k.demand.ready(types=types, accuracy=self.accuracy, peak=self.peaks)
        self._move = k.move.ready(types=types, planar=planar, **self.box)

    def _make_room(self, capacity: int) -> None:
        if capacity <= self.room:
            return
        self.room = capacity
        for name in ("vx", "vy", "vz", "stiffness"):
            setattr(self, name, self.kernels.zeros(capacity))
