"""Cells that are attached to each other: who they are, and what their springs do. All state is in the cells.

A cell keeps its partners by id, ascending, in the rows of its stack ``attached``; ``bonds`` counts them. ``find`` looks
up where they are, once for where the cells lie in memory; ``mend`` also drops the bonds that only one of the two still
names: the other is gone, dead or has divided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gputme.backends import Brought, Kernels
from gputme.solvers.lists import Lists
from gputme.solvers.neighbours import corner

__all__ = ["Bonds"]


class Bonds:
    """Bonds in a domain of these periods (um, 0: walls). ``mate``: where partners lie, (rows, capacity) flat."""

    def __init__(self, kernels: Kernels, periods: Sequence[float], types: int, affinity: int):
        self.kernels = kernels
        what = dict(types=types, affinity=affinity, **corner("w", periods))
        self._lists = Lists(kernels)
        self._mates, self._mend = kernels.mates.ready(), kernels.mend.ready()
        self._springs, self._tug = kernels.springs.ready(**what), kernels.tug.ready(**what)
        self.mate = kernels.zeros(0, np.int32)
        self.place = self.numbers = kernels.zeros(0, np.int32)

    @staticmethod
    def rows(cells: Any) -> int:
        """To how many others a cell can be attached; 0: nobody ever is."""
        return cells.stacks.get("attached", 0)

    def find(self, cells: Any) -> None:
        """Where everybody's partners are; holds until cells are put elsewhere in memory."""
        rows = self.rows(cells)
        if not (rows and cells.n):
            return
        if self.mate.size != rows * cells.capacity:
            self.kernels.remake(self, ("mate",), rows * cells.capacity, np.int32)
        self._mates(cells, self, rows=rows, **self._lists.index(cells))

    def mend(self, cells: Any) -> None:
        """Drop the bonds of cells that are gone, dead or have divided, on both sides."""
        if self.rows(cells) and cells.n:
            self.find(cells)
            self._mend(cells, self, rows=self.rows(cells))

    def pull(self, cells: Any, behaviours: Mapping[str, Any], motion: Any, measure: bool) -> None:
        """Add springs to the velocities of ``motion`` (vx, vy, vz), and to its stiffness where that is measured."""
        if rows := self.rows(cells):
            self._springs(cells, self, motion, rows=rows, measure=int(measure), **behaviours)

    def follow(self, cells: Any, order: Any) -> None:
        """The places at which cells stand in an order, for `tug`."""
        if self.numbers.size < cells.capacity:
            self.numbers = self.kernels.array(np.arange(cells.capacity), np.int32)
            self.kernels.remake(self, ("place",), cells.capacity, np.int32)
        self.place[order[: cells.n]] = self.numbers[: cells.n]

    def pulls(self, cells: Any) -> bool:
        """Whether there may be any in sub-steps."""
        return self.rows(cells) > 0

    def tug(self, cells: Any, behaviours: Mapping[str, Any], motion: Any, near: Any, **turn: Any) -> Brought:
        """The launch of springs on the cells whose turn it is in a sub-step, which writes ``tx``, ``ty``, ``tz`` of
        ``motion``, or adds to them."""
        return self._tug.brought(cells, self, motion, near, rows=self.rows(cells), **turn, **behaviours)
