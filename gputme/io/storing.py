"""Writing a frame: one sealed HDF5 file, which `docs/file-format.md` describes."""

from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy as np

from gputme.io import hdf, vtkhdf
from gputme.io.atomic import write_atomic
from gputme.io.frame import FORMAT, Column, Frame, Passport, bundled, check
from gputme.io.values import flat, rounded, store_rows, store_value


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
        organs = hdf.group_in(file, "organs") if frame.organs else None
        for name, organ in frame.organs.items():
            place = hdf.group_in(organs, name)
            _store_blocks(place, packer, organ, bits)
            _store_state(place, packer, organ, bits, Passport())

    return hdf.sealed_image(build, compression)


def _store_blocks(file: h5py.File, packer: hdf.Packer, frame: Frame, bits: int | None) -> None:
    """Cells and fields, in VTK's place."""
    names = ("cells", "fields", "vessels") if frame.nodes else ("cells", "fields")
    cells, grid, *vessels = vtkhdf.write_composite(file, names)
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
    for name, parts in bundled(frame.fields).items():
        arrays = [rounded(frame.fields[part], bits) for part in parts]
        array = arrays[0] if len(arrays) == 1 else np.stack(arrays, axis=-1)
        _describe(packer.store(voxels, name, array), frame.columns.get(parts[0]))
    for group in vessels:
        _store_vessels(group, packer, frame, bits)


def _store_vessels(group: h5py.Group, packer: hdf.Packer, frame: Frame, bits: int | None) -> None:
    """Vessels as lines: what is said of nodes at points, what of segments at lines."""
    points = np.stack([frame.nodes[axis] for axis in vtkhdf.POSITION], axis=1)
    pairs = np.stack([np.searchsorted(frame.nodes["id"], frame.segments[end]) for end in "ab"], axis=1)
    at_points, at_lines = vtkhdf.write_lines(packer, group, points, pairs, 2)
    for place, columns in ((at_points, frame.nodes), (at_lines, frame.segments)):
        for name, array in columns.items():
            if name not in vtkhdf.POSITION:
                packer.store(place, name, rounded(array, bits))


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
    if frame.ledger:
        _store_table(packer, hdf.group_in(root, "ledger"), frame.ledger)
    genealogy = hdf.group_in(root, "genealogy") if frame.genealogy else None
    for name, table in frame.genealogy.items():
        _store_table(packer, hdf.group_in(genealogy, name), table)


def _store_table(packer: hdf.Packer, place: h5py.Group, table: Mapping[str, np.ndarray]) -> None:
    for name, column in table.items():
        packer.store(place, name, column)
