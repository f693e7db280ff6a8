"""Geometry of a grid along one axis: widths, centres, what lies beyond the ends, and how it coarsens.

Links are finite volumes: D / (width * distance of centres), 1/min. Beyond an end lies a wall at which a value holds
(``gap`` um further: 0 for a face with a fixed value, D / P for a permeable one, infinity without flux), or the other
end (periodic). A layer of fixed voxels that fills an end of the domain (``plane``) joins no free voxel: on the
coarser grid it becomes a wall, half its width beyond the free voxels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

__all__ = ["AXES", "Axis", "Face", "FaceLike", "conditions", "strength"]

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


def conditions(faces: Mapping[str, FaceLike], axis: int) -> tuple[FaceLike, FaceLike]:
    """Conditions at the lower and upper face of an axis (``x_min``, ``x_max``, ...)."""
    name, free = AXES[axis], Face()
    low, high = faces.get(f"{name}_min", free), faces.get(f"{name}_max", free)
    if low.periodic != high.periodic:
        raise ValueError(f"axis {name}: a periodic face needs its opposite face to be periodic too")
    return low, high


def _beyond(face: FaceLike, diffusion: float) -> tuple[float, float]:
    """Gap to the point where a wall's value holds, and the value."""
    if face.fixed is not None:
        return 0.0, face.fixed
    if face.permeability:
        return diffusion / face.permeability, face.outside or 0.0
    return np.inf, 0.0


@dataclass(frozen=True)
class Axis:
    """One axis of one grid for one substrate. Pairs are (lower end, upper end)."""

    widths: np.ndarray
    centres: np.ndarray
    diffusion: float
    periodic: bool
    gaps: tuple[float, float]
    values: tuple[float, float]
    planes: tuple[bool, bool]

    @classmethod
    def uniform(
        cls, n: int, width: float, diffusion: float, faces: tuple[FaceLike, FaceLike], planes: tuple[bool, bool]
    ) -> Axis:
        """The finest grid's axis: n voxels of one width."""
        ends = [_beyond(face, diffusion) for face in faces]
        return cls(
            np.full(n, float(width)), (np.arange(n) + 0.5) * width, diffusion, faces[0].periodic and n > 1,
            (ends[0][0], ends[1][0]), (ends[0][1], ends[1][1]), planes if n > 2 else (False, False),
        )  # fmt: skip

    @property
    def length(self) -> float:
        """Length of a periodic axis."""
        return float(self.widths.sum())

    def coarser(self, halve: bool) -> Axis:
        """Pairs of voxels joined, the last one of an odd axis alone; the same axis unless ``halve``."""
        if not halve:
            return self
        h, x, n = self.widths.copy(), self.centres, len(self.widths)
        gaps, planes = list(self.gaps), list(self.planes)
        if planes[0]:
            gaps[0], planes[0], h[0] = h[0] / 2, False, 0.0
        if planes[1] and n % 2 == 0:
            gaps[1], planes[1], h[-1] = h[-1] / 2, False, 0.0
        starts = np.arange(0, n, 2)
        widths = np.add.reduceat(h, starts)
        centres = np.add.reduceat(h * x, starts) / widths
        wraps = self.periodic and len(widths) > 1
        return Axis(widths, centres, self.diffusion, wraps, tuple(gaps), self.values, tuple(planes))

    def links(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(4, n) links below and above and the diagonal's share of both; (2, n) of these the walls'; (2, n) times
        the walls' values. 1/min, value/min."""
        n, h, D = len(self.widths), self.widths, self.diffusion
        links, walls, gains = np.zeros((4, n)), np.zeros((2, n)), np.zeros((2, n))
        between = D / np.diff(self.centres)  # conductance per area of inner faces
        links[0, 1:], links[1, :-1] = between / h[1:], between / h[:-1]
        if self.periodic:
            across = D / (self.centres[0] + self.length - self.centres[-1])
            links[0, 0], links[1, -1] = across / h[0], across / h[-1]
        links[2:] = links[:2]
        if not self.periodic:
            for side, index in enumerate((0, n - 1)):
                walls[side, index] = D / (h[index] * (h[index] / 2 + self.gaps[side])) if D else 0.0
                gains[side, index] = walls[side, index] * self.values[side]
            links[2:] += walls
        return links, walls, gains

    def across(self) -> np.ndarray:
        """(n+1,) conductance per area of every face, um/min: D over the distance of the centres, or to where a wall's
        value holds."""
        out = np.zeros(len(self.widths) + 1)
        out[1:-1] = self.diffusion / np.diff(self.centres)
        if self.periodic:
            out[0] = out[-1] = self.diffusion / (self.centres[0] + self.length - self.centres[-1])
        elif self.diffusion:
            out[[0, -1]] = self.diffusion / (self.widths[[0, -1]] / 2 + np.array(self.gaps))
        return out

    def flowing_links(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """As `links` where the faces hold what they pass on (``fit``): 1/width, also at walls; 1/um."""
        per = 1 / self.widths
        links, walls = np.tile(per, (4, 1)), np.zeros((2, len(per)))
        if not self.periodic:
            links[0, 0] = links[1, -1] = 0
            walls[0, 0], walls[1, -1] = per[0], per[-1]
        return links, walls, walls * np.reshape(self.values, (2, 1))

    def shares(self, coarse: Axis, halve: bool) -> np.ndarray:
        """Width over the width of the coarse voxel; only free voxels' matter."""
        return self.widths / (np.repeat(coarse.widths, 2)[: len(self.widths)] if halve else coarse.widths)

    def interpolation(self, coarse: Axis, halve: bool) -> tuple[np.ndarray, np.ndarray]:
        """Weights ``near`` and ``far`` of ``prolong``: linear between centres, 0 where a wall's value holds."""
        n, m = len(self.widths), len(coarse.widths)
        if not halve:
            return np.ones(n), np.zeros(n)
        i = np.arange(n)
        own, step = i >> 1, np.where(i & 1, 1, -1)
        other = own + step
        wraps = (other < 0) | (other >= m)
        away = (self.centres - coarse.centres[own]) * step  # towards the next coarse voxel
        reach = np.abs(coarse.centres[other % m] - coarse.centres[own])
        reach[wraps] = self.length - reach[wraps]
        far = np.where(wraps & (not self.periodic), 0.0, away / reach)
        near = 1 - far
        if not self.periodic:
            for side, index in enumerate((0, n - 1)):
                if wraps[index]:
                    near[index] = 1 - away[index] / (coarse.widths[own[index]] / 2 + coarse.gaps[side])
        return near, far


def strength(
    shape: tuple[int, int, int], spacing: tuple[float, float, float], diffusion: float, faces: Mapping[str, FaceLike]
) -> float:
    """Largest rate at which diffusion empties a voxel, 1/min: all its links, those to walls included.

    Explicit steps are stable up to its inverse. shape: (nz, ny, nx); diffusion: the largest coefficient, um2/min.
    """
    return sum(
        float(Axis.uniform(n, h, diffusion, conditions(faces, a), (False, False)).links()[0][2:].sum(axis=0).max())
        for a, (n, h) in enumerate(zip(shape[::-1], spacing))
    )
