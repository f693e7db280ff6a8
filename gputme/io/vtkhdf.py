"""The VTKHDF layout, by which ParaView and every VTK program open frames and series.

A frame is a composite: block `cells` (PolyData, one vertex per cell) and block `fields` (ImageData, one value
per voxel). Arrays stand there once, in VTKHDF's place, and gputme reads them back from there. Source: the
VTKHDF file format description of VTK, versions 2.1 (composites) and 2.0 (time steps).
"""

from collections.abc import Iterable

import h5py
import numpy as np

from gputme.io.hdf import Packer, group_in, note

POSITION = ("x", "y", "z")
TOPOLOGIES = ("Vertices", "Lines", "Polygons", "Strips")
VERSION = np.array([2, 1], np.int64)


def start(group: h5py.Group, kind: str, index: int | None = None) -> None:
    """Mark `group` as a VTKHDF data set of `kind`; blocks of a composite carry their running number."""
    note(group, "Version", VERSION)
    note(group, "Type", np.bytes_(kind))
    if index is not None:
        note(group, "Index", np.int64(index))


def write_composite(file: h5py.File, blocks: Iterable[str]) -> list[h5py.Group]:
    """Make /VTKHDF a composite with the named blocks (in this order) and return their groups."""
    root = group_in(file, "VTKHDF")
    start(root, "MultiBlockDataSet")
    groups = [group_in(root, name) for name in blocks]
    assembly = group_in(root, "Assembly")
    for group in groups:
        assembly[group.name.rsplit("/", 1)[1]] = h5py.SoftLink(group.name)
    return groups


def write_points(
    packer: Packer, group: h5py.Group, points: np.ndarray, index: int = 0
) -> tuple[h5py.Dataset, h5py.Group]:
    """Fill `group` with PolyData of one vertex per row of `points` (N, 3); return the array of points, and its group
    for point data."""
    places = _poly(packer, group, points, index, "Vertices", np.arange(len(points))[:, None])
    return places, group_in(group, "PointData")


def write_lines(
    packer: Packer, group: h5py.Group, points: np.ndarray, pairs: np.ndarray, index: int
) -> tuple[h5py.Group, h5py.Group]:
    """Fill `group` with PolyData of one line per row of `pairs` (M, 2), rows of `points` (N, 3); return its groups for
    point data and for data of lines."""
    _poly(packer, group, points, index, "Lines", pairs)
    return group_in(group, "PointData"), group_in(group, "CellData")


def _poly(
    packer: Packer, group: h5py.Group, points: np.ndarray, index: int, kind: str, cells: np.ndarray
) -> h5py.Dataset:
    """PolyData of one kind of cells, each a row of places among the points; return the array of points."""
    start(group, "PolyData", index)
    packer.store(group, "NumberOfPoints", np.array([len(points)], np.int64))
    places = packer.store(group, "Points", points)
    for topology in TOPOLOGIES:
        mine = cells if topology == kind else cells[:0]
        part = group_in(group, topology)
        packer.store(part, "NumberOfCells", np.array([len(mine)], np.int64))
        packer.store(part, "NumberOfConnectivityIds", np.array([mine.size], np.int64))
        packer.store(part, "Connectivity", mine.ravel().astype(np.int64))
        packer.store(part, "Offsets", np.arange(len(mine) + 1, dtype=np.int64) * mine.shape[1])
    return places


def write_grid(
    group: h5py.Group,
    shape: tuple[int, int, int],
    spacing: tuple[float, ...],
    origin: tuple[float, ...],
    index: int | None = 1,
) -> h5py.Group:
    """Fill `group` with an ImageData of `shape` (nz, ny, nx) voxels; return its group for voxel data."""
    start(group, "ImageData", index)
    nz, ny, nx = shape
    note(group, "WholeExtent", np.array([0, nx, 0, ny, 0, nz], np.int64))
    note(group, "Spacing", np.array(spacing, np.float64))
    note(group, "Origin", np.array(origin, np.float64))
    note(group, "Direction", np.eye(3).reshape(-1))
    return group_in(group, "CellData")
