"""`cells.vtkhdf`, `fields.vtkhdf` and `vessels.vtkhdf`: all frames of a run as one time series for ParaView.

They hold no data: virtual datasets over the frames, with relative paths. Time is in minutes. Columns that are
not in every frame (a checkpoint has more) are left out. Organs of a body have series of their own, `lung.cells.vtkhdf`,
over the frames in which they are awake.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import h5py
import numpy as np
from h5py import h5d, h5p, h5s, h5t

from gputme.errors import RunError
from gputme.io import hdf, vtkhdf
from gputme.io.atomic import Folder
from gputme.io.frame import FORMAT, Frame, bundled
from gputme.io.gate import Gate, opened
from gputme.io.summary import FRAMES, Entry, frame_name

CELLS = "cells.vtkhdf"
FIELDS = "fields.vtkhdf"
VESSELS = "vessels.vtkhdf"
POLY = {"cells": "Vertices", "vessels": "Lines"}  # blocks of a frame, and what their cells are in VTK's words
EVERY = 16  # up to so many frames, the series are written with each
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
    vessels: Shapes
    """As of cells, relative to the group `vessels`; none where it is not there."""
    root: str = "VTKHDF"
    """The group in the file in which all of these stand."""
    organs: Mapping[str, Part] = field(default_factory=dict)
    """The same of each organ that is awake."""


class Series:
    """The series of a run, kept up to date while frames come.

    A series names every frame, so writing it takes longer with each. It is written with each of the first frames and
    then whenever an eighth more have come, which makes it a few milliseconds per frame however long the run; and at
    the end. A long run that is killed has series that lack its last frames, until it is resumed.
    """

    def __init__(self, folder: Folder):
        self.folder = folder
        self._parts: dict[int, Part] = {}
        self._due = 1  # at this many frames

    def add(self, frame: Frame) -> None:
        """A frame that has just been written."""
        self._parts[frame.index] = part_of(frame)

    def is_due(self, entries: Sequence[Entry]) -> bool:
        """Whether it is time to write the series over the frames `entries`."""
        return len(entries) >= self._due

    def write(self, entries: Sequence[Entry]) -> None:
        """Write the series over the frames `entries`; frames that cannot be read are left out. Without frames, fields
        or vessels there is no such file."""
        self.folder.confirm()  # what is there may belong to another process by now
        unknown = [entry for entry in entries if entry.index not in self._parts]
        self._parts |= _read(self.folder.path, unknown)
        parts = [self._parts[entry.index] for entry in entries if entry.index in self._parts]
        organs = sorted({name for part in parts for name in part.organs})
        for stale in {path.name.split(".")[0] for path in of_organs(self.folder.path)} - {*organs}:
            self._write_tissue(f"{stale}.", [])
        self._write_tissue("", parts)
        for name in organs:
            self._write_tissue(f"{name}.", [part.organs[name] for part in parts if name in part.organs])
        self._due = max(len(entries) + 1, len(entries) * 9 // 8) if len(entries) >= EVERY else len(entries) + 1

    def _write_tissue(self, prefix: str, parts: list[Part]) -> None:
        """The series of one tissue, or none without frames."""
        cells, vessels = (partial(_build_poly, block=block, kind=kind) for block, kind in POLY.items())
        for name, build, useful in (
            (CELLS, cells, bool(parts)),
            (FIELDS, _build_fields, bool(parts) and all(part.fields for part in parts)),
            (VESSELS, vessels, bool(parts) and all(part.vessels for part in parts)),
        ):
            if useful:
                self.folder.write(prefix + name, hdf.image(partial(build, parts=parts)))
            else:
                self.folder.remove_quietly(prefix + name)

    def forget(self, index: int) -> None:
        """Frames after `index` are no longer part of the run."""
        self._parts = {number: part for number, part in self._parts.items() if number <= index}
        self._due = 1


def write_series(folder: Folder, entries: Sequence[Entry]) -> None:
    """Write the series of the run `folder` over the frames `entries`."""
    Series(folder).write(entries)


def of_organs(folder: Path) -> list[Path]:
    """The series of organs in the folder of a run: no name of an organ has a full stop, and no other file two."""
    return [path for name in (CELLS, FIELDS, VESSELS) for path in folder.glob(f"*.{name}") if path.name[0] != "."]


def part_of(frame: Frame, organ: str = "") -> Part:
    """What a frame, or an organ of one, brings, as `storing.write_frame` stores it."""
    n = len(frame.cells["id"])
    real, whole = frame.cells["x"].dtype, np.dtype(np.int64)
    cells: Shapes = {"Points": ((n, 3), real)}
    cells |= {"Vertices/Connectivity": ((n,), whole), "Vertices/Offsets": ((n + 1,), whole)}
    for name, array in frame.cells.items():
        if name not in vtkhdf.POSITION:
            shape = array.shape if array.ndim < 3 else (n, math.prod(array.shape[1:]))
            cells[f"PointData/{name}"] = (shape, _stored(array))
    fields = {}
    for name, parts in bundled(frame.fields).items():
        array, more = frame.fields[parts[0]], (len(parts),) * (len(parts) > 1)
        fields[name] = ((*array.shape, *more), _stored(array))
    grid = {"Spacing": np.array(frame.spacing), "Origin": np.array(frame.origin)}
    organs = {name: part_of(one, name) for name, one in frame.organs.items()}
    path = f"{FRAMES}/{frame_name(frame.index)}"
    return Part(path, frame.minutes, cells, fields, grid, _lines_of(frame), _root(organ), organs)


def _root(organ: str) -> str:
    return f"organs/{organ}/VTKHDF" if organ else "VTKHDF"


def _lines_of(frame: Frame) -> Shapes:
    """What `storing` writes of vessels."""
    if not frame.nodes:
        return {}
    (n, real), m, whole = (len(frame.nodes["x"]), frame.nodes["x"].dtype), len(frame.segments["id"]), np.dtype(np.int64)
    found: Shapes = {"Points": ((n, 3), real)}
    found |= {"Lines/Connectivity": ((2 * m,), whole), "Lines/Offsets": ((m + 1,), whole)}
    for place, columns in (("PointData", frame.nodes), ("CellData", frame.segments)):
        found |= {
            f"{place}/{name}": (array.shape, array.dtype)
            for name, array in columns.items()
            if name not in vtkhdf.POSITION
        }
    return found


def _stored(array: np.ndarray) -> np.dtype:
    return np.dtype(np.uint8) if array.dtype.kind == "b" else array.dtype


def _read(folder: Path, entries: Iterable[Entry]) -> dict[int, Part]:
    """What frames on disk bring, by their numbers; those that cannot be read are left out."""
    found = {}
    for entry in entries:
        path = f"{FRAMES}/{frame_name(entry.index)}"
        with suppress(RunError), opened(folder / path, "frame", FORMAT) as file:
            found[entry.index] = _part(file, path, entry.minutes)
    return found


def _part(file: Gate, path: str, minutes: float, organ: str = "") -> Part:
    blocks = file.group("VTKHDF")
    grid = blocks.group("fields")
    voxels = grid.group("CellData")
    notes = {name: grid.attrs[name] for name in ("Spacing", "Origin")}
    cells = _poly(blocks.group("cells"), POLY["cells"])
    vessels = _poly(blocks.group("vessels"), POLY["vessels"]) if "vessels" in blocks else {}
    inside = file.group("organs") if "organs" in file else {}
    organs = {name: _part(inside.group(name), path, minutes, name) for name in inside}
    return Part(path, minutes, cells, _shapes(voxels, voxels), notes, vessels, _root(organ), organs)


def _poly(block: Gate, kind: str) -> Shapes:
    """The arrays of a block of points, or of lines between points."""
    found = _shapes(block, ["Points"])
    for name in (kind, "PointData", "CellData"):
        if name in block:
            group = block.group(name)
            wanted = ["Connectivity", "Offsets"] if name == kind else group
            found |= {f"{name}/{key}": shape for key, shape in _shapes(group, wanted).items()}
    return found


def _shapes(group: Gate, names: Iterable[str]) -> Shapes:
    return {name: (group.shape(name), group.dtype(name)) for name in names}


def _common(shapes: list[Shapes], skip: int) -> dict[str, np.dtype]:
    """The arrays that every frame has, with one type and one shape (after the first `skip` axes)."""
    kinds = [{name: (dtype, shape[skip:]) for name, (shape, dtype) in one.items()} for one in shapes]
    return {name: kind[0] for name, kind in kinds[0].items() if all(one.get(name) == kind for one in kinds)}


def _build_poly(file: h5py.File, parts: list[Part], block: str, kind: str) -> None:
    """The series of a block of points, or of lines between points."""
    root = hdf.group_in(file, "VTKHDF")
    vtkhdf.start(root, "PolyData")
    shapes = [part.vessels if block == "vessels" else part.cells for part in parts]
    points, ids, ends = (
        np.array([one[name][0][0] for one in shapes], np.int64)
        for name in ("Points", f"{kind}/Connectivity", f"{kind}/Offsets")
    )
    count, none = ends - 1, np.zeros(len(parts), np.int64)
    root.create_dataset("NumberOfPoints", data=points)
    for topology in vtkhdf.TOPOLOGIES:
        group, mine = hdf.group_in(root, topology), topology == kind
        group.create_dataset("NumberOfCells", data=count if mine else none)
        group.create_dataset("NumberOfConnectivityIds", data=ids if mine else none)
        if not mine:
            group.create_dataset("Connectivity", data=none[:0])
            group.create_dataset("Offsets", data=none)
    arrays = _common(shapes, 1)
    for place in {name.split("/")[0] for name in arrays if "Data/" in name} | {"PointData"}:
        hdf.group_in(root, place)
    for name, dtype in arrays.items():
        _concatenate(root, name, dtype, parts, [one[name][0] for one in shapes], block)

    before = {"Point": np.cumsum(points) - points, "Cell": np.cumsum(count) - count}
    steps = _steps(root, parts)
    steps.create_dataset("PointOffsets", data=before["Point"])
    steps.create_dataset("PartOffsets", data=np.arange(len(parts), dtype=np.int64))
    steps.create_dataset("NumberOfParts", data=np.ones(len(parts), np.int64))
    for name, starts in (("CellOffsets", before["Cell"]), ("ConnectivityIdOffsets", np.cumsum(ids) - ids)):
        by_topology = [starts if topology == kind else none for topology in vtkhdf.TOPOLOGIES]
        steps.create_dataset(name, data=np.stack(by_topology, axis=1))
    for what, starts in before.items():
        data = f"{what}Data"
        if there := [name.split("/")[1] for name in arrays if name.startswith(f"{data}/")]:
            offsets = hdf.group_in(steps, f"{data}Offsets")
            for name in there:
                offsets.create_dataset(name, data=starts)


def _concatenate(
    root: h5py.Group, name: str, dtype: np.dtype, parts: list[Part], shapes: list[tuple[int, ...]], block: str
) -> None:
    """Make `root[name]` the arrays of that name in a block of all frames, one after the other."""
    whole = (sum(shape[0] for shape in shapes), *shapes[0][1:])
    starts = np.cumsum([0, *(shape[0] for shape in shapes)]).tolist()
    zeros = (0,) * (len(whole) - 1)
    pieces = [((start, *zeros), shape, shape) for start, shape in zip(starts, shapes)]
    _virtual(root, name, dtype, whole, parts, f"{parts[0].root}/{block}/{name}", pieces)


def _virtual(
    root: h5py.Group, name: str, dtype: np.dtype, whole: tuple[int, ...], parts: list[Part], source: str,
    pieces: Iterable[tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]],
) -> None:  # fmt: skip
    """Make `root[name]` a virtual dataset: of each part the array `source`, at (start, size) in the whole, with its
    own shape. Through h5py's lower level, which is several times faster than its virtual layouts."""
    space, made = h5s.create_simple(whole), h5p.create(h5p.DATASET_CREATE)
    made.set_layout(h5d.VIRTUAL)
    made.set_obj_track_times(False)  # the same frames give the same bytes
    for part, (start, size, shape) in zip(parts, pieces):
        if math.prod(size):
            space.select_hyperslab(start, size)
            made.set_virtual(space, part.path.encode(), source.encode(), h5s.create_simple(shape))
    space.select_all()
    h5d.create(root.id, name.encode(), h5t.py_create(dtype), space, made)


def _build_fields(file: h5py.File, parts: list[Part]) -> None:
    shape = next(iter(parts[0].fields.values()))[0][:3]
    grid = parts[0].grid
    root = hdf.group_in(file, "VTKHDF")
    data = vtkhdf.write_grid(root, shape, grid["Spacing"], grid["Origin"], index=None)
    offsets = hdf.group_in(_steps(root, parts), "CellDataOffsets")
    for name, dtype in _common([part.fields for part in parts], 0).items():
        shape = parts[0].fields[name][0]
        zeros = (0,) * len(shape)
        pieces = [((step, *zeros), (1, *shape), shape) for step in range(len(parts))]
        whole = (len(parts), *shape)
        if len(parts) == 1:  # VTK takes the axis of time for one of vectors when there is a single step
            pieces, whole = [(zeros, shape, shape)], shape
        _virtual(data, name, dtype, whole, parts, f"{parts[0].root}/fields/CellData/{name}", pieces)
        offsets.create_dataset(name, data=np.arange(len(parts), dtype=np.int64))


def _steps(root: h5py.Group, parts: list[Part]) -> h5py.Group:
    steps = hdf.group_in(root, "Steps")
    hdf.note(steps, "NSteps", np.int64(len(parts)))
    steps.create_dataset("Values", data=np.array([part.minutes for part in parts], np.float64))
    return steps
