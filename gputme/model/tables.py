"""Tables of cells: PhysiCell's two kinds, our own export and frames, and other people's columns by `columns`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from gputme.columns import Death
from gputme.errors import ScenarioError
from gputme.model import headings
from gputme.model.delimited import number, problem
from gputme.model.dimensions import RANGES, too_large
from gputme.model.parts import Parts
from gputme.model.population import Population
from gputme.model.sources import Block, opened
from gputme.model.units import beyond, describe
from gputme.naming import instead, similar

__all__ = ["CellTable", "cells_from_table", "cells_of"]

_MOST_MESSAGES = 10


@dataclass(frozen=True)
class CellTable:
    """Cells read from a table. NaN where an entry is empty: the cell has its type's own."""

    positions: np.ndarray
    """float64 (N, 3), um."""
    types: np.ndarray
    """int64 (N,), index into the cell types."""
    state: Mapping[str, np.ndarray] = field(default_factory=dict)
    """float64 (N,) by the names of `headings.STATE`."""
    custom: Mapping[str, np.ndarray] = field(default_factory=dict)
    """float64 (N,) by name of the variable, or first word of a behaviour that varies."""
    internal: Mapping[str, np.ndarray] = field(default_factory=dict)
    """float64 (N,) by name of the substrate: amounts in the cells."""
    warnings: tuple[str, ...] = ()
    """What was read and means nothing here, at most one sentence."""

    @property
    def volume(self) -> np.ndarray | None:
        """Total volumes that the table gives, um3, or None."""
        return self.state.get("volume")


def cells_from_table(
    path: str | Path, scenario: Parts, default_type: str | None = None, columns: Mapping[str, str] | None = None
) -> CellTable:
    """Read the cells of a table: text separated by commas, semicolons or tabs, Parquet, or a frame of a run.

    Columns x, y, z, type and optionally those of `headings.STATE` and custom variables, in any order; `columns` says
    what a table calls them. A text whose first field is a number has no header: x, y, z, type. In 2D, z may be
    missing. `default_type` holds where there is no type column. Raises ScenarioError with file, row and column.
    """
    path = Path(path)
    try:
        source = opened(path)
        found = headings.meanings(source.header, scenario, columns or {}, default_type is not None)
        reader = _Reader(path, found, scenario, default_type)
        for block in source.blocks:
            reader.take(block)
    except ScenarioError as error:
        raise ScenarioError([f"{path}: {message}" for message in error.messages]) from None
    except (OSError, ValueError) as error:
        raise ScenarioError(f"{path}: {problem(error)}") from None
    return reader.table()


def cells_of(population: Population, scenario: Parts) -> CellTable:
    """The cells of the table that a population names."""
    assert population.table is not None
    return cells_from_table(scenario.path(population.table), scenario, population.type, population.columns)


class _Reader:
    """Turns blocks of text or values into numbers and cell types, and collects what is wrong with them."""

    def __init__(self, path: Path, found: headings.Headings, scenario: Parts, default_type: str | None):
        self.path, self.found, self.scenario = path, found, scenario
        self.names = [cell_type.name for cell_type in scenario.cell_types]
        self.default = None if default_type is None else self.names.index(default_type)
        self.index: dict[Any, int | None] = {}  # of each word for a type that was met
        self.parts: dict[str, list[np.ndarray]] = {key: [] for key in ["rows", "type", *found.columns]}
        self.with_values: set[str] = set()  # left-out columns that hold something
        self.messages: list[str] = []
        self.more = 0

    def take(self, block: Block) -> None:
        """Read some rows."""
        self.parts["rows"].append(block.rows)
        for key, k in self.found.columns.items():
            column = block.columns[k]
            values = self._types(block.rows, column) if key == "type" else self._numbers(block.rows, key, column)
            self.parts[key].append(values)
        if "type" not in self.found.columns:
            self.parts["type"].append(np.full(len(block.rows), self.default))
        for name, k in self.found.left_out.items():
            if name not in self.with_values and not all(map(_skipped, block.columns[k])):
                self.with_values.add(name)

    def table(self) -> CellTable:
        """All that was read. Raises ScenarioError with what is wrong."""
        self._finish()
        whole = {key: np.concatenate(part) if part else np.zeros(0) for key, part in self.parts.items()}
        rows, types = whole.pop("rows"), whole.pop("type").astype(np.int64)
        domain = self.scenario.domain
        plane = np.full(len(rows), domain.centre[2])
        z = whole.pop("z", plane)
        positions = np.stack([whole.pop("x"), whole.pop("y"), plane if domain.dimensions == 2 else z], axis=1)
        for k in np.flatnonzero(domain.outside(positions)):
            place = ", ".join(f"{value:g}" for value in positions[k])
            self._fault(rows[k], None, f"the cell at ({place}) um lies outside the domain")
        state = {key: whole.pop(key) for key in headings.STATE if key in whole}
        self._check_state(rows, types, state)
        self._check_own(rows, types, whole)
        self._finish()
        kinds = {
            kind: {key.removeprefix(kind): v for key, v in whole.items() if key.startswith(kind)}
            for kind in (headings.CUSTOM, headings.INTERNAL)
        }
        return CellTable(positions, types, state, kinds[headings.CUSTOM], kinds[headings.INTERNAL], self._warnings())

    def _numbers(self, rows: np.ndarray, key: str, column: Sequence[Any]) -> np.ndarray:
        """The numbers of a column; NaN where an entry is skipped, and where it is at fault."""
        dimension = headings.dimension(key)
        try:
            values = np.array(column, dtype=np.float64)  # quick, where all are numbers
            if (np.abs(values) <= RANGES[dimension][1]).all() and not _underscores(column):
                return values
        except (TypeError, ValueError, OverflowError):
            pass
        place = key in ("x", "y", "z")
        values = np.full(len(rows), np.nan)
        for k, entry in enumerate(column):
            if _empty(entry) if place else _skipped(entry):
                if place:
                    self._fault(rows[k], key, "is empty")
                continue
            value = number(entry)
            if value is None or not np.isfinite(value):
                self._fault(rows[k], key, f"must be a finite number, not {describe(entry)}")
            elif sentence := too_large(value, dimension):
                self._fault(rows[k], key, sentence)
            else:
                values[k] = value
        return values

    def _types(self, rows: np.ndarray, column: Sequence[Any]) -> np.ndarray:
        types = np.zeros(len(rows), np.int64)
        for k, entry in enumerate(column):
            if entry not in self.index:
                self.index[entry] = self._type(entry)
            index = self.index[entry]
            if index is None:
                word = str(entry).strip() if entry is not None else ""
                hint = instead(word, self.names)
                self._fault(rows[k], "type", f"there is no cell type {describe(word)}{hint}" if word else "is empty")
            else:
                types[k] = index
        return types

    def _type(self, entry: Any) -> int | None:
        """Index of a cell type by its name or its number, which may be written as any number is."""
        word = str(entry).strip()
        if word in self.names:
            return self.names.index(word)
        value = number(word)
        whole = value is not None and value in range(len(self.names))
        return int(value) if whole else None

    def _check_state(self, rows: np.ndarray, types: np.ndarray, state: Mapping[str, np.ndarray]) -> None:
        """Faults of what no cell can have. What is NaN, not given, passes every comparison."""
        phases = np.array([len(t.cycle.phases) for t in self.scenario.cell_types])
        for key, values in state.items():
            if key in ("phase", "death"):
                most = phases[types] - 1 if key == "phase" else np.full(len(rows), max(Death))
                wrong = (values < 0) | (values > most) | (values != np.floor(values)) & ~np.isnan(values)
                for k in np.flatnonzero(wrong):
                    self._fault(rows[k], key, f"must be one of 0 to {most[k]}, not {values[k]:g}")
                continue
            wrong, sentence = values < 0, "must not be negative"
            if key in ("volume", "radius"):
                least = RANGES[headings.dimension(key)][0]
                wrong, sentence = values < least, f"must be at least {least:g}"
            elif key in headings.MOST:
                most = headings.MOST[key]
                wrong, sentence = (values < 0) | (values > most), f"must lie between 0 and {most:g}"
            for k in np.flatnonzero(wrong):
                self._fault(rows[k], key, f"{sentence}, not {values[k]:g}")

    def _check_own(self, rows: np.ndarray, types: np.ndarray, whole: Mapping[str, np.ndarray]) -> None:
        """Faults of behaviours of single cells: those of types that do not vary in them, and beyond their bounds."""
        laws = {entry[:2]: entry.law for entry in self.scenario.varying}
        for name, behaviour in self.scenario.own_words.items():
            key = headings.CUSTOM + name
            values = whole.get(key, np.zeros(0))
            given = ~np.isnan(values)
            for t in np.unique(types[: len(values)][given]).tolist():
                law, mine = laws.get((t, behaviour)), given & (types == t)
                if law is None:
                    row = rows[np.flatnonzero(mine)[0]]
                    kind = self.names[t]
                    self._fault(row, key, f"the cells of {kind!r} do not vary in it: give that type varies.{name!r}")
                    continue
                least, most = (-np.inf if law.min is None else law.min), (np.inf if law.max is None else law.max)
                for k in np.flatnonzero(mine & ((values < least) | (values > most))):
                    self._fault(rows[k], key, f"{beyond(values[k], law.min, law.max)}, not {values[k]:g}")

    def _warnings(self) -> tuple[str, ...]:
        names = [name for name in self.found.left_out if name in self.with_values]
        behaviours = [name for name in names if name in self.found.behaviours]
        if behaviours:
            listed = ", ".join(map(repr, behaviours))
            raise ScenarioError(
                f"{self.path}: {listed}: the cells of no type vary in it: give a cell type varies.{behaviours[0]!r}, "
                "leave these entries empty (the cell type's own hold), or take the column out"
            )
        if not names:
            return ()
        close = {name: similar(name, self.found.known, alike=0.8) for name in names}
        shown = [repr(n) + (f" (did you mean {close[n]!r}?)" if close[n] else "") for n in names[:_MOST_MESSAGES]]
        more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
        return (
            f"{self.path}: columns that mean nothing here are left out: {', '.join(shown)}{more}; variables of cells "
            "are declared in a cell type (custom.NAME), columns of other names in [[cells]] (columns = { ... })",
        )

    def _fault(self, row: int, column: str | None, message: str) -> None:
        if len(self.messages) >= _MOST_MESSAGES:
            self.more += 1
            return
        where = f"row {row}" + (f", column {self.found.written(column)!r}" if column else "")
        self.messages.append(f"{self.path}: {where}: {message}")

    def _finish(self) -> None:
        if self.messages:
            raise ScenarioError(self.messages + [f"{self.path}: and {self.more} more"] * bool(self.more))


def _empty(entry: Any) -> bool:
    return entry is None or (isinstance(entry, str) and not entry)


def _skipped(entry: Any) -> bool:
    """Whether an entry means the default: it is empty, or begins with s or S (as PhysiCell has it)."""
    return entry is None or (isinstance(entry, str) and entry[:1] in ("", "s", "S"))


def _underscores(column: Sequence[Any]) -> bool:
    return any(isinstance(entry, str) and "_" in entry for entry in column)
