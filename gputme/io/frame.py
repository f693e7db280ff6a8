"""One frame of a run: all that is written at one time, as one sealed HDF5 file.

`write_frame` and `read_frame` are inverse to each other, bit for bit and type for type. `docs/file-format.md`
describes the file. A complete frame holds everything the next step depends on, so a run resumes from it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from html import escape
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from gputme.errors import RunError
from gputme.io import hdf, vtkhdf
from gputme.io.atomic import write_atomic
from gputme.io.gate import Gate, opened
from gputme.io.naming import row
from gputme.io.values import Row, fetch_rows, fetch_value, flat, rounded, store_rows, store_value

FORMAT = 2
TICKS_PER_MINUTE = 1024


@dataclass(frozen=True)
class Column:
    """Unit and meaning of a cell column or field."""

    name: str
    unit: str
    description: str


@dataclass
class Frame:
    """The state of a run at one time. Lengths in micrometres; arrays are not copied."""

    index: int
    """Running number of the frame."""
    tick: int
    """Time in units of 1/1024 min."""
    cells: Mapping[str, np.ndarray]
    """Columns, first axis = cell. Holds at least "x", "y", "z" (um, one common float type) and "id"."""
    fields: Mapping[str, np.ndarray]
    """(nz, ny, nx) per substrate."""
    state: Mapping[str, Any] = field(default_factory=dict)
    """What else a step depends on: int, float, str, bool, NumPy scalars and arrays, and tables of these by name."""
    complete: bool = False
    """True: a run resumes from this frame, nothing is rounded or left out."""
    spacing: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """dx, dy, dz of a voxel."""
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Lower corner of the domain."""
    types: tuple[str, ...] = ()
    """Names of the cell types by the integer in cells["type"]."""
    columns: Mapping[str, Column] = field(default_factory=dict)
    """Unit and meaning of the cell columns and fields that the frame holds."""
    run: str = ""
    """Id of the run; "" in a frame that belongs to none, and in format 1."""
    before: str = ""
    """Id of the frame before; "" in the first one, and in format 1."""
    id: str = ""
    """Names the content of the frame: the id in the seal of its file. "" until it has been written, and in format 1."""
    version: int = FORMAT
    """Format of the file that it was read from."""
    scenario: Callable[[], Any] | None = field(default=None, repr=False, compare=False)
    """Gives the run's `Scenario`, which names phases and states, or None where it cannot be read."""

    @property
    def minutes(self) -> float:
        """Time in minutes."""
        return self.tick / TICKS_PER_MINUTE

    @property
    def position(self) -> np.ndarray:
        """(N, 3) positions of the cells in micrometres."""
        return np.stack([self.cells[axis] for axis in vtkhdf.POSITION], axis=1)

    def __repr__(self) -> str:
        """In one line, without reading anything."""
        fields = ", ".join(self.fields) or "none"
        kind = "complete" if self.complete else "a selection"
        return f"<Frame {self.index} at {self.minutes:g} min, {kind}: {len(self.cells)} columns; fields: {fields}>"

    def _repr_html_(self) -> str:
        known = [(name, self.columns.get(name)) for name in (*self.cells, *self.fields)]
        lines = "".join(row((name, c.unit if c else "", c.description if c else "")) for name, c in known)
        return f"<p>{escape(repr(self))}</p><table>{row(('name', 'unit', 'meaning'), 'th')}{lines}</table>"


@dataclass(frozen=True)
class Passport:
    """What a frame says about its run, so that frames alone are enough to restore `run.h5`."""

    scenario: str = ""
    meta: str = "{}"
    rows: tuple[Row, ...] = ()
    """Rows of the time series since the frame before."""


def write_frame(
    path: Path | str,
    frame: Frame,
    compression: int = 1,
    mantissa: int | None = None,
    passport: Passport | None = None,
) -> int:
    """Write `frame` to `path`, whole or not at all; return the bytes written.

    `compression` is the deflate level (0 to 9). `mantissa` keeps that many mantissa bits of every
    floating-point column and field (float32 has 23, float64 52) and applies to frames that are not complete;
    complete frames are never rounded. `RunError` when the frame is malformed or the file cannot be written.
    """
    return write_atomic(Path(path), frame_image(frame, compression, mantissa, passport or Passport()).data)


def frame_image(frame: Frame, compression: int, mantissa: int | None, passport: Passport) -> hdf.Sealed:
    """The HDF5 file of `frame` as bytes, and its id, by which the next frame names it."""
    check(frame)
    bits = None if frame.complete else mantissa

    def build(file: h5py.File, packer: hdf.Packer) -> None:
        hdf.note(file, "gputme", "frame")
        hdf.note(file, "version", FORMAT)
        _store_blocks(file, packer, frame, bits)
        _store_state(file, packer, frame, bits, passport)

    return hdf.sealed_image(build, compression)


def check(frame: Frame) -> None:
    """`RunError` when `frame` could not be read back as it is."""
    where = f"frame {frame.index}"
    for name in (*vtkhdf.POSITION, "id"):
        if name not in frame.cells:
            raise RunError(f"{where}: cells lack the column {name!r}; x, y, z and id are always needed")
    count = len(frame.cells["id"])
    for name, array in frame.cells.items():
        if array.ndim < 1 or len(array) != count:
            raise RunError(f"{where}: column {name!r} has shape {array.shape}, but there are {count} cells")
        _check_kind(where, name, array)
    axes = [frame.cells[axis] for axis in vtkhdf.POSITION]
    if any(a.dtype != axes[0].dtype or a.dtype.kind != "f" or a.ndim != 1 for a in axes):
        raise RunError(f"{where}: x, y and z must be one-dimensional and of one floating-point type")
    shapes = {array.shape for array in frame.fields.values()}
    if len(shapes) > 1 or any(len(shape) != 3 for shape in shapes):
        raise RunError(f"{where}: fields must all have one shape (nz, ny, nx), but have {sorted(shapes)}")
    for name, array in frame.fields.items():
        _check_kind(where, name, array)


def _check_kind(where: str, name: str, array: np.ndarray) -> None:
    hdf.legal(name)
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8 or array.dtype == np.float16:
        raise RunError(
            f"{where}: {name!r} is of type {array.dtype}; booleans, integers, float32 and float64 can be written"
        )


def _store_blocks(file: h5py.File, packer: hdf.Packer, frame: Frame, bits: int | None) -> None:
    """Cells and fields, in VTK's place."""
    cells, grid = vtkhdf.write_composite(file, ("cells", "fields"))
    places, points = vtkhdf.write_points(packer, cells, _places(frame.position, bits))
    axes = [frame.columns.get(axis) for axis in vtkhdf.POSITION]
    if all(axes):
        for key in ("unit", "description"):
            hdf.note(places, key, [getattr(axis, key) for axis in axes])
    for name, array in frame.cells.items():
        if name not in vtkhdf.POSITION:
            dataset = packer.store(points, name, rounded(flat(array) if array.ndim > 2 else array, bits))
            if array.ndim > 2:
                hdf.note(dataset, "shape", array.shape[1:])
            _describe(dataset, frame.columns.get(name))
    shape = next((array.shape for array in frame.fields.values()), (1, 1, 1))
    voxels = vtkhdf.write_grid(grid, shape, frame.spacing, frame.origin)
    for name, array in frame.fields.items():
        _describe(packer.store(voxels, name, rounded(array, bits)), frame.columns.get(name))


def _places(position: np.ndarray, bits: int | None) -> np.ndarray:
    """Positions, perhaps rounded: no further out than the outermost are, so nobody leaves the domain."""
    if bits is None or not len(position):
        return position
    return np.clip(rounded(position, bits), position.min(axis=0), position.max(axis=0))


def _describe(dataset: h5py.Dataset, column: Column | None) -> None:
    if column:
        hdf.note(dataset, "unit", column.unit)
        hdf.note(dataset, "description", column.description)


def _store_state(file: h5py.File, packer: hdf.Packer, frame: Frame, bits: int | None, passport: Passport) -> None:
    """All that is not for VTK: time, types, state, and the frame's passport."""
    root = hdf.group_in(file, "gputme")
    for name, value in (
        ("index", np.int64(frame.index)),
        ("tick", np.int64(frame.tick)),
        ("minutes", frame.minutes),
        ("run", frame.run),
        ("before", frame.before),
        ("complete", np.uint8(frame.complete)),
        ("mantissa", np.int64(0 if bits is None else bits)),
    ):
        hdf.note(root, name, value)
    packer.text(root, "types", list(frame.types))
    state = hdf.group_in(root, "state")
    for name, value in frame.state.items():
        store_value(packer, state, name, value)
    packer.text(root, "scenario", passport.scenario)
    packer.text(root, "meta", passport.meta)
    store_rows(packer, hdf.group_in(root, "series"), passport.rows)


def read_frame(
    path: Path | str,
    columns: Collection[str] | None = None,
    fields: Collection[str] | None = None,
    follow: bool = True,
) -> Frame:
    """Read the frame at `path`: exactly what was written, or only the named cell `columns` and `fields`. Without
    `follow`, a symbolic link is refused.

    `RunError` for a file that is cut short, foreign, damaged, of a newer format, or that points outside
    itself.
    """
    with opened(Path(path), "frame", FORMAT, follow) as root:
        return frame_from(root, columns, fields)


def frame_from(root: Gate, columns: Collection[str] | None = None, fields: Collection[str] | None = None) -> Frame:
    """The frame that stands in the group `root` (a frame file, or a frame of a packed run)."""
    head, blocks = root.group("gputme"), root.group("VTKHDF")
    cells, grid = blocks.group("cells"), blocks.group("fields")
    points, voxels = cells.group("PointData"), grid.group("CellData")
    wanted = _chosen(root, "column", columns, [*vtkhdf.POSITION, *points])
    wanted_fields = _chosen(root, "field", fields, list(voxels))
    state = head.group("state")
    return Frame(
        index=int(head.attrs["index"]),
        tick=int(head.attrs["tick"]),
        cells=_cells(cells, points, wanted),
        fields={name: voxels.numbers(name) for name in wanted_fields},
        state={name: fetch_value(state, name) for name in state},
        complete=bool(head.attrs["complete"]),
        spacing=tuple(grid.attrs["Spacing"].tolist()),
        origin=tuple(grid.attrs["Origin"].tolist()),
        types=tuple(head.texts("types")),
        columns=_described(cells, points, voxels),
        run=head.attrs.get("run", ""),
        before=head.attrs.get("before", ""),
        id=root.id,
        version=root.version,
    )


def names_in(root: Gate) -> tuple[list[str], list[str]]:
    """Names of the cell columns and of the fields of the frame in `root`."""
    blocks = root.group("VTKHDF")
    points, voxels = blocks.group("cells").group("PointData"), blocks.group("fields").group("CellData")
    return [*vtkhdf.POSITION, *points], list(voxels)


def _chosen(root: Gate, what: str, wanted: Collection[str] | None, present: list[str]) -> list[str]:
    for name in wanted or ():
        if name not in present:
            near = get_close_matches(name, present, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"it holds {', '.join(present)}"
            raise RunError(f"{root.file}: the frame has no {what} {name!r}; {hint}")
    return present if wanted is None else [name for name in present if name in wanted]


def fetch_column(root: Gate, name: str) -> np.ndarray:
    """One cell column of the frame in `root`."""
    cells = root.group("VTKHDF").group("cells")
    return _cells(cells, cells.group("PointData"), [name])[name]


def fetch_field(root: Gate, name: str) -> np.ndarray:
    """One field of the frame in `root`."""
    return root.group("VTKHDF").group("fields").group("CellData").numbers(name)


def _cells(cells: Gate, points: Gate, names: Iterable[str]) -> dict[str, np.ndarray]:
    names = list(names)
    xyz = cells.numbers("Points") if set(names) & set(vtkhdf.POSITION) else None
    result = {}
    for name in names:
        if name in vtkhdf.POSITION:
            result[name] = np.ascontiguousarray(xyz[:, vtkhdf.POSITION.index(name)])
        else:
            values, shape = points.numbers(name), points.notes(name).get("shape")
            result[name] = values if shape is None else values.reshape(len(values), *shape)
    return result


def _described(cells: Gate, points: Gate, voxels: Gate) -> dict[str, Column]:
    """Unit and meaning of all columns and fields, as far as the frame says."""
    found, notes = {}, cells.notes("Points")
    if "unit" in notes:
        triples = zip(vtkhdf.POSITION, notes["unit"], notes["description"], strict=True)
        found |= {axis: Column(axis, unit, text) for axis, unit, text in triples}
    for group in (points, voxels):
        for name in group:
            notes = group.notes(name)
            if "unit" in notes:
                found[name] = Column(name, notes["unit"], notes["description"])
    return found


def passport_from(root: Gate) -> Passport:
    """What the frame in `root` says about its run."""
    head = root.group("gputme")
    return Passport(head.text("scenario"), head.text("meta"), tuple(fetch_rows(head.group("series"))))
