"""Who is near whom: cells in bins, once for where they stand, shared by all that ask.

``place`` puts the cells into bins, once until they have ``moved``; the bins are laid out once until ``forget``.
``copy`` writes the columns that searches read in the order of places, with the reach asked for: contacts count by the
types' reach, forces act over the ruled one, and bins are wide enough for both.

``behaviours`` are table, slot, ruled, stride and behaviours, as operations take them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gputme.errors import RunError
from gputme.maths import from_bits
from gputme.ops.motion._walls import inward
from gputme.ops.neighbours._neighbours import Grid, pairs

__all__ = ["Neighbours", "corner", "parts"]

SLICE = 64  # cells per work item of a survey
MARGIN = 1.001  # bins are this much wider than the reach, against rounding of positions
MOST_BINS = 2048  # along an axis: up to here the margin holds in fp32


class Neighbours:
    """Cells in bins, in a box from ``lower`` to ``upper`` (x, y, z in um) with a word per face (x_min, x_max, ...).

    ``widest``: the largest reach (in radii) that a cell of each type can come to have; ``ruled``: whether it may be
    another one for each cell. ``half``: half of the largest distance (um) over which two of the placed cells interact;
    ``fastest``: the largest speed (um/min) at which one of them walks.
    """

    def __init__(
        self, kernels: Any, lower: Sequence[float], upper: Sequence[float], walls: Sequence[str], planar: bool,
        widest: np.ndarray, ruled: bool,
    ):  # fmt: skip
        self.kernels = kernels
        self.lower, self.upper = inward(lower, upper, kernels.real)
        self.wraps = [word == "periodic" for word in walls[::2]]
        if planar:
            self.wraps[2] = False
        self.periods = [u - l if wrap else 0.0 for l, u, wrap in zip(self.lower, self.upper, self.wraps)]
        self.widest = kernels.array(widest)
        self.peaks = kernels.zeros(8, np.int64)
        self.count = kernels.zeros(0, np.int64)
        self.room = 0
        self.bins, self.first, self.per_um = [1, 1, 1], list(self.lower), [0.0, 0.0, 0.0]
        self.half = self.fastest = 0.0
        self.start, self._unruled = kernels.zeros(0, np.int64), None
        self.laid = self.placed = self.copied = False
        self.ruled = ruled
        k, types = kernels, len(widest)
        self._look = k.survey.ready(
            types=types, **corner("l", self.lower), **corner("u", self.upper), peak=self.peaks, widest=self.widest
        )
        self._bin, self._place, self._rank = k.bin_cells.ready(), k.place_cells.ready(), k.sort_bins.ready()
        self._arrange = k.arrange.ready(types=types)
        self._count = k.contacts.ready(**corner("w", self.periods))

    def forget(self) -> None:
        """The cells may be others, or elsewhere."""
        self.laid = self.placed = False

    def moved(self) -> None:
        """The cells have moved within the step: they are put into the same bins anew."""
        self.placed = False

    def place(self, cells: Any, behaviours: Mapping[str, Any]) -> None:
        """Cells in (bin, id) order, unless they are. Raises RunError where a periodic axis is too short."""
        if not self.placed:
            if not self.laid:
                self._survey(cells, behaviours)
            self._sort(cells)
            self.laid, self.placed, self.copied = True, True, False

    def copy(self, cells: Any, behaviours: Mapping[str, Any]) -> None:
        """Copies of the placed cells in the order of their places, with their present reach."""
        if self.ruled or not self.copied:
            self._arrange(cells, self, **behaviours)
            self.copied = True

    def touch(self, cells: Any, behaviours: Mapping[str, Any]) -> None:
        """`place` and `copy` as contacts go, by the reach of the types: rules read them before they set behaviours."""
        if self._unruled is None:
            self._unruled = self.kernels.array(np.full(behaviours["behaviours"], -1), np.int32)
        self.place(cells, behaviours)
        self.copy(cells, {**behaviours, "slot": self._unruled})

    def where(self) -> dict[str, Any]:
        """The bins as searches over more than the next ones take them: how many, where they begin, how narrow."""
        return self.grid() | corner("l", self.first) | corner("b", self.per_um)

    def grid(self) -> dict[str, int]:
        """How many bins there are along each axis."""
        return dict(zip(("nx", "ny", "nz"), self.bins))

    def contacts(
        self, cells: Any, behaviours: Mapping[str, Any], asked: Mapping[str, Any], signals: Any
    ) -> None:  # fmt: skip
        """Fill the rows of ``signals`` that are ``asked`` of neighbours (:mod:`gputme.ops.neighbours.contacts`)."""
        if cells.n == 0:
            return
        self.touch(cells, behaviours)
        self._count(cells, self, **self.grid(), **asked, signals=signals)

    def near_pairs(self, cells: Any, behaviours: Mapping[str, Any]) -> np.ndarray:
        """Pairs of cells within their adhesion distance, each once: (pairs, 2) indices, on the host."""
        if cells.n == 0:
            return np.zeros((0, 2), np.int64)
        self.forget()
        self.place(cells, behaviours)
        self.copy(cells, behaviours)
        host, n = self.kernels.host, cells.n
        order, start = host(self.order)[:n], host(self.start)
        x, y, z, size, reach = (host(a)[:n] for a in (self.sx, self.sy, self.sz, self.size, self.reach))
        grid = Grid(self.bins, self.periods, start)
        found = [np.zeros((0, 2), np.int64)]
        for a, b, _, _, _, d2 in pairs(grid, host(self.bin)[:n][order], x, y, z, size, reach):
            near = d2 < (reach[a] + reach[b]) ** 2
            found.append(np.stack([order[a[near]], order[b[near]]], axis=1))
        return np.concatenate(found)

    def _survey(self, cells: Any, behaviours: Mapping[str, Any]) -> None:
        """Lay out bins over the box around the cells: as narrow as the reach allows, at most one a cell."""
        self._make_room(cells.capacity)
        self.peaks[...] = 0
        self._look(cells, parts=parts(cells.n), **behaviours)
        peaks = from_bits(self.kernels.host(self.peaks))
        self.half, self.fastest = float(peaks[0]), float(peaks[7])
        reach = 2 * self.half
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
            self.kernels.remake(self, ("count", "start"), math.prod(self.bins) + 1, np.int64)

    def _sort(self, cells: Any) -> None:
        """Cells in (bin, id) order in the present bins."""
        total = math.prod(self.bins)
        count = self.count[: total + 1]
        count[...] = 0
        self._bin(cells, self, **self.grid(), **corner("l", self.first), **corner("p", self.per_um))
        self.kernels.backend.cumsum(count, out=self.start[: total + 1])
        self._place(cells, self, bins=total)
        self._rank(cells, self, bins=total)

    def _make_room(self, capacity: int) -> None:
        if capacity <= self.room:
            return
        self.room = capacity
        remake = self.kernels.remake
        remake(self, ("bin", "order"), capacity, np.int32)
        remake(self, ("kind",), capacity, np.uint8)
        remake(self, ("size", "reach", "sx", "sy", "sz"), capacity)


def _layout(width: list[float], reach: float, most: int) -> list[int]:
    """Bins per axis: none narrower than the reach, about ``most`` in all."""
    bins = [max(1, min(MOST_BINS, int(w / reach))) for w in width]
    while math.prod(bins) > most:
        wide = [b for b in bins if b > 1]
        shrink = (math.prod(bins) / most) ** (1 / len(wide))
        bins = [max(1, min(b - 1, int(b / shrink))) for b in bins]
    return bins


def parts(n: int) -> int:
    """Work items of a survey of n cells."""
    return max(1, n // SLICE)


def corner(letter: str, values: Sequence[float]) -> dict[str, float]:
    """Three values as arguments: lx, ly, lz."""
    return {letter + axis: value for axis, value in zip("xyz", values)}
