"""Frames as tables and labelled arrays of other libraries, each imported only when it is asked for."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from gputme.errors import RunError
from gputme.io.atomic import reason
from gputme.io.frame import Frame
from gputme.io.values import flat

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


class CellTable:
    """The cells of one frame, one row per cell."""

    def __init__(self, frame: Frame):
        self.frame = frame

    def columns(self) -> dict[str, np.ndarray]:
        """One-dimensional columns. A column with several values per cell becomes `name_0`, `name_1`, ...;
        `type_name` is added where the frame names its types."""
        result = {}
        for name, values in self.frame.cells.items():
            if values.ndim == 1:
                result[name] = values
            else:
                result |= {f"{name}_{k}": part for k, part in enumerate(flat(values).T)}
        kinds = result.get("type")
        names = np.array(self.frame.types, dtype=str)
        if kinds is not None and "type_name" not in result and np.all((kinds >= 0) & (kinds < len(names))):
            result["type_name"] = names[kinds.astype(np.int64)]
        return result

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


class FieldVolume:
    """The fields of one frame."""

    def __init__(self, frame: Frame):
        self.frame = frame

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
