"""Cells without space: a population whose fate alone is simulated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gputme.backends import Kernels
from gputme.columns import TICKS
from gputme.model import CellType
from gputme.solvers.fate import Fate
from gputme.solvers.phenotype import fate_tables
from gputme.state import Cells
from gputme.vocabulary import BEHAVIOURS, PHASES, Behaviours


def base_table(cell_types: Sequence[CellType], numbers: Behaviours) -> np.ndarray:
    """Base rates of fate per type."""
    table = np.zeros((len(cell_types), numbers.count))
    names = {"type": [t.name for t in cell_types], "phase": [str(p) for p in range(PHASES)], "": [""]}
    for entry in (entry for entry in BEHAVIOURS if entry.event):
        for row, cell_type in zip(table, cell_types):
            row[numbers.all_of(entry.name)] = entry.bases(cell_type, names[entry.per])
    return table


class Colony:
    """``n`` cells of the first type in phase 0 at time 0; ``step`` advances them, ``counts`` says what
    happened. ``rates``: further behaviours, the same for all types."""

    def __init__(
        self, k: Kernels, n: int, *cell_types: CellType, seed: int = 1, customs: Sequence[str] = (),
        tracked: int = 0, planar: bool = False, rates: dict[int, float] | None = None, **columns: Any,
    ):  # fmt: skip
        numbers = Behaviours(0, len(cell_types), len(customs))
        slot = np.full(numbers.count, -1, np.int32)
        laws = [[t.custom.get(name) for t in cell_types] for name in customs]
        tables, table = fate_tables(cell_types, laws), base_table(cell_types, numbers)
        for behaviour, rate in (rates or {}).items():
            table[:, behaviour] = rate
        self.fate = Fate(k, tables, numbers, table, slot, seed, planar)
        self.cells = Cells(k, n, {"custom": len(customs), "internal": tracked, "ruled": 0})
        volume = cell_types[0].volume
        solid = 1 - volume.fluid_fraction
        start = dict(
            id=np.arange(1, n + 1), clone=np.arange(1, n + 1),
            fluid=np.full(n, volume.total * volume.fluid_fraction),
            nuclear=np.full(n, volume.nuclear * solid), nuclear_target=np.full(n, volume.nuclear * solid),
            cytoplasmic=np.full(n, (volume.total - volume.nuclear) * solid),
            radius=np.full(n, volume.radius),
        )  # fmt: skip
        self.cells.load(start | columns, {})
        self.cells.next_id = n + 1
        self.founders, self.tick, self.counts = n, 0, {}

    def step(self, minutes: float, steps: int = 1) -> Colony:
        for _ in range(steps):
            end = self.tick + round(minutes * TICKS)
            for name, count in self.fate.step(self.cells, self.tick, end).items():
                self.counts[name] = self.counts.get(name, 0) + count
            self.tick = end
        return self

    def __getattr__(self, name: str) -> np.ndarray:
        """Host copy of a column, in the order of the cells' ids."""
        cells = self.__dict__["cells"]
        order = np.argsort(np.array(cells.kernels.host(cells.id[: cells.n])))
        return np.array(cells.kernels.host(getattr(cells, name)[: cells.n]))[order]

    @property
    def n(self) -> int:
        return self.cells.n
