"""Frames as tables and labelled arrays of other libraries, each imported only when it is asked for."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from gputme.errors import RunError
from gputme.io.atomic import reason
from gputme.io.columns import table_columns
from gputme.io.frame import Frame
from gputme.vessels.graph import Graph

if TYPE_CHECKING:
    import pandas
    import polars
    import xarray


def need(library: str, extra: str) -> ModuleType:
    """Import `library`; when it is missing, `RunError` names the extra that brings it."""
    try:
        return import_module(library)
    except ImportError as error:
        text = f"{library} is not installed; install it with: pip install 'gputme[{extra}]'"
        raise RunError(text) from error


class _Table:
    """Columns of one length, of one frame."""

    what = ""

    def __init__(self, frame: Frame):
        self.frame = frame

    def __repr__(self) -> str:
        ways = ".to_pandas(), .to_polars(), .to_parquet(path)"
        return f"<{self.what} at {self.frame.minutes:g} min, {len(self.columns())} columns: {ways}>"

    def columns(self) -> dict[str, np.ndarray]:
        """The columns by name."""
        raise NotImplementedError

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas DataFrame."""
        return need("pandas", "pandas").DataFrame(self.columns())

    def to_polars(self) -> polars.DataFrame:
        """A polars DataFrame."""
        return need("polars", "table").DataFrame(self.columns())

    def to_parquet(self, path: Path | str) -> None:
        """Write a Parquet file."""
        table = self.to_polars()
        try:
            table.write_parquet(path)
        except OSError as error:
            raise RunError(f"{path}: could not be written: {reason(error)}") from error


class CellTable(_Table):
    """The cells of one frame, one row per cell."""

    what = "cells"

    def columns(self) -> dict[str, np.ndarray]:
        """One-dimensional columns: those of the frame (one with several values per cell becomes `name_0`, `name_1`,
        ...), then volume, age, names of type, phase, death and state, and the substrates at the cell, as far as the
        frame holds what they are made of (`gputme.io.columns.MADE`)."""
        return table_columns(self.frame)


class VesselTable(_Table):
    """The vessels of one frame, one row per segment."""

    what = "vessels"

    def columns(self) -> dict[str, np.ndarray]:
        """The columns of the segments, then where each begins and ends, `a_x` ... `b_z` (um), and the `length` (um),
        `speed` (um/min) and whether blood flows (`perfused`)."""
        if not self.frame.segments:
            return {}
        graph = Graph.of(self.frame.nodes, self.frame.segments)
        segments, ends = graph.segments, zip("ab", graph.ends())
        places = {f"{end}_{axis}": getattr(graph.nodes, axis)[rows] for end, rows in ends for axis in "xyz"}
        made = {"length": graph.lengths(), "speed": segments.speed, "perfused": segments.perfused}
        return segments.columns() | places | made


class FieldVolume:
    """The fields of one frame."""

    def __init__(self, frame: Frame):
        self.frame = frame

    def __repr__(self) -> str:
        return f"<fields at {self.frame.minutes:g} min: {', '.join(self.frame.fields)}; .to_xarray()>"

    def to_xarray(self) -> xarray.Dataset:
        """An xarray Dataset over z, y, x: the centres of the voxels in micrometres; `time` in minutes."""
        library = need("xarray", "xarray")
        frame = self.frame
        shape = next((values.shape for values in frame.fields.values()), (0, 0, 0))
        axes = zip("xyz", frame.origin, frame.spacing, reversed(shape), strict=True)
        centres = {
            axis: (axis, start + step * (np.arange(count) + 0.5), {"units": "um"}) for axis, start, step, count in axes
        }
        data = {}
        for name, values in frame.fields.items():
            column = frame.columns.get(name)
            notes = {"units": column.unit, "long_name": column.description} if column else {}
            data[name] = (("z", "y", "x"), values, notes)
        return library.Dataset(data, {**centres, "time": ((), frame.minutes, {"units": "min"})})
