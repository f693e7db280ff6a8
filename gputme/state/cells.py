"""The cells of one tissue: one array per column, structure of arrays, growing as cells divide."""

from __future__ import annotations

from typing import Any

import numpy as np

from gputme.columns import COLUMNS
from gputme.errors import TooManyCells

__all__ = ["Cells"]


class Cells:
    """``n`` live-or-dead cells in arrays of ``capacity`` elements; each column is an attribute (``cells.x``).

    Beside the columns there are *stacks*: several values per cell, kept row by row in one flat array whose row
    ``r`` is ``array[r * capacity : r * capacity + n]``: custom variables, internal amounts, signals, ruled
    behaviours. ``stride`` is the length of a row. ``removed``: what cells that are gone held, one amount per row of
    the stack ``internal``.
    """

    def __init__(self, kernels: Any, capacity: int, stacks: dict[str, int]):
        self.kernels = kernels
        self.n = 0
        self.capacity = max(int(capacity), 1)
        self.most = 2**31 - 128  # places are 32-bit numbers in the kernels; a run lowers it to what memory holds
        self.next_id = 1
        self.stacks = dict(stacks)
        self._rows: dict[tuple[str, int], Any] = {}
        self.removed = [0.0] * self.stacks.get("internal", 0)
        for name, column in COLUMNS.items():
            setattr(self, name, kernels.zeros(self.capacity, column.dtype))
        for name, rows in self.stacks.items():
            setattr(self, name, kernels.zeros(max(1, rows * self.capacity)))

    @property
    def stride(self) -> int:
        """Length of a row of a stack."""
        return self.capacity

    def row(self, stack: str, index: int) -> Any:
        """One row of a stack, all ``capacity`` elements of it (a view, the same one until the stack grows)."""
        if (stack, index) not in self._rows:
            self._rows[stack, index] = getattr(self, stack)[index * self.capacity : (index + 1) * self.capacity]
        return self._rows[stack, index]

    def ensure(self, capacity: int) -> None:
        """Make room for ``capacity`` cells; grows by at least a quarter, one array at a time, but not past ``most``.

        Raises TooManyCells where more are asked for.
        """
        if capacity > self.most:
            raise TooManyCells(f"{int(capacity)} cells are more than the {self.most} that there is room for")
        if capacity <= self.capacity:
            return
        self._rows.clear()
        self.kernels.release()  # else every array would stay beside the one that it grows into
        old, new = self.capacity, max(int(capacity), min(self.capacity + self.capacity // 4, self.most))
        for name, column in COLUMNS.items():
            grown = self.kernels.zeros(new, column.dtype)
            grown[: self.n] = getattr(self, name)[: self.n]
            setattr(self, name, grown)
        for name, rows in self.stacks.items():
            grown = self.kernels.zeros(max(1, rows * new))
            array = getattr(self, name)
            for r in range(rows):
                grown[r * new : r * new + self.n] = array[r * old : r * old + self.n]
            setattr(self, name, grown)
        self.capacity = new

    def to_host(self, saved_only: bool = True) -> dict[str, np.ndarray]:
        """Private host copies of the columns, first axis = cell."""
        return {
            name: np.array(self.kernels.host(getattr(self, name)[: self.n]))
            for name, column in COLUMNS.items()
            if column.saved or not saved_only
        }

    def stack_to_host(self, stack: str) -> np.ndarray:
        """A private host copy of a stack: (rows, n)."""
        rows = [np.array(self.kernels.host(self.row(stack, r)[: self.n])) for r in range(self.stacks[stack])]
        return np.array(rows).reshape(self.stacks[stack], self.n)

    def load(self, columns: dict[str, np.ndarray], stacks: dict[str, np.ndarray]) -> None:
        """Replace all cells by host columns (missing columns become 0) and stacks (rows, n)."""
        self.n = 0
        for name in COLUMNS.keys() - columns.keys():
            getattr(self, name)[...] = 0
        self.append(columns, stacks)

    def append(self, columns: dict[str, np.ndarray], stacks: dict[str, np.ndarray]) -> None:
        """Add cells behind the others from host columns (missing columns stay as they are: 0) and stacks (rows, n)."""
        start, stop = self.n, self.n + len(columns["id"])
        self.ensure(stop)
        for name, values in columns.items():
            target = getattr(self, name)
            target[start:stop] = self.kernels.array(values, target.dtype)
        for name, values in stacks.items():
            for r, row in enumerate(values):
                self.row(name, r)[start:stop] = self.kernels.array(row)
        self.n = stop
