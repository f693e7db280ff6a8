"""The hierarchy of grids for multigrid, the arrays that substrates share, and conductances of a varying medium."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np

from gputme.backends import Kernels
from gputme.solvers.axis import Axis, FaceLike, conditions

__all__ = ["Grid", "Sum", "Words", "Workspace", "coarsen_faces", "face_conductances", "medium"]

FEW = 64  # shares of a sum that one thread may add up


class Grid:
    """One grid of the hierarchy: voxels per axis (x, y, z) and which axes the next grid joins in pairs."""

    def __init__(self, counts: tuple[int, int, int], widths: tuple[float, float, float]):
        self.counts = counts  # nx, ny, nz
        self.widths = widths  # nominal, um
        self.voxels = int(np.prod(counts, dtype=np.int64))
        finest = min((h for n, h in zip(counts, widths) if n > 1), default=0.0)
        # an axis much coarser than the finest is smoothed badly: it waits until the others have caught up
        self.halved = tuple(n > 1 and h < 1.5 * finest for n, h in zip(counts, widths))

    def coarser(self) -> Grid:
        """The next grid; the last voxel of an odd axis stands alone."""
        return Grid(
            tuple((n + 1) // 2 if halve else n for n, halve in zip(self.counts, self.halved)),
            tuple(2 * h if halve else h for h, halve in zip(self.widths, self.halved)),
        )

    def dims(self) -> dict[str, int]:
        """The kernels' size arguments."""
        return dict(zip(("nx", "ny", "nz"), self.counts))

    def colours(self, periodic: int) -> list[int]:
        """Colours of a sweep: two parities, and again for the last layers of odd periodic axes."""
        seams = [(0, 2 << axis) if periodic >> axis & n & 1 else (0,) for axis, n in enumerate(self.counts)]
        parities = (0, 1) if self.voxels > 1 else (0,)
        return [sum(seam) + parity for seam in product(*seams) for parity in parities]


class Words:
    """What launches find for the host, as bits of float64: rows of words, which are read together, once for all."""

    WIDTH = 9

    def __init__(self, kernels: Kernels, rows: int = 1):
        self._host, self._all, self._read = kernels.host, kernels.zeros((rows, self.WIDTH), np.int64), None

    def row(self, row: int) -> Any:
        """One row, on the backend."""
        return self._all[row]

    def forget(self) -> None:
        """Launches have run: what was read is no longer what stands there."""
        self._read = None

    def read(self, row: int) -> list[float]:
        """A row as numbers. The host waits, where nobody has read a row since `forget`."""
        if self._read is None:
            self._read = self._host(self._all)
        return self._read[row].view(np.float64).tolist()


class Workspace:
    """Grids and arrays that substrates share which are solved one after another: right-hand side, coarse levels, small
    sums.

    shape: (nz, ny, nx); spacing: (dx, dy, dz) in um. ``arena``: an array of at least ``reals(...)`` elements of the
    precision that nobody else needs while a step is solved; by default an own one. ``words``: of several workspaces, of
    which this one has the given ``row``; by default own ones.
    """

    def __init__(
        self, kernels: Kernels, shape: tuple[int, int, int], spacing: tuple[float, float, float], arena: Any = None,
        words: Words | None = None, row: int = 0,
    ):  # fmt: skip
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
            self.coarse.append([arena[start + k * grid.voxels : start + (k + 1) * grid.voxels] for k in range(3)])
            start += 3 * grid.voxels
        self.words, self._row = words or Words(kernels), row
        mine = self.words.row(row)
        parts = (mine[start:stop] for start, stop in ((0, 5), (0, 3), (3, 5), (5, 7), (7, 9)))
        self.found, self.norms, self.sizes, self.swing, self.asked = parts
        self.room = min(2.0**50, 2.0**62 / n)  # quanta that a voxel may have in a sum over all
        self.income, self.outgo = Sum(kernels, n), Sum(kernels, n)
        self.factor = kernels.array([1.0], np.float64)  # that closes a balance

    @staticmethod
    def reals(shape: tuple[int, int, int], spacing: tuple[float, float, float]) -> int:
        """Elements of the arena: about 1.43 per voxel in 3D, 2 in 2D."""
        first, *rest = _hierarchy(shape, spacing)
        return first.voxels + 3 * sum(grid.voxels for grid in rest)

    def read(self) -> list[float]:
        """Its words as numbers: three norms; largest sizes of a field and its sources, of a field and its change, and
        of what is demanded (twice)."""
        return self.words.read(self._row)


class Sum:
    """A sum of whole numbers over n voxels that a kernel leaves in shares, a place for each thread that takes part.

    ``shares``: the places, ``parts`` of them. ``total``: what they come to, one place after the launches ``add_up``
    where they are many, else the shares themselves, ``places`` of them.
    """

    def __init__(self, kernels: Kernels, n: int):
        self.parts = kernels.backend.shares(n)
        self.shares = self.total = kernels.zeros(self.parts, np.int64)
        self.places, self.add_up = self.parts, []
        if self.parts > FEW:
            self.total, self.places = kernels.zeros(1, np.int64), 1
            heaps = -(-self.parts // 16)
            adds = kernels.add_up.ready(parts=self.parts, heaps=heaps, shares=self.shares, total=self.total)
            self.add_up = [adds]


def _hierarchy(shape: tuple[int, int, int], spacing: tuple[float, float, float]) -> list[Grid]:
    grids = [Grid(tuple(shape[::-1]), tuple(float(h) for h in spacing))]
    while grids[-1].voxels > 1:
        grids.append(grids[-1].coarser())
    return grids


def medium(diffusion: float, factors: np.ndarray | None) -> tuple[float, np.ndarray | None]:
    """The largest coefficient that is really there, and each voxel's relative to it; None where all are equal (or 0).

    Whatever is derived from a coefficient (scheme, sub-steps, fixed-point units, depth of coarsening) follows the
    largest, and no relative one exceeds 1. diffusion: um2/min; factors of it: (nz, ny, nx) or None.
    """
    if factors is None:
        return diffusion, None
    if not (most := diffusion * float(np.max(factors))):
        return 0.0, None
    relative = np.asarray(factors, np.float64) / np.max(factors)
    return most, None if (relative == 1).all() else relative


def face_conductances(
    relative: np.ndarray, spacing: tuple[float, float, float], diffusion: float, faces: Mapping[str, FaceLike]
) -> list[np.ndarray]:
    """Conductance of every face over that of a uniform coefficient, (nz, ny, nx+1), (nz, ny+1, nx), (nz+1, ny, nx).

    Between voxels the harmonic mean of their relative coefficients (nz, ny, nx); at walls that of the wall's link.
    """
    out = []
    for axis in range(3):
        along = np.moveaxis(np.asarray(relative, np.float64), 2 - axis, 0)
        ends = conditions(faces, axis)
        before = np.roll(along, 1, 0)
        total = along + before
        inner = np.divide(2 * along * before, total, out=np.zeros_like(total), where=total > 0)
        result = np.concatenate([inner, inner[:1]])
        if not ends[0].periodic:
            result[0], result[-1] = along[0], along[-1]
            for place, face in ((0, ends[0]), (-1, ends[1])):
                if face.fixed is None and face.permeability:  # two resistances in a row
                    half = spacing[axis] / 2 * face.permeability / diffusion
                    result[place] *= (1 + half) / (along[place] + half)
        out.append(np.ascontiguousarray(np.moveaxis(result, 0, 2 - axis)))
    return out


def coarsen_faces(relative: list[np.ndarray], axes: list[Axis], halved: tuple[bool, ...]) -> list[np.ndarray]:
    """Relative conductances of the next grid's faces: area-weighted means over the fine faces they are made of."""
    out = []
    for normal, faces in enumerate(relative):
        for axis in range(3):
            if not halved[axis]:
                continue
            n, place = len(axes[axis].widths), 2 - axis
            if axis == normal:
                index = np.minimum(2 * np.arange((n + 1) // 2 + 1), n)
                index[0] += axes[axis].planes[0]  # the wall is where the plane of fixed voxels begins
                index[-1] -= axes[axis].planes[1] and n % 2 == 0
                faces = np.take(faces, index, place)
            else:
                starts = np.arange(0, n, 2)
                form = [1, 1, 1]
                form[place] = -1
                h = axes[axis].widths
                sums = np.add.reduceat(faces * h.reshape(form), starts, place)
                faces = sums / np.add.reduceat(h, starts).reshape(form)
        out.append(faces)
    return out
