"""The fields at the cells: values and slopes, as signals and beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import is_not
from typing import Any

import numpy as np

from gputme.backends import Kernels, Ready
from gputme.parameters import Parameters
from gputme.solvers.matrix import Matrix
from gputme.state import Tissue

__all__ = ["Sensing"]

_OF_MATRIX = {"ecm_density": "density", "ecm_anisotropy": "anisotropy", "ecm_crosslink": "crosslink"}
"""Signals that are fields of the matrix."""


@dataclass
class _Reading:
    """A launch that reads several fields on one grid, where in a tissue each is, and what was there last."""

    go: Ready
    of: list[Callable[[Tissue], Any]]
    fields: list[Any] = field(default_factory=list)

    def of_now(self, tissue: Tissue) -> list[Any]:
        """The fields: the same list unless one of them is another array."""
        found = [of(tissue) for of in self.of]
        if len(found) != len(self.fields) or any(map(is_not, found, self.fields)):
            self.fields = found
        return self.fields


class Sensing:
    """Reads fields where cells are; ``grids``: each substrate's grid for operations."""

    def __init__(
        self, parameters: Parameters, kernels: Kernels, grids: list[dict[str, Any]], matrix: Matrix | None
    ):  # fmt: skip
        self.kernels, self.signals = kernels, parameters.signals
        self._senses = [kernels.sense.ready(**grid) for grid in grids]
        self._rows = {signal.index: row for row, signal in enumerate(self.signals) if signal.kind == "substrate"}
        self._readings = self._made(grids, matrix)
        self._slopes = [(row, signal.index) for row, signal in enumerate(self.signals) if signal.kind == "gradient"]
        self.value = self.gx = self.gy = self.gz = kernels.zeros(0)

    def _made(self, grids: list[dict[str, Any]], matrix: Matrix | None) -> list[_Reading]:
        """One launch for all fields on the same grid."""
        found: dict[tuple, tuple[list[int], list[Callable]]] = {}
        for row, (kind, index, _) in enumerate(self.signals):
            if kind == "substrate":
                grid, of = grids[index], lambda tissue, index=index: tissue.fields[index]
            elif kind in _OF_MATRIX:
                grid, of = matrix.field, lambda tissue, name=_OF_MATRIX[kind]: getattr(tissue.voxels, name)
            else:
                continue
            rows, fields = found.setdefault(tuple(grid.items()), ([], []))
            rows.append(row)
            fields.append(of)
        k = self.kernels
        return [
            _Reading(k.sense_all.ready(**dict(grid), count=len(rows), row=k.array(rows, np.int32)), fields)
            for grid, (rows, fields) in found.items()
        ]

    def fill(self, tissue: Tissue) -> None:
        """Values and slopes of the fields into the rows of signals that read them."""
        cells = tissue.cells
        for reading in self._readings:
            reading.go(cells, sensed=cells.signals, field=reading.of_now(tissue))
        for row, index in self._slopes:
            self._read(tissue, index, cells.n)
            self.kernels.slope(n=cells.n, gx=self.gx, gy=self.gy, gz=self.gz, out=cells.row("signals", row))

    def at_cells(self, tissue: Tissue, index: int) -> Any:
        """A substrate at the cells, after `fill`: as its signal has it, if there is one."""
        if index in self._rows:
            return tissue.cells.row("signals", self._rows[index])
        self._read(tissue, index, 0)
        return self.value

    def _read(self, tissue: Tissue, index: int, gradients: int) -> None:
        if self.value.size < tissue.cells.capacity:
            self.kernels.remake(self, ("value", "gx", "gy", "gz"), tissue.cells.capacity)
        self._senses[index](tissue.cells, self, gradients=gradients, u=tissue.fields[index])
