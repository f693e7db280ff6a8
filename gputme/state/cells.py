"""The cells of one tissue: one array per column, structure of arrays, growing as cells divide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from gputme.columns import COLUMNS, STACKS, CellColumn, Division, flags
from gputme.errors import TooManyCells
from gputme.state.genealogy import Genealogy

__all__ = ["Bits", "Cells", "Shares"]


class Shares(NamedTuple):
    """What division does, as the operation ``partition`` takes it: columns and rows of stacks by type."""

    reals: int
    words: int
    octets: int
    law: Any
    start: Any
    real_columns: list
    word_columns: list
    byte_columns: list


class Bits(NamedTuple):
    """Everything that cells carry, as the operation ``refill`` takes it: columns and rows of stacks by width."""

    longs: int
    words: int
    octets: int
    long_columns: list
    word_columns: list
    byte_columns: list


class Cells:
    """``n`` live-or-dead cells in arrays of ``capacity`` elements; each column is an attribute (``cells.x``).

    ``columns`` are those of the mechanisms in use, all unless given. Columns of the others are empty arrays, and a flag
    per mechanism (``cells.motility``, 1 or 0) says so to kernels.

    Beside the columns there are *stacks*: several values per cell, kept row by row in one flat array whose row
    ``r`` is ``array[r * capacity : r * capacity + n]``: custom variables, internal amounts, signals, ruled
    behaviours, ids of partners. ``stride`` is the length of a row. ``removed``: what cells that are gone held, one
    amount per row of the stack ``internal``. ``ids``: that of the first cell, and by how much those of two that follow
    each other differ (``apart``); ``next_id`` is always above the ids of all that are there. ``genealogy``: who was
    born of whom, and who is gone.
    """

    def __init__(
        self, kernels: Any, capacity: int, stacks: dict[str, int], columns: Mapping[str, CellColumn] | None = None,
        ids: tuple[int, int] = (1, 1),
    ):  # fmt: skip
        self.kernels = kernels
        self.n = 0
        self.capacity = max(int(capacity), 1)
        self.most = 2**31 - 128  # places are 32-bit numbers in the kernels; a run lowers it to what memory holds
        self.next_id, self.apart = ids
        self.genealogy = Genealogy(kernels)
        self.stacks = dict(stacks)
        self.columns: dict[str, CellColumn] = {}
        self._rows: dict[tuple[str, int], Any] = {}
        self._shares: Shares | None = None
        self._bits: Bits | None = None
        self.removed = [0.0] * self.stacks.get("internal", 0)
        self.use(COLUMNS if columns is None else columns)
        for name in self.stacks:
            self._stack(name)

    def _stack(self, name: str) -> None:
        """An empty stack of its number of rows."""
        size = max(1, self.stacks[name] * self.capacity)
        setattr(self, name, self.kernels.zeros(size, STACKS[name].dtype))

    def widen(self, name: str, rows: int) -> None:
        """Have at least so many rows of a stack from now on; where there were fewer, all of it begins at 0."""
        if rows > self.stacks.get(name, 0):
            self._rows.clear()
            self._shares = self._bits = None
            self.kernels.release()
            self.stacks[name] = rows
            self._stack(name)

    def use(self, columns: Mapping[str, CellColumn]) -> None:
        """Have these columns from now on: new ones begin at their start, those that are not among them are let go."""
        self._shares = self._bits = None
        self.kernels.release()
        for name, column in COLUMNS.items():
            if name in columns and name not in self.columns:
                setattr(self, name, self.kernels.zeros(self.capacity, column.dtype))
                if column.start:
                    getattr(self, name)[...] = column.start
            elif name not in columns and (name in self.columns or not hasattr(self, name)):
                setattr(self, name, self.kernels.zeros(0, column.dtype))
        self.columns = dict(columns)
        for mechanism, there in flags(columns).items():
            setattr(self, mechanism, there)

    def new_ids(self, n: int) -> np.ndarray:
        """The ids of n new cells: (n,) uint64. No other cell gets them."""
        first, self.next_id = self.next_id, self.next_id + n * self.apart
        return np.arange(first, self.next_id, self.apart, dtype=np.uint64)

    def skip_to(self, id: int) -> None:
        """From now on new ids are above this one, which a cell has that was born elsewhere."""
        self.next_id += max(0, -(-(id + 1 - self.next_id) // self.apart)) * self.apart

    @property
    def stride(self) -> int:
        """Length of a row of a stack."""
        return self.capacity

    @property
    def saved(self) -> list[str]:
        """Columns that a checkpoint holds."""
        return [name for name, column in self.columns.items() if column.saved]

    def row(self, stack: str, index: int) -> Any:
        """One row of a stack, all ``capacity`` elements of it (a view, the same one until the stack grows)."""
        if (stack, index) not in self._rows:
            self._rows[stack, index] = getattr(self, stack)[index * self.capacity : (index + 1) * self.capacity]
        return self._rows[stack, index]

    def values(self) -> Iterator[Any]:
        """Every column, and every row of every stack."""
        for name in self.columns:
            yield getattr(self, name)
        for name, rows in self.stacks.items():
            for r in range(rows):
                yield self.row(name, r)

    @property
    def shares(self) -> Shares:
        """What division does to each cell's values (the same object until the arrays grow)."""
        if self._shares is None:
            self._shares = self._shared()
        return self._shares

    def _shared(self) -> Shares:
        entries = [(getattr(self, name), c.division, c.start) for name, c in self.columns.items()]
        entries += [(self.row(s, r), STACKS[s].division, 0.0) for s, rows in self.stacks.items() for r in range(rows)]
        entries = [entry for entry in entries if entry[1] is not Division.OWN]
        kinds = {self.kernels.real}, {np.int64, np.uint64}, {np.uint8}
        mine = [[entry for entry in entries if entry[0].dtype.type in kind] for kind in kinds]
        law, start = ([entry[k] for some in mine for entry in some] for k in (1, 2))
        reals, words, octets = ([entry[0] for entry in some] for some in mine)
        return Shares(
            *map(len, mine), self.kernels.array(law, np.int32), self.kernels.array(start, np.float64), reals,
            [a.view(np.int64) for a in words], octets,
        )  # fmt: skip

    @property
    def bits(self) -> Bits:
        """Everything that each cell carries (the same object until the arrays grow)."""
        if self._bits is None:
            kinds = (np.uint64, np.uint32, np.uint8)
            found = [[a.view(kind) for a in self.values() if a.itemsize == np.dtype(kind).itemsize] for kind in kinds]
            self._bits = Bits(*map(len, found), *found)
        return self._bits

    def ensure(self, capacity: int) -> None:
        """Make room for ``capacity`` cells; grows by at least a quarter, one array at a time, but not past ``most``.

        Raises TooManyCells where more are asked for.
        """
        if capacity > self.most:
            raise TooManyCells(f"{int(capacity)} cells are more than the {self.most} that there is room for")
        if capacity <= self.capacity:
            return
        self._rows.clear()
        self._shares = self._bits = None
        self.kernels.release()  # else every array would stay beside the one that it grows into
        old, new = self.capacity, max(int(capacity), min(self.capacity + self.capacity // 4, self.most))
        for name, column in self.columns.items():
            grown = self.kernels.zeros(new, column.dtype)
            grown[: self.n] = getattr(self, name)[: self.n]
            setattr(self, name, grown)
            self.kernels.backend.give_back()  # the smaller one
        for name, rows in self.stacks.items():
            grown = self.kernels.zeros(max(1, rows * new), STACKS[name].dtype)
            array = getattr(self, name)
            for r in range(rows):
                grown[r * new : r * new + self.n] = array[r * old : r * old + self.n]
            setattr(self, name, grown)
        self.capacity = new
        self.kernels.backend.give_back()

    def to_host(self) -> dict[str, np.ndarray]:
        """Private host copies of the columns that a checkpoint holds, (n,)."""
        return {name: np.array(self.kernels.host(getattr(self, name)[: self.n])) for name in self.saved}

    def stack_to_host(self, stack: str) -> np.ndarray:
        """A private host copy of a stack: (rows, n)."""
        rows = [np.array(self.kernels.host(self.row(stack, r)[: self.n])) for r in range(self.stacks[stack])]
        return np.array(rows, getattr(self, stack).dtype).reshape(self.stacks[stack], self.n)

    def load(self, columns: Mapping[str, np.ndarray], stacks: Mapping[str, np.ndarray]) -> None:
        """Replace all cells by host columns and stacks, as `append` has them."""
        self.n = 0
        self.append(columns, stacks)

    def append(self, columns: Mapping[str, np.ndarray], stacks: Mapping[str, np.ndarray]) -> None:
        """Add cells behind the others from host columns and stacks (rows, n).

        Columns that are not given begin as they are declared to, and partners are none; those of mechanisms not in use
        are passed over.
        """
        start, stop = self.n, self.n + len(columns["id"])
        self.ensure(stop)
        for name, column in self.columns.items():
            target = getattr(self, name)
            begin = target.dtype.type(column.start)
            target[start:stop] = self.kernels.array(columns[name], target.dtype) if name in columns else begin
        for name, values in stacks.items():
            for r, row in enumerate(values):
                self.row(name, r)[start:stop] = self.kernels.array(row, STACKS[name].dtype)
        for r in range(self.stacks.get("attached", 0) if "attached" not in stacks else 0):
            self.row("attached", r)[start:stop] = 0
        self.n = stop
