"""One frame of a run: all that is written at one time. `storing` writes it as a sealed HDF5 file, `fetching` reads it.

A complete frame holds everything the next step depends on, so a run resumes from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np

from gputme.columns import TICKS
from gputme.errors import RunError
from gputme.io import hdf, vtkhdf
from gputme.io.values import Row
from gputme.notebook import row
from gputme.voxels import VECTORS

FORMAT = 2


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
    """(nz, ny, nx) per substrate, and per number that voxels carry beside."""
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
    nodes: Mapping[str, np.ndarray] = field(default_factory=dict)
    """Columns of the nodes of vessels, "x", "y", "z" (um) and "id" among them; empty where there are none."""
    segments: Mapping[str, np.ndarray] = field(default_factory=dict)
    """Columns of the segments between them, "a" and "b" (ids of nodes) among them."""
    ledger: Mapping[str, np.ndarray] = field(default_factory=dict)
    """Columns of the ledger of the cascade: in a run the rows since the frame before; empty where there is no body."""
    genealogy: Mapping[str, Mapping[str, np.ndarray]] = field(default_factory=dict)
    """Births, ends and mutations, a table each: in a run the rows since the frame before, of all tissues."""
    organs: Mapping[str, Frame] = field(default_factory=dict)
    """The organs of the body that are awake, by name, at the same time."""

    @property
    def minutes(self) -> float:
        """Time in minutes."""
        return self.tick / TICKS

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


def bundled(fields: Mapping[str, np.ndarray]) -> dict[str, tuple[str, ...]]:
    """The arrays that a file holds of these fields, and which fields are in each: a vector of which all parts are there
    is one array (nz, ny, nx, parts), as VTK has vectors; any other field is an array (nz, ny, nx) of its own name."""
    found = {name: (name,) for name in fields}
    for vector, parts in VECTORS.items():
        if set(parts) <= set(fields) and len({fields[part].dtype for part in parts}) == 1:
            found = {name: own for name, own in found.items() if name not in parts} | {vector: parts}
    return found


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
    for name, organ in frame.organs.items():
        hdf.legal(name)
        check(organ)


def _check_kind(where: str, name: str, array: np.ndarray) -> None:
    hdf.legal(name)
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8 or array.dtype == np.float16:
        raise RunError(
            f"{where}: {name!r} is of type {array.dtype}; booleans, integers, float32 and float64 can be written"
        )
