"""Where and how long: the box of voxels, its walls for cells, regions inside it, and time."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, get_args

import numpy as np
from pydantic import Field, TypeAdapter, model_validator

from gputme.columns import TICKS
from gputme.model.base import Also, Description, Fault, raise_if_any
from gputme.model.units import Coordinate, Duration, Length

MOST_VOXELS = 10**10
Point = Annotated[tuple[Coordinate, ...], Field(min_length=2, max_length=3)]
Box = tuple[Point, Point]
FACES = ("x_min", "x_max", "y_min", "y_max", "z_min", "z_max")


def periodic_faults(kinds: dict[str, str]) -> list[Fault]:
    """One fault for each axis that is periodic on one face only. `kinds` maps each of FACES to its word."""
    return [
        Fault((low,), f"'periodic' must stand on both faces of an axis: {low} and {high} differ")
        for low, high in zip(FACES[::2], FACES[1::2], strict=True)
        if (kinds[low] == "periodic") != (kinds[high] == "periodic")
    ]


WallKind = Literal["reflect", "absorb", "periodic"]


class Walls(Description):
    """What cells meet at each face of the domain; one word stands for all faces."""

    x_min: WallKind = "reflect"
    """Wall at the lower x face."""
    x_max: WallKind = "reflect"
    """Wall at the upper x face."""
    y_min: WallKind = "reflect"
    """Wall at the lower y face."""
    y_max: WallKind = "reflect"
    """Wall at the upper y face."""
    z_min: WallKind = "reflect"
    """Wall at the lower z face; without meaning in 2D."""
    z_max: WallKind = "reflect"
    """Wall at the upper z face; without meaning in 2D."""

    @model_validator(mode="before")
    @classmethod
    def _one_word_for_all(cls, value: Any) -> Any:
        return dict.fromkeys(FACES, value) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _check(self) -> Walls:
        raise_if_any(periodic_faults({face: getattr(self, face) for face in FACES}))
        return self


class Domain(Description):
    """A box of equal voxels in 3D, or one layer of them in 2D. Fields are indexed (z, y, x)."""

    size: Annotated[tuple[Length, ...], Field(min_length=2, max_length=3)]
    """Edge lengths of the box along x, y (2D) or x, y, z (3D)."""
    voxel: Annotated[tuple[Length, Length, Length], Also(TypeAdapter(Length).json_schema())]
    """Voxel edges along x, y, z; one length stands for all."""
    thickness: Length | None = None
    """Thickness of the layer, 2D only; the voxel's z edge unless given."""
    origin: Point | None = None
    """Lower corner of the box; an axis that is not given is centred on 0."""
    walls: Annotated[Walls, Also({"enum": get_args(WallKind)})] = Walls()
    """What cells meet at the faces: "reflect", "absorb" or "periodic"."""

    @model_validator(mode="before")
    @classmethod
    def _defaults(cls, raw: Any) -> Any:
        """Spread one voxel length over the axes; in 2D the layer's thickness is dz."""
        if not isinstance(raw, dict):
            return raw
        raw, size, voxel = dict(raw), raw.get("size"), raw.get("voxel")
        flat = isinstance(size, (list, tuple)) and len(size) == 2
        if isinstance(voxel, (int, float, str)):
            voxel = [voxel, voxel, raw.get("thickness") or voxel if flat else voxel]
        if isinstance(voxel, (list, tuple)) and len(voxel) == 2 and flat:
            voxel = [*voxel, raw.get("thickness") or voxel[0]]
        if voxel is not None:
            raw["voxel"] = voxel
        return raw

    @model_validator(mode="after")
    def _check(self) -> Domain:
        faults, odd = [], {}
        for axis, length, step in zip("xyz", self.size, self.voxel, strict=False):
            count = length / step
            if round(count) < 1 or abs(count - round(count)) > 1e-9 * count:
                odd.setdefault((length, step), []).append(axis)
        for (length, step), axes in odd.items():
            near = max(round(length / step), 1) * step
            along = f"is {length:g} um along {' and '.join(axes)}"
            text = f"{along}, no multiple of the voxel's {step:g} um: {near:.10g} um would be"
            faults.append(Fault(("size",), text))
        if math.prod(self.shape) > MOST_VOXELS:
            faults.append(
                Fault(("voxel",), f"makes {math.prod(self.shape):.3g} voxels, more than {MOST_VOXELS:.0e}")
            )
        if self.thickness is not None and self.dimensions == 3:
            faults.append(Fault(("thickness",), "belongs to a 2D domain, but size has three lengths"))
        elif self.thickness is not None and self.thickness != self.voxel[2]:
            faults.append(Fault(("thickness",), f"differs from the voxel's z edge of {self.voxel[2]:g} um"))
        raise_if_any(faults)
        return self

    @property
    def dimensions(self) -> int:
        """2 or 3."""
        return len(self.size)

    @property
    def spacing(self) -> tuple[float, float, float]:
        """Voxel edges (dx, dy, dz), um."""
        return self.voxel

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels (nz, ny, nx)."""
        counts = [round(length / step) for length, step in zip(self.size, self.voxel, strict=False)]
        return (counts[2] if len(counts) == 3 else 1, counts[1], counts[0])

    @property
    def lower(self) -> tuple[float, float, float]:
        """Lower corner (x, y, z), um."""
        given = self.origin or ()
        return (*given, *(-edge / 2 for edge in self._edges[len(given) :]))

    @property
    def upper(self) -> tuple[float, float, float]:
        """Upper corner (x, y, z), um."""
        return tuple(low + edge for low, edge in zip(self.lower, self._edges, strict=True))

    @property
    def centre(self) -> tuple[float, float, float]:
        """Centre (x, y, z), um; in 2D its z is the plane that cells stay in."""
        return tuple(low + edge / 2 for low, edge in zip(self.lower, self._edges, strict=True))

    @property
    def wall_words(self) -> list[str]:
        """What cells meet at each of `FACES`."""
        return [getattr(self.walls, face) for face in FACES]

    @property
    def _edges(self) -> tuple[float, float, float]:
        nz, ny, nx = self.shape
        return tuple(n * h for n, h in zip((nx, ny, nz), self.voxel, strict=True))

    @property
    def centred(self) -> Domain:
        """The same box around (0, 0, 0): the domain of inner positions, which are relative to the centre.

        Everything is computed in these, so that numbers are as fine far from the origin as near to it.
        """
        return self.model_copy(update={"origin": None})

    def inner(self, axis: int, positions: np.ndarray) -> np.ndarray:
        """Inner positions along an axis, um, of positions that the user has."""
        return positions - self.centre[axis] if self.centre[axis] else positions

    def outer(self, axis: int, inner: np.ndarray) -> np.ndarray:
        """Positions along an axis, um, as the user has them: float64, unless the whole domain is centred."""
        if not any(self.centre):
            return inner
        return np.clip(self.centre[axis] + inner.astype(np.float64), self.lower[axis], self.upper[axis])

    @property
    def voxel_volume(self) -> float:
        """Volume of one voxel, um3."""
        return math.prod(self.voxel)

    def outside(self, points: np.ndarray) -> np.ndarray:
        """Which of the (N, 3) points, um, lie outside the box: (N,) bool. NaN counts as outside."""
        points = np.asarray(points, dtype=np.float64).reshape(-1, 3)
        return ~((points >= self.lower) & (points <= self.upper)).all(axis=1)

    def point(self, given: tuple[float, ...] | None) -> tuple[float, float, float]:
        """A point with two or three coordinates, or None for the centre, as three coordinates."""
        given = given or ()
        return (*given, *self.centre[len(given) :])

    def inner_point(self, given: tuple[float, ...] | None) -> tuple[float, float, float]:
        """The same relative to the centre."""
        return tuple(p - c for p, c in zip(self.point(given), self.centre, strict=True))

    def voxel_centres(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Voxel centres x (1, 1, nx), y (1, ny, 1), z (nz, 1, 1), um, ready to broadcast over a field."""
        (x0, y0, z0), (dx, dy, dz), (nz, ny, nx) = self.lower, self.voxel, self.shape
        x, y, z = (low + (np.arange(n) + 0.5) * h for low, n, h in ((x0, nx, dx), (y0, ny, dy), (z0, nz, dz)))
        return x[None, None, :], y[None, :, None], z[:, None, None]


class Ball(Description):
    """A sphere, or a disc in a plane."""

    centre: Point | None = None
    """Centre; the centre of the domain unless given."""
    radius: Length
    """Radius."""


class Region(Description):
    """A part of the domain: a box between two corners, or a sphere."""

    box: Box | None = None
    """Two opposite corners; corners of two coordinates do not restrict z."""
    sphere: Ball | None = None
    """Centre and radius."""

    @model_validator(mode="after")
    def _one_shape(self) -> Region:
        if (self.box is None) == (self.sphere is None):
            raise ValueError("needs exactly one of box and sphere")
        return self

    def mask(self, domain: Domain) -> np.ndarray:
        """The voxels whose centres lie in the region: bool (nz, ny, nx)."""
        centres = domain.centred.voxel_centres()
        if self.sphere is not None:
            middle = domain.inner_point(self.sphere.centre)
            dx, dy, dz = (p - c for p, c in zip(centres, middle, strict=True))
            return dx**2 + dy**2 + dz**2 <= self.sphere.radius**2
        inside = np.ones(domain.shape, bool)
        for p, a, b, c in zip(centres, *self.box, domain.centre, strict=False):
            inside &= (p >= min(a, b) - c) & (p <= max(a, b) - c)
        return inside


class Time(Description):
    """How long, and the base step that carries fate and output; solver and mechanics divide it."""

    end: Duration
    """Simulated time at which the run ends."""
    step: Duration = 1.0
    """Base step; a whole number of ticks of 1/1024 min."""

    @model_validator(mode="after")
    def _check(self) -> Time:
        ticks = self.step * TICKS
        if ticks != round(ticks):
            near = max(round(ticks), 1) / TICKS
            raise_if_any([Fault(("step",), f"must be a whole number of 1/1024 min, as {near!r} min is")])
        raise_if_any(uneven("end", self.end, self.step))
        return self

    @property
    def steps(self) -> int:
        """Number of base steps to the end."""
        return round(self.end / self.step)

    @property
    def step_ticks(self) -> int:
        """Ticks of 1/1024 min in one base step."""
        return round(self.step * TICKS)


def uneven(key: str, time: float, step: float) -> list[Fault]:
    """A fault where a time is no multiple of the base step (min)."""
    text = f"is {time:g} min, which is no multiple of the step of {step:g} min"
    return [] if is_multiple(time, step) else [Fault((key,), text)]


def is_multiple(whole: float, part: float) -> bool:
    """Whether `whole` is a positive whole number of `part`s, up to rounding."""
    count = whole / part
    return round(count) >= 1 and abs(count - round(count)) <= 1e-9 * count
