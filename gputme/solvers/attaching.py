"""Cells attach to each other and let go of each other within a step, each event at its own time.

Every cell draws its next event (``court``). Rounds follow: an event happens when no earlier one, by time and then by
who proposes it, names either of its two cells (``vie``, ``tie``); both then draw anew from its time. All others keep
what they have drawn until its time comes. Rounds end when no event is left. What cells do and who is near are those of
the step's start, and bonds pull from there on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gputme.backends import Kernels
from gputme.columns import NEVER, TICKS
from gputme.ops.interactions._meetings import MOST_ROUNDS
from gputme.parameters import Parameters
from gputme.solvers.bonds import Bonds
from gputme.solvers.neighbours import Neighbours, corner
from gputme.solvers.rounds import rounds

__all__ = ["Attaching"]


class Attaching:
    """Attachment and detachment of the cells of one tissue."""

    def __init__(self, parameters: Parameters, kernels: Kernels, bonds: Bonds, neighbours: Neighbours):
        self.kernels, self.bonds, self.neighbours = kernels, bonds, neighbours
        self.standing = kernels.zeros(1, np.int64)
        self.room = 0
        self._court = kernels.court.ready(
            types=len(parameters.types), affinity=parameters.behaviours.of("affinity"), seed=parameters.scenario.seed,
            standing=self.standing, frees=int(parameters.ever("detachment")), **corner("w", neighbours.periods),
        )  # fmt: skip
        self._vie, self._tie = kernels.vie.ready(), kernels.tie.ready()

    def step(self, cells: Any, behaviours: Mapping[str, Any], tick: int, end: int) -> int:
        """All events from ``tick`` to ``end``, once partners are found; how often it was asked whether any is left.
        Raises RunError where they never cease."""
        rows, near = self.bonds.rows(cells), self.neighbours
        if not (rows and cells.n):
            return 0
        self._make_room(cells.capacity)
        near.touch(cells, behaviours)
        self.reached[...] = tick
        self.clock[...] = tick - 1
        self.before[...] = cells.bonds

        def draw(_: int) -> None:
            self._court(cells, self, near, self.bonds, **near.grid(), rows=rows, end=end, **behaviours)

        asked = 1
        for number in rounds(
            self.kernels, self.standing, draw,
            f"cells attach and let go more than {MOST_ROUNDS} times in one step of {(end - tick) / TICKS:g} min: "
            "make time.step, attachment.rate or attachment.detachment_rate smaller",
        ):  # fmt: skip
            self.first[...] = self.who[...] = -NEVER
            self._vie(cells, self, second=0)
            self._vie(cells, self, second=1)
            self._tie(cells, self, self.bonds, rows=rows)
            asked = number + 1
        return asked

    def _make_room(self, capacity: int) -> None:
        if capacity > self.room:
            self.room = capacity
            remake = self.kernels.remake
            remake(self, ("reached", "clock", "when", "first", "who"), capacity, np.int64)
            remake(self, ("whom",), capacity, np.int32)
            remake(self, ("what", "upto", "before"), capacity, np.uint8)
