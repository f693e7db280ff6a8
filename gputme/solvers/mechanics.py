"""Adhesion, repulsion, walls and contacts: bins, forces, steps. All state is in the cells' columns.

A base step goes ::

    steps = mechanics.prepare(cells, behaviours, minutes)
    for each of the steps:
        mechanics.substep(cells, behaviours, dt, last_dt, gone, displacement)

``prepare`` surveys the cells, lays out the bins, computes the forces at the start and from these the number
of steps (:mod:`gputme.ops.motion.demand`); the first substep uses these same forces, so nothing is computed twice.

``behaviours`` are table, slot, ruled, stride and behaviours, as operations take them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gputme.errors import RunError
from gputme.maths import from_bits
from gputme.ops.behaviour import behaviour_of
from gputme.ops.motion import demand
from gputme.ops.motion._walls import coded, inward
from gputme.ops.motion.forces import pair_strengths
from gputme.ops.neighbours._neighbours import Grid, pairs
from gputme.vocabulary import Behaviours

__all__ = ["MOST_STEPS", "Culprit", "Mechanics"]

ACCURACY = 0.005  # radii, see gputme/ops/demand.py
SLICE = 64  # cells per work item of a survey
MARGIN = 1.001  # bins are this much wider than the reach, against rounding of positions
MOST_BINS = 2048  # along an axis: up to here the margin holds in fp32
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
    """

    def __init__(
        self, kernels: Any, lower: Sequence[float], upper: Sequence[float], walls: Sequence[str],
        planar: bool, numbering: Behaviours, table: np.ndarray, slot: np.ndarray, accuracy: float = ACCURACY,
        acts: bool = True,
    ):  # fmt: skip
        self.kernels = kernels
        self.lower, self.upper = inward(lower, upper, kernels.real)
        self.planar, self.accuracy, self.acts = planar, accuracy, acts
        self.rates = (0.0, 0.0, 0.0)
        self.types = len(table)
        self.box = dict(walls=coded(walls), **_corner("l", self.lower), **_corner("u", self.upper))
        self.wraps = [word == "periodic" for word in walls[::2]]
        if planar:
            self.wraps[2] = False
        self.periods = [u - l if wrap else 0.0 for l, u, wrap in zip(self.lower, self.upper, self.wraps)]
        self.affinity = numbering.first_affinity
        asked = [Behaviours.ADHESION, Behaviours.REPULSION, *range(self.affinity, self.affinity + self.types)]
        self.paired = bool((np.asarray(slot)[asked] < 0).all())
        strengths = pair_strengths(np.asarray(table, kernels.real), self.affinity)
        self.repulsion, self.adhesion = (kernels.array(s.ravel()) for s in strengths)
        self.peaks = kernels.zeros(7, np.int64)
        self.count, self.still = kernels.zeros(0, np.int64), kernels.zeros(0)
        self.room = 0
        self.bins, self.first, self.per_um = [1, 1, 1], list(self.lower), [0.0, 0.0, 0.0]
        self.start = None
        self.fresh = False
        self._prepare()

    # ------------------------------------------------------------------------------------------ one base step

    def prepare(self, cells: Any, behaviours: Mapping[str, Any], minutes: float) -> int:
        """Bins and forces at the start of a base step; how many mechanics steps it takes (at least 1).

        Writes ``cells.pressure``. Raises RunError where a periodic axis is too short for the cells' reach.
        """
        if cells.n == 0:
            return 1
        self._survey(cells, behaviours)
        self._sort(cells, behaviours)
        self._forces(cells, behaviours, measure=True)
        self.fresh = True
        self.peaks[...] = 0
        self._ask(cells, self, parts=_parts(cells.n), **behaviours)
        self.rates = tuple(float(r) for r in from_bits(self.kernels.host(self.peaks))[:3])
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
        if self.acts and not opens:
            self._sort(cells, behaviours)
            self._forces(cells, behaviours, measure=False)
        ratio = min(dt / last_dt, RATIO) if last_dt > 0 else 0.0
        if displacement is None and self.still.size < cells.n:
            self.still = self.kernels.zeros(cells.capacity)
        dx, dy, dz = displacement or (self.still,) * 3
        self._move(
            cells, self, first=dt * (1 + ratio / 2), last=dt * ratio / 2, alone=dt, check=int(opens), since=2 * last_dt,
            **behaviours, dx=dx, dy=dy, dz=dz, gone=gone,
        )  # fmt: skip

    def contacts(
        self, cells: Any, behaviours: Mapping[str, Any], what: Any, which: Any, row: Any, signals: Any,
        stride: int
    ) -> None:
        """Count neighbours into rows of ``signals`` (:mod:`gputme.ops.neighbours.contacts`); what, which, row: i32.

        Rules read contacts before they set behaviours, so ``behaviours`` are best those of the types (slot -1).
        """
        if cells.n == 0:
            return
        self._survey(cells, behaviours)
        self._sort(cells, behaviours)
        self._count(
            cells, self, **self._bins(), rows=len(row), stride=stride, what=what, which=which, row=row, signals=signals
        )

    def neighbour_pairs(self, cells: Any, behaviours: Mapping[str, Any]) -> np.ndarray:
        """Pairs of cells within their adhesion distance, each once: (pairs, 2) indices, on the host."""
        if cells.n == 0:
            return np.zeros((0, 2), np.int64)
        self._survey(cells, behaviours)
        self._sort(cells, behaviours)
        host, n = self.kernels.host, cells.n
        order, start = host(self.order)[:n], host(self.start)
        x, y, z, size, reach = (host(a)[:n] for a in (self.sx, self.sy, self.sz, self.size, self.reach))
        grid = Grid(self.bins, self.periods, start)
        found = [np.zeros((0, 2), np.int64)]
        for a, b, _, _, _, d2 in pairs(grid, host(self.bin)[:n][order], x, y, z, size, reach):
            near = d2 < (reach[a] + reach[b]) ** 2
            found.append(np.stack([order[a[near]], order[b[near]]], axis=1))
        return np.concatenate(found)

    # ------------------------------------------------------------------------------------------ parts of it

    def _survey(self, cells: Any, behaviours: Mapping[str, Any]) -> None:
        """Lay out bins over the box around the cells: as narrow as the reach allows, at most one a cell."""
        self._make_room(cells.capacity)
        self.peaks[...] = 0
        self._look(cells, parts=_parts(cells.n), **behaviours)
        peaks = from_bits(self.kernels.host(self.peaks))
        reach = 2 * float(peaks[0])
        width = []
        for axis, (l, u) in enumerate(zip(self.lower, self.upper)):
            if self.wraps[axis]:
                if u - l < 2 * reach:
                    raise RunError(
                        f"the domain is {u - l:g} um wide along its periodic axis {'xyz'[axis]}, "
                        f"but cells interact over {reach:g} um: make it at least {2 * reach:g} um"
                    )
                first, last = l, u
            else:
                first, last = u - float(peaks[4 + axis]), l + float(peaks[1 + axis])
            self.first[axis] = first
            width.append(max(last - first, 0.0))
        self.bins = _layout(width, reach * MARGIN, cells.n + 64)
        self.per_um = [b / w if w > 0 else 0.0 for b, w in zip(self.bins, width)]
        if self.count.size < math.prod(self.bins) + 1:
            self.count = self.kernels.zeros(math.prod(self.bins) + 1, np.int64)

    def _sort(self, cells: Any, behaviours: Mapping[str, Any]) -> None:
        """Cells in (bin, id) order in the present bins, and copies of them in that order."""
        total = math.prod(self.bins)
        count = self.count[: total + 1]
        count[...] = 0
        self._bin(cells, self, **self._bins(), **_corner("l", self.first), **_corner("p", self.per_um), count=count)
        self.start = self.kernels.backend.cumsum(count)
        self._place(cells, self, bins=total)
        self._rank(cells, self, bins=total)
        self._arrange(cells, self, **behaviours)

    def _forces(self, cells: Any, behaviours: Mapping[str, Any], measure: bool) -> None:
        """Velocities by forces and pressures; without forces both stay 0."""
        if not self.acts:
            return
        self._push(cells, self, **self._bins(), measure=int(measure), **behaviours)

    def _prepare(self) -> None:
        """The launches, with what never changes; what they take from the cells and from here is followed."""
        k, types, planar = self.kernels, self.types, int(self.planar)
        corners = _corner("l", self.lower) | _corner("u", self.upper)
        self._look = k.survey.ready(types=types, **corners, peak=self.peaks)
        self._bin, self._place, self._rank = k.bin_cells.ready(), k.place_cells.ready(), k.sort_bins.ready()
        self._arrange = k.arrange.ready(types=types)
        self._push = k.forces.ready(
            types=types, **_corner("w", self.periods), planar=planar, paired=int(self.paired), affinity=self.affinity,
            repulsion=self.repulsion, adhesion=self.adhesion,
        )  # fmt: skip
        self._count = k.contacts.ready(**_corner("w", self.periods))
        self._ask = k.demand.ready(types=types, accuracy=self.accuracy, peak=self.peaks)
        self._move = k.move.ready(types=types, planar=planar, **self.box)

    def _bins(self) -> dict[str, int]:
        """How many bins there are along each axis."""
        return dict(zip(("nx", "ny", "nz"), self.bins))

    def _make_room(self, capacity: int) -> None:
        if capacity <= self.room:
            return
        self.room = capacity
        zeros = self.kernels.zeros
        self.bin, self.order = zeros(capacity, np.int32), zeros(capacity, np.int32)
        self.kind = zeros(capacity, np.uint8)
        for name in ("size", "reach", "sx", "sy", "sz", "vx", "vy", "vz", "stiffness"):
            setattr(self, name, zeros(capacity))


def _layout(width: list[float], reach: float, most: int) -> list[int]:
    """Bins per axis: none narrower than the reach, about ``most`` in all."""
    bins = [max(1, min(MOST_BINS, int(w / reach))) for w in width]
    while math.prod(bins) > most:
        wide = [b for b in bins if b > 1]
        shrink = (math.prod(bins) / most) ** (1 / len(wide))
        bins = [max(1, min(b - 1, int(b / shrink))) for b in bins]
    return bins


def _parts(n: int) -> int:
    return max(1, n // SLICE)


def _corner(letter: str, values: Sequence[float]) -> dict[str, float]:
    return {letter + axis: value for axis, value in zip("xyz", values)}
