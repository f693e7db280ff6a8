"""Frames and runs in formats of other programs: CSV, Parquet, h5ad (AnnData).

Each function replaces an existing file, whole or not at all.
"""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

import h5py
import numpy as np

from gputme.io import hdf
from gputme.io.atomic import write_atomic
from gputme.io.frame import Frame
from gputme.io.reader import Run
from gputme.io.tables import CellTable, need
from gputme.io.vtkhdf import POSITION

TEXT = h5py.string_dtype()  # of any length, as AnnData wants it


def cells_csv(frame: Frame, path: Path | str) -> None:
    """Write the cells of `frame`, one line each. Numbers have the fewest digits that read back exactly."""
    columns = CellTable(frame).columns()
    _write_csv(path, columns, zip(*(values.astype(str) for values in columns.values()), strict=True))


def series_csv(run: Run, path: Path | str) -> None:
    """Write the time series of `run`, one line per row; a value that a row lacks is `nan`."""
    columns = run.series
    _write_csv(path, columns, zip(*(values.tolist() for values in columns.values()), strict=True))


def _write_csv(path: Path | str, names: Iterable[str], rows: Iterable[tuple]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    write_atomic(Path(path), text.getvalue().encode())


def parquet(run: Run, path: Path | str) -> None:
    """Write the cells of all frames of `run` as one Parquet table; `frame` and `minutes` come first."""
    polars = need("polars", "table")
    parts = []
    for frame in run:
        head = [polars.lit(frame.index).alias("frame"), polars.lit(frame.minutes).alias("minutes")]
        table = CellTable(frame).to_polars()
        parts.append(table.select(*head, polars.all()))
    buffer = io.BytesIO()
    polars.concat(parts, how="diagonal").write_parquet(buffer)
    write_atomic(Path(path), buffer.getbuffer())


def h5ad(frame: Frame, path: Path | str) -> None:
    """Write the cells of `frame` as AnnData: columns in `obs`, positions (um) in `obsm["spatial"]`, no genes
    in `X`.

    Source: AnnData's on-disk format; encoding 0.1.0 of file and dict, 0.2.0 of arrays and data frames.
    """
    columns = {name: values for name, values in CellTable(frame).columns().items() if name not in POSITION}

    def build(file: h5py.File) -> None:
        _encode(file, "anndata", "0.1.0")
        with hdf.Packer() as packer:
            _array(packer, file, "X", np.zeros((len(frame.cells["id"]), 0), np.float32))
            obs = _frame_group(file, "obs", frame.cells["id"].astype(str), [*columns])
            for name, values in columns.items():
                if values.dtype.kind == "U":
                    _categories(packer, obs, name, values, frame.types if name == "type_name" else ())
                else:
                    _array(packer, obs, name, values)
            _frame_group(file, "var", np.zeros(0, str), [])
            obsm = _encode(hdf.group_in(file, "obsm"), "dict", "0.1.0")
            _array(packer, obsm, "spatial", frame.position)
            notes = _encode(hdf.group_in(file, "uns"), "dict", "0.1.0")
            _array(packer, notes, "minutes", np.array([frame.minutes]))
            for name in ("layers", "obsp", "varm", "varp"):
                _encode(hdf.group_in(file, name), "dict", "0.1.0")

    write_atomic(Path(path), hdf.image(build))


def _encode(item: h5py.Group | h5py.Dataset, kind: str, version: str) -> h5py.Group | h5py.Dataset:
    item.attrs["encoding-type"] = kind
    item.attrs["encoding-version"] = version
    return item


def _array(packer: hdf.Packer, group: h5py.Group, name: str, values: np.ndarray) -> None:
    if values.dtype.kind == "b":  # AnnData reads HDF5's own booleans
        _encode(group.create_dataset(name, data=values), "array", "0.2.0")
    else:
        _encode(packer.store(group, name, values), "array", "0.2.0")


def _strings(group: h5py.Group, name: str, values: Iterable[str]) -> None:
    values = list(values)
    _encode(group.create_dataset(name, (len(values),), TEXT, values), "string-array", "0.2.0")


def _frame_group(file: h5py.File, name: str, index: Iterable[str], columns: list[str]) -> h5py.Group:
    group = _encode(hdf.group_in(file, name), "dataframe", "0.2.0")
    group.attrs["_index"] = "_index"
    group.attrs.create("column-order", columns, (len(columns),), TEXT)
    _strings(group, "_index", index)
    return group


def _categories(
    packer: hdf.Packer, group: h5py.Group, name: str, values: np.ndarray, known: tuple[str, ...]
) -> None:
    """Names as categories: those that are `known`, in this order, or those that occur."""
    column = _encode(hdf.group_in(group, name), "categorical", "0.2.0")
    column.attrs["ordered"] = False
    names, codes = np.unique(values, return_inverse=True)
    if known:
        codes = np.array([known.index(one) for one in names], np.int64)[codes]
    _strings(column, "categories", known or names.tolist())
    _array(packer, column, "codes", codes.astype(np.int32))
