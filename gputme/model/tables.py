"""Tables of cells: CSV with or without header (PhysiCell's two kinds included), and Parquet through
polars."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gputme.errors import ScenarioError
from gputme.model.units import nearest

if TYPE_CHECKING:
    from gputme.model.scenario import Scenario

MOST_BYTES = 10**10
_MOST_MESSAGES = 10


@dataclass(frozen=True)
class CellTable:
    """Cells read from a table: `positions` float64 (N, 3), um; `types` int64 (N,), index into the cell types;
    `volume` float64 (N,), um3, or None; `custom` float64 (N,) by variable name. NaN where a field was
    empty."""

    positions: np.ndarray
    types: np.ndarray
    volume: np.ndarray | None
    custom: dict[str, np.ndarray]


def cells_from_table(path: str | Path, scenario: Scenario, default_type: str | None = None) -> CellTable:
    """Read the cells of a table: columns x, y, z, type and optionally volume and custom variables.

    A CSV whose first field is a number has no header: x, y, z, number of the cell type. In 2D, z may be
    missing. `default_type` holds where there is no type column. Raises ScenarioError with file, row and
    column.
    """
    path = Path(path)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ScenarioError(f"{path}: is larger than {MOST_BYTES / 1e9:g} GB")
        header, columns, first_row = _parquet(path) if path.suffix == ".parquet" else _csv(path)
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ScenarioError(f"{path}: is not text in UTF-8") from None
    return _Reader(path, header, columns, first_row, scenario).read(default_type)


def _csv(path: Path) -> tuple[list[str], list[list[str]], int]:
    """Header, columns of text, and the line of the first data row."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        lines = csv.reader(file)
        first = [field.strip() for field in next(lines, [])]
        if not first:
            raise ScenarioError(f"{path}: has no rows")
        headless = _number(first[0]) is not None
        header = ["x", "y", "z", "type"] if headless else first
        rows = ([first] if headless else []) + [row for row in lines if row]
    if headless and len(first) < 4:
        raise ScenarioError(
            f"{path}: row 1 has {len(first)} fields, but a table without header needs x, y, z, type"
        )
    for number, row in enumerate(rows, start=1 if headless else 2):
        if len(row) < len(header) or any(field.strip() for field in row[len(header) :]):
            raise ScenarioError(
                f"{path}: row {number} has {len(row)} fields, but there are {len(header)} columns"
            )
    columns = [[row[i] for row in rows] for i in range(len(header))]
    return header, columns, 1 if headless else 2


def _parquet(path: Path) -> tuple[list[str], list[list], int]:
    try:
        import polars
    except ImportError:
        raise ScenarioError(
            f"{path}: Parquet needs polars; install it with: pip install 'gputme[table]'"
        ) from None
    try:
        frame = polars.read_parquet(path)
    except Exception as error:
        raise ScenarioError(f"{path}: is no readable Parquet file ({str(error).splitlines()[0]})") from None
    return frame.columns, [frame[name].to_list() for name in frame.columns], 1


class _Reader:
    """Turns columns of text or values into numbers and cell types, and collects what is wrong with them."""

    def __init__(
        self, path: Path, header: list[str], columns: list[list], first_row: int, scenario: Scenario
    ):
        self.path, self.header, self.columns = path, header, columns
        self.first_row, self.scenario = first_row, scenario
        self.messages: list[str] = []

    def read(self, default_type: str | None) -> CellTable:
        by_name = self._known_columns()
        axes = [self._numbers(axis, by_name[axis]) for axis in "xyz" if axis in by_name]
        flat = self.scenario.domain.dimensions == 2
        if flat and len(axes) == 2:
            axes.append(np.full(len(axes[0]), self.scenario.domain.centre[2]))
        positions = np.stack(axes, axis=1)
        types = self._types(by_name.get("type"), default_type, len(positions))
        extras = {
            name: self._numbers(name, column, empty=True)
            for name, column in by_name.items()
            if name not in ("x", "y", "z", "type")
        }
        self._finish()
        self._check_places(positions)
        volume = extras.pop("volume", None)
        if volume is not None:
            for row in np.flatnonzero(volume <= 0):
                self._fault(row, "volume", f"must be greater than 0, not {volume[row]:g}")
        self._finish()
        if flat:
            positions[:, 2] = self.scenario.domain.centre[2]
        return CellTable(
            positions, types, volume, {name.removeprefix("custom:"): v for name, v in extras.items()}
        )

    def _known_columns(self) -> dict[str, list]:
        known = ["x", "y", "z", "type", "volume", *self.scenario.custom_names]
        found: dict[str, list] = {}
        for name, column in zip(self.header, self.columns, strict=True):
            if name.removeprefix("custom:") not in known:
                self.messages.append(f"{self.path}: unknown column {name!r}{nearest(name, known)}")
            elif name in found:
                self.messages.append(f"{self.path}: the column {name!r} stands twice")
            found[name] = column
        needed = "xy" if self.scenario.domain.dimensions == 2 else "xyz"
        self.messages += [
            f"{self.path}: the column {axis!r} is missing" for axis in needed if axis not in found
        ]
        self._finish()
        return found

    def _numbers(self, name: str, column: list, empty: bool = False) -> np.ndarray:
        values = np.array([_number(field) for field in column], dtype=object)
        blank = np.array(
            [field is None or (isinstance(field, str) and not field.strip()) for field in column], bool
        )
        bad = np.array([value is None for value in values], bool) & ~(blank & empty)
        for row in np.flatnonzero(bad):
            shown = "is empty" if blank[row] else f"must be a finite number, not {column[row]!r}"
            self._fault(row, name, shown)
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)

    def _types(self, column: list | None, default_type: str | None, count: int) -> np.ndarray:
        names = [cell_type.name for cell_type in self.scenario.cell_types]
        if column is None:
            if default_type is None:
                self.messages.append(f"{self.path}: the column 'type' is missing, and the cells give no type")
                return np.zeros(count, np.int64)
            return np.full(count, names.index(default_type), np.int64)
        index = {name: i for i, name in enumerate(names)} | {
            str(i): i for i in range(len(names)) if str(i) not in names
        }
        types = np.zeros(count, np.int64)
        for row, field in enumerate(column):
            word = str(field).strip()
            word = word.removesuffix(".0") if word not in index else word
            if word in index:
                types[row] = index[word]
            else:
                self._fault(row, "type", f"there is no cell type {word!r}{nearest(word, names)}")
        return types

    def _check_places(self, positions: np.ndarray) -> None:
        domain = self.scenario.domain
        for row in np.flatnonzero(domain.outside(positions)):
            place = ", ".join(f"{value:g}" for value in positions[row])
            self._fault(row, None, f"the cell at ({place}) um lies outside the domain")

    def _fault(self, row: int, column: str | None, message: str) -> None:
        where = f"row {self.first_row + row}" + (f", column {column!r}" if column else "")
        self.messages.append(f"{self.path}: {where}: {message}")

    def _finish(self) -> None:
        if len(self.messages) > _MOST_MESSAGES:
            more = len(self.messages) - _MOST_MESSAGES
            self.messages[_MOST_MESSAGES:] = [f"{self.path}: and {more} more"]
        if self.messages:
            raise ScenarioError(self.messages)


def _number(field: object) -> float | None:
    """The finite number in a field, or None."""
    if isinstance(field, bool) or field is None or (isinstance(field, str) and "_" in field):
        return None
    try:
        number = float(field)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) else None
