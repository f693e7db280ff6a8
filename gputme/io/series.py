"""`cells.vtkhdf` and `fields.vtkhdf`: all frames of a run as one time series for ParaView.

They hold no data: virtual datasets over the frames, with relative paths. Time is in minutes. Columns that are
not in every frame (a checkpoint has more) are left out.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import h5py
import numpy as np

from gputme.errors import RunError
from gputme.io import hdf, vtkhdf
from gputme.io.atomic import Folder
from gputme.io.frame import FORMAT
from gputme.io.gate import Gate, opened
from gputme.io.summary import FRAMES, Entry, frame_name

CELLS = "cells.vtkhdf"
FIELDS = "fields.vtkhdf"
Shapes = dict[str, tuple[tuple[int, ...], np.dtype]]


@dataclass(frozen=True)
class Part:
    """What one frame brings to the series."""

    path: str
    """Relative to the run folder."""
    minutes: float
    cells: Shapes
    """Shape and type of each array, named relative to the frame's group `cells`."""
    fields: Shapes
    grid: dict[str, np.ndarray]
    """Spacing and origin."""


def write_series(folder: Folder, entries: Sequence[Entry]) -> None:
    """Write both series of the run `folder` over the frames `entries`; frames that cannot be read are left
    out. Without frames, or without fields, there is no such file.
    """
    folder.confirm()  # what is there may belong to another process by now
    parts = list(_parts(folder.path, entries))
    for name, build, useful in (
        (CELLS, _build_cells, bool(parts)),
        (FIELDS, _build_fields, bool(parts) and all(part.fields for part in parts)),
    ):
        if useful:
            folder.write(name, hdf.image(partial(build, parts=parts)))
        else:
            folder.remove_quietly(name)


def _parts(folder: Path, entries: Sequence[Entry]) -> Iterator[Part]:
    for entry in entries:
        path = f"{FRAMES}/{frame_name(entry.index)}"
        try:
            with opened(folder / path, "frame", FORMAT) as file:
                part = _part(file, path, entry.minutes)
        except RunError:
            continue
        yield part


def _part(file: Gate, path: str, minutes: float) -> Part:
    blocks = file.group("VTKHDF")
    cells, grid = blocks.group("cells"), blocks.group("fields")
    arrays = _shapes(cells, ["Points"])
    for name in ("Vertices", "PointData"):
        group = cells.group(name)
        wanted = ["Connectivity", "Offsets"] if name == "Vertices" else group
        arrays |= {f"{name}/{key}": kind for key, kind in _shapes(group, wanted).items()}
    voxels = grid.group("CellData")
    notes = {name: grid.attrs[name] for name in ("Spacing", "Origin")}
    return Part(path, minutes, arrays, _shapes(voxels, voxels), notes)


def _shapes(group: Gate, names: Iterable[str]) -> Shapes:
    return {name: (group.shape(name), group.dtype(name)) for name in names}


def _common(shapes: list[Shapes], skip: int) -> dict[str, np.dtype]:
    """The arrays that every frame has, with one type and one shape (after the first `skip` axes)."""
    kinds = [{name: (dtype, shape[skip:]) for name, (shape, dtype) in one.items()} for one in shapes]
    return {name: kind[0] for name, kind in kinds[0].items() if all(one.get(name) == kind for one in kinds)}


def _build_cells(file: h5py.File, parts: list[Part]) -> None:
    root = hdf.group_in(file, "VTKHDF")
    vtkhdf.start(root, "PolyData")
    points = np.array([part.cells["Points"][0][0] for part in parts], np.int64)
    none = np.zeros(len(parts), np.int64)
    root.create_dataset("NumberOfPoints", data=points)
    for topology in vtkhdf.TOPOLOGIES:
        group = hdf.group_in(root, topology)
        count = points if topology == "Vertices" else none
        group.create_dataset("NumberOfCells", data=count)
        group.create_dataset("NumberOfConnectivityIds", data=count)
        if topology != "Vertices":
            group.create_dataset("Connectivity", data=none[:0])
            group.create_dataset("Offsets", data=none)
    hdf.group_in(root, "PointData")
    arrays = _common([part.cells for part in parts], 1)
    for name, dtype in arrays.items():
        _concatenate(root, name, dtype, parts)

    before = np.cumsum(points) - points
    steps = _steps(root, parts)
    steps.create_dataset("PointOffsets", data=before)
    steps.create_dataset("PartOffsets", data=np.arange(len(parts), dtype=np.int64))
    steps.create_dataset("NumberOfParts", data=np.ones(len(parts), np.int64))
    by_topology = np.stack([before, none, none, none], axis=1)
    steps.create_dataset("CellOffsets", data=by_topology)
    steps.create_dataset("ConnectivityIdOffsets", data=by_topology)
    offsets = hdf.group_in(steps, "PointDataOffsets")
    for name in arrays:
        if name.startswith("PointData/"):
            offsets.create_dataset(name.removeprefix("PointData/"), data=before)


def _concatenate(root: h5py.Group, name: str, dtype: np.dtype, parts: list[Part]) -> None:
    """Make `root[name]` the arrays of that name in the cells of all frames, one after the other."""
    shapes = [part.cells[name][0] for part in parts]
    layout = h5py.VirtualLayout((sum(shape[0] for shape in shapes), *shapes[0][1:]), dtype)
    start = 0
    for part, shape in zip(parts, shapes, strict=True):
        if shape[0]:
            source = h5py.VirtualSource(part.path, f"VTKHDF/cells/{name}", shape, dtype)
            layout[start : start + shape[0]] = source
        start += shape[0]
    root.create_virtual_dataset(name, layout)


def _build_fields(file: h5py.File, parts: list[Part]) -> None:
    shape = next(iter(parts[0].fields.values()))[0]
    grid = parts[0].grid
    root = hdf.group_in(file, "VTKHDF")
    data = vtkhdf.write_grid(root, shape, grid["Spacing"], grid["Origin"], index=None)
    offsets = hdf.group_in(_steps(root, parts), "CellDataOffsets")
    for name, dtype in _common([part.fields for part in parts], 0).items():
        layout = h5py.VirtualLayout((len(parts), *shape), dtype)
        for step, part in enumerate(parts):
            layout[step] = h5py.VirtualSource(part.path, f"VTKHDF/fields/CellData/{name}", shape, dtype)
        data.create_virtual_dataset(name, layout)
        offsets.create_dataset(name, data=np.arange(len(parts), dtype=np.int64))


def _steps(root: h5py.Group, parts: list[Part]) -> h5py.Group:
    steps = hdf.group_in(root, "Steps")
    steps.attrs["NSteps"] = np.int64(len(parts))
    steps.create_dataset("Values", data=np.array([part.minutes for part in parts], np.float64))
    return steps
