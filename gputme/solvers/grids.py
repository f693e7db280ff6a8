"""The hierarchy of grids for multigrid, and the links of an operator on each of them.

Grids are boxes with separable geometry: along each axis a list of widths. A coarser grid joins pairs of voxels along
the finest axes, the last one of an odd axis standing alone, so any number of voxels serves and widths stay exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Protocol

import numpy as np

from gputme.backends import Kernels

__all__ = ["Face", "FaceLike", "Grid", "Workspace", "axis_links", "coarsen_faces", "face_conductances"]

AXES = ("x", "y", "z")


class FaceLike(Protocol):
    """What holds at one face of the domain. All None and False: no flux."""

    fixed: float | None  # value on the face
    permeability: float | None  # um/min: the inward flux is permeability * (outside - value on the face)
    outside: float | None  # value beyond a permeable face
    periodic: bool  # the opposite face continues here


@dataclass(frozen=True)
class Face:
    """A plain condition of a face; the default is no flux."""

    fixed: float | None = None
    permeability: float | None = None
    outside: float | None = None
    periodic: bool = False


class Grid:
    """One grid of the hierarchy: widths per axis (x, y, z) and how it passes to the next coarser one.

    ``halved``: which axes the next grid joins in pairs; ``colours``: in the order of a sweep.
    """

    def __init__(self, widths: list[np.ndarray]):
        self.widths = widths
        self.counts = tuple(len(h) for h in widths)  # nx, ny, nz
        self.shape = self.counts[::-1]
        self.voxels = int(np.prod(self.counts, dtype=np.int64))
        self.centres = [np.cumsum(h) - h / 2 for h in widths]
        finest = min((h.max() for h in widths if len(h) > 1), default=0.0)
        # an axis much coarser than the finest is smoothed badly already: wait until the others have caught up
        self.halved = tuple(len(h) > 1 and h.max() < 1.5 * finest for h in widths)

    def coarser(self) -> Grid:
        """The next grid."""
        return Grid([np.add.reduceat(h, np.arange(0, len(h), 2)) if halve else h
                     for h, halve in zip(self.widths, self.halved)])  # fmt: skip

    def shares(self, coarse: Grid) -> np.ndarray:
        """Width over the width of the coarse voxel, for every index of x, y and z."""
        return np.concatenate([
            h / (np.repeat(H, 2)[: len(h)] if halve else H)
            for h, H, halve in zip(self.widths, coarse.widths, self.halved)
        ])  # fmt: skip

    def dims(self) -> dict[str, int]:
        """The kernels' size arguments."""
        return dict(zip(("nx", "ny", "nz"), self.counts))

    def colours(self, periodic: int) -> list[int]:
        """Colours of a sweep: two parities, and again for the last layers of odd periodic axes."""
        seams = [(0, 2 << axis) if periodic >> axis & n & 1 else (0,) for axis, n in enumerate(self.counts)]
        parities = (0, 1) if self.voxels > 1 else (0,)
        return [sum(seam) + parity for seam in product(*seams) for parity in parities]


class Workspace:
    """Grids and arrays that the substrates of a tissue share: right-hand side, coarse levels, small sums.

    shape: (nz, ny, nx); spacing: (dx, dy, dz) in um. ``arena``: an array of at least ``reals(...)`` elements of the
    precision that nobody else needs while a step is solved; by default an own one.
    """

    def __init__(
        self, kernels: Kernels, shape: tuple[int, int, int], spacing: tuple[float, float, float], arena: Any = None
    ):
        self.kernels = kernels
        self.spacing = tuple(spacing)
        self.grids = _hierarchy(shape, spacing)
        need = self.reals(shape, spacing)
        if arena is None:
            arena = kernels.zeros(need)
        elif arena.size < need:
            raise ValueError(f"the arena of the field solver holds {arena.size} numbers, needs {need}")
        n = self.grids[0].voxels
        self.b, start = arena[:n], n
        self.coarse = []  # u, b, sink of each coarser grid
        for grid in self.grids[1:]:
            parts = [arena[start + k * grid.voxels : start + (k + 1) * grid.voxels] for k in range(3)]
            self.coarse.append(parts)
            start += 3 * grid.voxels
        self.share = [kernels.array(a.shares(b)) for a, b in zip(self.grids, self.grids[1:])]
        self.peak = kernels.zeros(3, np.int64)
        self.sum = kernels.zeros(1, np.int64)

    @staticmethod
    def reals(shape: tuple[int, int, int], spacing: tuple[float, float, float]) -> int:
        """Elements of the arena: about 1.43 per voxel in 3D, 2 in 2D."""
        first, *rest = _hierarchy(shape, spacing)
        return first.voxels + 3 * sum(grid.voxels for grid in rest)

    def peaks(self) -> tuple[float, float, float]:
        """The maximum norms that kernels have raised, which start again at 0."""
        values = self.kernels.host(self.peak).view(np.float64).tolist()
        self.peak[...] = 0
        return tuple(values)

    def total(self, per_unit: float) -> float:
        """The fixed-point sum that kernels have added up, which starts again at 0."""
        value = int(self.kernels.host(self.sum)[0]) / per_unit
        self.sum[...] = 0
        return value


def _hierarchy(shape: tuple[int, int, int], spacing: tuple[float, float, float]) -> list[Grid]:
    grids = [Grid([np.full(n, float(h)) for n, h in zip(shape[::-1], spacing)])]
    while grids[-1].voxels > 1:
        grids.append(grids[-1].coarser())
    return grids


def conditions(faces: Mapping[str, FaceLike], axis: int) -> tuple[FaceLike, FaceLike]:
    """Conditions at the lower and upper face of an axis (``x_min``, ``x_max``, ...)."""
    name, free = AXES[axis], Face()
    low, high = faces.get(f"{name}_min", free), faces.get(f"{name}_max", free)
    if low.periodic != high.periodic:
        raise ValueError(f"axis {name}: a periodic face needs its opposite face to be periodic too")
    return low, high


def _wall(face: FaceLike, diffusion: float, width: float) -> tuple[float, float]:
    """Link of a voxel to a wall (1/min) and the value beyond it."""
    if face.fixed is not None:
        return 2 * diffusion / width**2, face.fixed
    if face.permeability:
        resistance = 1 / face.permeability + (width / (2 * diffusion) if diffusion else np.inf)
        return 1 / (resistance * width), face.outside or 0.0
    return 0.0, 0.0


def axis_links(
    widths: np.ndarray, diffusion: float, low: FaceLike, high: FaceLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Links of one axis, 1/min: (4, n) lower, upper and diagonal shares; (2, n) walls below and above; (2, n) times
    the value beyond."""
    n = len(widths)
    links, walls, gains = np.zeros((4, n)), np.zeros((2, n)), np.zeros((2, n))
    below = np.roll(widths, 1)
    between = diffusion / ((widths + below) / 2)  # conductance per area of the face below each voxel
    links[0] = between / widths
    links[1] = np.roll(between, -1) / widths
    if n == 1 or not low.periodic:
        links[0, 0] = links[1, -1] = 0
    links[2:] = links[:2]
    if not low.periodic:
        for side, (face, index) in enumerate(((low, 0), (high, n - 1))):
            link, value = _wall(face, diffusion, widths[index])
            links[2 + side, index] = walls[side, index] = link
            gains[side, index] = link * value
    return links, walls, gains


def interpolation(
    fine: Grid, coarse: Grid, axis: int, diffusion: float, low: FaceLike, high: FaceLike
) -> tuple[np.ndarray, np.ndarray]:
    """Weights ``near`` and ``far`` of ``prolong`` along one axis."""
    n = fine.counts[axis]
    if not fine.halved[axis]:
        return np.ones(n), np.zeros(n)
    x, X, H = fine.centres[axis], coarse.centres[axis], coarse.widths[axis]
    i = np.arange(n)
    own, step = i >> 1, np.where(i & 1, 1, -1)
    other = own + step
    inside = (other >= 0) & (other < len(X)) | low.periodic
    offset, reach = np.abs(x - X[own]), (H[own] + H[other % len(X)]) / 2
    far = np.where(inside, offset / reach, 0.0)
    near = 1 - far
    for face, index in ((low, 0), (high, n - 1)):
        if not inside[index]:
            near[index] = 1 - offset[index] / (H[own[index]] / 2 + _beyond(face, diffusion))
    return near, far


def _beyond(face: FaceLike, diffusion: float) -> float:
    """How far beyond a face a correction that falls linearly reaches 0, um."""
    if face.fixed is not None:
        return 0.0
    return diffusion / face.permeability if face.permeability else np.inf


def face_conductances(
    relative: np.ndarray, spacing: tuple[float, float, float], diffusion: float, faces: Mapping[str, FaceLike]
) -> list[np.ndarray]:
    """Conductance of every face over that of a uniform coefficient, (nz, ny, nx+1), (nz, ny+1, nx), (nz+1, ny, nx).

    Between voxels the harmonic mean of their relative coefficients (nz, ny, nx); at walls that of the wall's link.
    """
    out = []
    for axis in range(3):
        along = np.moveaxis(np.asarray(relative, np.float64), 2 - axis, 0)
        low, high = conditions(faces, axis)
        total = along + np.roll(along, 1, 0)
        inner = np.divide(2 * along * np.roll(along, 1, 0), total, out=np.zeros_like(total), where=total > 0)
        result = np.concatenate([inner, inner[:1]])
        if not low.periodic:
            for face, place in ((low, 0), (high, -1)):
                plain = _wall(face, diffusion, spacing[axis])[0]
                if plain:
                    links = [_wall(face, diffusion * f, spacing[axis])[0] for f in along[place].ravel()]
                    result[place] = np.reshape(links, along[place].shape) / plain
        out.append(np.ascontiguousarray(np.moveaxis(result, 0, 2 - axis)))
    return out


def coarsen_faces(relative: list[np.ndarray], fine: Grid) -> list[np.ndarray]:
    """Relative conductances of the next grid's faces: area-weighted means over the fine faces they are made of."""
    out = []
    for normal, faces in enumerate(relative):
        for axis in range(3):
            if not fine.halved[axis]:
                continue
            n, place = fine.counts[axis], 2 - axis
            if axis == normal:
                faces = np.take(faces, np.minimum(2 * np.arange((n + 1) // 2 + 1), n), place)
            else:
                h = fine.widths[axis]
                starts = np.arange(0, n, 2)
                form = [1, 1, 1]
                form[place] = -1
                sums = np.add.reduceat(faces * h.reshape(form), starts, place)
                faces = sums / np.add.reduceat(h, starts).reshape(form)
        out.append(faces)
    return out
