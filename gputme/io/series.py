"""`cells.vtkhdf` and `fields.vtkhdf`: all frames of a run as one time series for ParaView.

They hold no data: virtual datasets over the frames, with relative paths. Time is in minutes. Columns that are
not in every frame (a checkpoint has more) are left out.
"""

from collections.abc import Sequence
from pathlib import Path

import h5py
import numpy as np

from gputme.io import hdf, vtkhdf
from gputme.io.atomic import remove_quietly, write_atomic
from gputme.io.frame import FORMAT
from gputme.io.summary import FRAMES, Entry, frame_name

CELLS = "cells.vtkhdf"
FIELDS = "fields.vtkhdf"
Shapes = dict[str, tuple[tuple[int, ...], np.dtype]]


def write_series(folder: Path, entries: Sequence[Entry]) -> None:
    """Write both series of the run `folder` over the frames `entries`; without frames or fields remove
    them."""
    names = [f"{FRAMES}/{frame_name(entry.index)}" for entry in entries]
    minutes = np.array([entry.minutes for entry in entries], np.float64)
    cells, fields, grid = _shapes([folder / name for name in names])
    if names:
        write_atomic(folder / CELLS, hdf.image(lambda file: _build_cells(file, names, minutes, cells)))
    if fields and all(fields):
        write_atomic(
            folder / FIELDS, hdf.image(lambda file: _build_fields(file, names, minutes, fields, grid))
        )
    else:
        remove_quietly(folder / FIELDS)


def _shapes(paths: Sequence[Path]) -> tuple[list[Shapes], list[Shapes], dict[str, np.ndarray]]:
    """Shape and type of the arrays of each frame (cells relative to the group `cells`), and the grid's
    attributes."""
    cells, fields, grid = [], [], {}
    for path in paths:
        with hdf.opened(path, "frame", FORMAT) as file:
            blocks = file["VTKHDF"]
            arrays = {
                name: blocks["cells"][name]
                for name in ("Points", "Vertices/Connectivity", "Vertices/Offsets")
            }
            arrays |= {f"PointData/{name}": array for name, array in blocks["cells/PointData"].items()}
            cells.append({name: (array.shape, array.dtype) for name, array in arrays.items()})
            fields.append(
                {name: (array.shape, array.dtype) for name, array in blocks["fields/CellData"].items()}
            )
            grid = grid or {name: blocks["fields"].attrs[name] for name in ("Spacing", "Origin")}
    return cells, fields, grid


def _common(shapes: list[Shapes], skip: int) -> list[str]:
    """Names of the arrays that every frame has, with one type and one shape (after the first `skip` axes)."""
    kinds = [{name: (dtype, shape[skip:]) for name, (shape, dtype) in one.items()} for one in shapes]
    return [name for name, kind in kinds[0].items() if all(other.get(name) == kind for other in kinds)]


def _build_cells(file: h5py.File, names: list[str], minutes: np.ndarray, shapes: list[Shapes]) -> None:
    root = hdf.group_in(file, "VTKHDF")
    vtkhdf.start(root, "PolyData")
    count = len(names)
    points = np.array([shape["Points"][0][0] for shape in shapes], np.int64)
    root.create_dataset("NumberOfPoints", data=points)
    for topology in vtkhdf.TOPOLOGIES:
        part = hdf.group_in(root, topology)
        own = points if topology == "Vertices" else np.zeros(count, np.int64)
        part.create_dataset("NumberOfCells", data=own)
        part.create_dataset("NumberOfConnectivityIds", data=own)
        if topology != "Vertices":
            part.create_dataset("Connectivity", data=np.zeros(0, np.int64))
            part.create_dataset("Offsets", data=np.zeros(count, np.int64))
    hdf.group_in(root, "PointData")
    arrays = _common(shapes, 1)
    for name in arrays:
        _concatenate(root, name, names, [shape[name] for shape in shapes])

    before = np.concatenate([[0], np.cumsum(points)[:-1]]).astype(np.int64)
    steps = _steps(root, minutes)
    steps.create_dataset("PointOffsets", data=before)
    steps.create_dataset("PartOffsets", data=np.arange(count, dtype=np.int64))
    steps.create_dataset("NumberOfParts", data=np.ones(count, np.int64))
    by_topology = np.stack([before] + [np.zeros(count, np.int64)] * 3, axis=1)
    steps.create_dataset("CellOffsets", data=by_topology)
    steps.create_dataset("ConnectivityIdOffsets", data=by_topology)
    offsets = hdf.group_in(steps, "PointDataOffsets")
    for name in arrays:
        if name.startswith("PointData/"):
            offsets.create_dataset(name.removeprefix("PointData/"), data=before)


def _build_fields(
    file: h5py.File, names: list[str], minutes: np.ndarray, shapes: list[Shapes], grid: dict[str, np.ndarray]
) -> None:
    common = _common(shapes, 0)
    shape = next(iter(shapes[0].values()))[0]
    root = hdf.group_in(file, "VTKHDF")
    data = vtkhdf.write_grid(root, shape, grid["Spacing"], grid["Origin"], index=None)
    offsets = hdf.group_in(_steps(root, minutes), "CellDataOffsets")
    for name in common:
        dtype = shapes[0][name][1]
        layout = h5py.VirtualLayout((len(names), *shape), dtype)
        for step, path in enumerate(names):
            layout[step] = h5py.VirtualSource(path, f"VTKHDF/fields/CellData/{name}", shape, dtype)
        data.create_virtual_dataset(name, layout)
        offsets.create_dataset(name, data=np.arange(len(names), dtype=np.int64))


def _steps(root: h5py.Group, minutes: np.ndarray) -> h5py.Group:
    steps = hdf.group_in(root, "Steps")
    steps.attrs["NSteps"] = np.int64(len(minutes))
    steps.create_dataset("Values", data=minutes)
    return steps


def _concatenate(
    root: h5py.Group, name: str, files: list[str], shapes: list[tuple[tuple[int, ...], np.dtype]]
) -> None:
    """Make `root[name]` the arrays of that name in the cells of `files`, one after the other along the first
    axis."""
    rest, dtype = shapes[0][0][1:], shapes[0][1]
    layout = h5py.VirtualLayout((sum(shape[0] for shape, _ in shapes), *rest), dtype)
    start = 0
    for path, (shape, _) in zip(files, shapes, strict=True):
        if shape[0]:
            layout[start : start + shape[0]] = h5py.VirtualSource(path, f"VTKHDF/cells/{name}", shape, dtype)
        start += shape[0]
    root.create_virtual_dataset(name, layout)
