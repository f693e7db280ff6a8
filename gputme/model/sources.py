"""Files that hold a table of cells, as columns block by block: delimited text, Parquet (through polars)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gputme.errors import RunError
from gputme.model import delimited

__all__ = ["Block", "Source", "opened"]

_AT_ONCE = 1 << 14  # rows of text held as text


class Block(NamedTuple):
    """Some rows of a table."""

    rows: np.ndarray
    """Their numbers, int64 (n,): lines of a text, else counted from 1."""
    columns: list[Sequence[Any]]
    """One of n entries per column: texts, numbers, or None where there is nothing."""


class Source(NamedTuple):
    """A table: the names of its columns ("" where one has none), and its rows."""

    header: list[str]
    blocks: Iterator[Block]


def opened(path: Path) -> Source:
    """The table in a file: `.parquet`, a frame (`.vtkhdf`), else text separated by commas, semicolons or tabs.

    A text whose first field is a number has no header: x, y, z, type. A row may be shorter than the header. Raises
    ValueError with the rest of a sentence, also while the blocks are read.
    """
    delimited.checked(path)
    if path.suffix == ".parquet":
        return _parquet(path)
    return _frame(path) if path.suffix == ".vtkhdf" else _text(path)


def _text(path: Path) -> Source:
    lines = _lines(path)
    first = next(lines, None)
    if first is None:
        raise ValueError("has no rows")
    separator = delimited.separator(first[1])
    header = delimited.fields(first[1], separator)
    if delimited.number(header[0]) is None:
        return Source(header, _blocks(lines, separator, len(header)))
    if len(header) < 4:
        raise ValueError(f"row {first[0]} has {len(header)} fields, but a table without header needs x, y, z, type")
    names = ["x", "y", "z", "type"] + [""] * (len(header) - 4)
    return Source(names, _blocks(chain([first], lines), separator, len(header)))


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with path.open(encoding="utf-8-sig") as file:
        yield from delimited.rows(file)


def _blocks(lines: Iterator[tuple[int, str]], separator: str, width: int) -> Iterator[Block]:
    while some := list(islice(lines, _AT_ONCE)):
        found = []
        for number, line in some:
            try:
                fields = delimited.fields(line, separator)
            except ValueError as error:
                raise ValueError(f"row {number} {error}") from None
            if any(fields[width:]):
                raise ValueError(f"row {number} has {len(fields)} fields, but there are {width} columns")
            found.append(fields[:width] + [""] * (width - len(fields)))
        yield Block(np.array([number for number, _ in some], np.int64), list(zip(*found, strict=True)))


def _parquet(path: Path) -> Source:
    try:
        import polars
    except ImportError:
        raise ValueError("Parquet needs polars; install it with: pip install 'gputme[table]'") from None
    try:
        frame = polars.read_parquet(path)
    except Exception as error:
        raise ValueError(f"is no readable Parquet file ({str(error).splitlines()[0]})") from None
    columns = [frame[name].to_list() for name in frame.columns]
    return Source(frame.columns, iter([Block(np.arange(1, frame.height + 1), columns)]))


def _frame(path: Path) -> Source:
    """The cells of a frame of a run."""
    from gputme.io.plain import cells_in  # only where one is named: HDF5 takes time to load

    try:
        columns = cells_in(path)
    except RunError as error:
        raise ValueError(str(error).removeprefix(f"{path}: ")) from None
    rows = np.arange(1, len(columns["x"]) + 1)
    return Source(list(columns), iter([Block(rows, list(columns.values()))]))
