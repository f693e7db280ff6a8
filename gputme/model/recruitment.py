"""Recruitment: cells that enter while the run goes on, from faces, a part of the domain or vessels."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, model_validator

from gputme.model.base import Description, Fault, SubstrateName, Table, TypeName, raise_if_any
from gputme.model.domain import FACES, Ball, Box, Domain, Point
from gputme.model.population import FirstPhase
from gputme.model.units import Concentration, Duration, Length, Number, Positive, Quantity, Rate

MOST_ENTRIES = 10**6
"""Cells that may be proposed in one step: far above any tissue, and what is computed at a time."""
PER = {"all": (1.0, ""), "mm": (1e3, "mm"), "mm2": (1e6, "mm2"), "mm3": (1e9, "mm3")}
"""What a rate is per: its size in um, um2 or um3, and its name."""
FaceName = Literal["x_min", "x_max", "y_min", "y_max", "z_min", "z_max"]
Moment = Annotated[float, Quantity("time", minimum=0)]


class Shell(Description):
    """What lies between two spheres, or two circles in 2D."""

    centre: Point | None = None
    """Centre; the centre of the domain unless given."""
    inner: Length
    """Radius of the hole."""
    outer: Length
    """Radius."""
    beyond: TypeName | None = None
    """Radii are counted from the farthest cell of this type, dead or alive, as it lies at the time; what of the shell
    lies outside the domain stays empty."""

    @model_validator(mode="after")
    def _check(self) -> Shell:
        if self.inner >= self.outer:
            raise_if_any([Fault(("outer",), f"must be larger than the inner radius of {self.inner:g} um")])
        return self


class RecruitmentSignal(Description):
    """One substrate that raises or lowers the rate of entry: with H = s / (1 + s) and s = (value / half_max)^power, the
    rate is multiplied by H, or by 1 - H."""

    substrate: SubstrateName
    """The substrate that is read."""
    direction: Literal["increases", "decreases"] = "increases"
    """Whether more of it lets more cells in (factor H) or fewer (1 - H)."""
    half_max: Concentration
    """Value at which the factor is a half."""
    power: Positive = 1.0
    """Hill power."""
    read: Literal["place", "mean"] = "place"
    """Its value where the cell is to enter, or its mean over the domain."""


class Recruitment(Description):
    """Cells of one type that enter at a rate, each at its own time. Exactly one of faces, box, sphere, shell and
    vessels says where."""

    type: TypeName
    """Their cell type."""
    faces: Literal["all"] | tuple[FaceName, ...] = ()
    """They enter through these faces: anywhere in the outermost layer of voxels."""
    box: Box | None = None
    """Anywhere between two opposite corners."""
    sphere: Ball | None = None
    """Anywhere in a ball; in 2D a disc."""
    shell: Shell | None = None
    """Anywhere between two spheres; in 2D circles."""
    vessels: Annotated[bool, Field(strict=True)] = False
    """Through the walls of vessels, anywhere along those in which blood flows."""
    rate: Rate
    """How many enter per minute while no signal holds them back."""
    per: Literal["all", "mm", "mm2", "mm3"] = "all"
    """What the rate is per: the whole place, mm of vessels with blood flow, mm2 of the faces (in 2D also of the plane),
    or mm3 of the region."""
    signals: tuple[RecruitmentSignal, ...] = Field((), alias="signal")
    """Substrates that raise or lower the rate; their factors multiply."""
    capacity: Annotated[int, Field(strict=True, ge=1)] | None = None
    """None enters while there are so many living cells of the type."""
    start: Moment = 0.0
    """Time from which on they enter."""
    end: Duration | None = None
    """Time up to which they enter; the end of the run unless given."""
    phase: FirstPhase = 0
    """Cycle phase at entry: its number, or "random" for one drawn in proportion to the time spent in each."""
    overrides: Table[Number] = Field(default_factory=dict, validate_default=True)
    """Values of custom variables, instead of the cell type's own."""

    @model_validator(mode="after")
    def _check(self) -> Recruitment:
        given = [bool(self.faces), self.box is not None, self.sphere is not None, self.shell is not None, self.vessels]
        if sum(given) != 1:
            raise ValueError("needs exactly one of faces, box, sphere, shell and vessels = true")
        faults = []
        if self.vessels and self.per not in ("all", "mm"):
            faults.append(Fault(("per",), 'does not fit vessels, whose size is a length: "mm" or "all"'))
        if self.per == "mm" and not self.vessels:
            faults.append(Fault(("per",), 'is of vessels: write vessels = true, or per = "mm2", "mm3" or "all"'))
        if self.end is not None and self.end <= self.start:
            faults.append(Fault(("end",), f"must be later than the start at {self.start:g} min"))
        if self.follows is not None and self.per != "all":
            faults.append(Fault(("per",), "does not fit a shell beyond a type, whose size changes: leave it out"))
        if self.faces and self.per == "mm3":
            faults.append(Fault(("per",), 'does not fit faces, whose size is an area: "mm2" or "all"'))
        for i, signal in enumerate(self.signals):
            if signal.half_max == 0:
                faults.append(Fault(("signal", i, "half_max"), "must be greater than 0"))
        raise_if_any(faults)
        return self

    @property
    def follows(self) -> str | None:
        """The type whose farthest cell a shell lies beyond."""
        return None if self.shell is None else self.shell.beyond

    def sites(self, domain: Domain, farthest: float = 0.0) -> Sites:
        """Where they enter, but for vessels, in numbers: relative to the domain's centre. ``farthest``: distance (um)
        of the farthest cell of the type that a shell follows from its centre."""
        if self.faces:
            return _layers(FACES[: 2 * domain.dimensions] if self.faces == "all" else self.faces, domain)
        flat = domain.dimensions == 2
        if self.box is not None:
            corners = [domain.inner_point(corner) for corner in self.box]
            low, high = (tuple(reach(pair) for pair in zip(*corners)) for reach in (min, max))
            if len(self.box[0]) == 2:
                low, high = (*low[:2], domain.centred.lower[2]), (*high[:2], domain.centred.upper[2])
            return Sites((_in_plane(low, high, flat),), (_size(low, high, flat),), 0.0, math.inf, (0.0, 0.0, 0.0))
        inner, outer = (0.0, self.sphere.radius) if self.sphere is not None else (self.shell.inner, self.shell.outer)
        inner, outer = inner + farthest, outer + farthest
        centre = domain.inner_point((self.sphere or self.shell).centre)
        low, high = (tuple(c + sign * outer for c in centre) for sign in (-1, 1))
        size = math.pi * (outer**2 - inner**2) if flat else 4 / 3 * math.pi * (outer**3 - inner**3)
        return Sites((_in_plane(low, high, flat),), (size,), inner, outer, centre)

    def largest_rate(self, domain: Domain) -> float:
        """Cells that would enter in all if nothing held them back, 1/min; along vessels, per mm where the rate is."""
        if self.vessels:
            return self.rate
        return self.rate * (1.0 if self.per == "all" else self._measure(domain) / PER[self.per][0])

    def _measure(self, domain: Domain) -> float:
        """Size of the place in what the rate is per: um2, or um3."""
        flat_volume = domain.dimensions == 2 and self.per == "mm3"
        return sum(self.sites(domain).sizes) * (domain.voxel[2] if flat_volume else 1.0)

    def expected(self, domain: Domain, until: float) -> float:
        """Cells that enter by a time (min) if nothing holds them back, or as many as may live at a time."""
        span = max(min(until, math.inf if self.end is None else self.end) - self.start, 0.0)
        number = self.largest_rate(domain) * span
        return number if self.capacity is None else min(number, self.capacity)


class Sites(NamedTuple):
    """Boxes (low, high) um, the size of what of each is meant (um2 of a face or plane, else um3), and between which
    distances from a centre (um) points are meant."""

    boxes: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...]
    sizes: tuple[float, ...]
    inner: float
    outer: float
    centre: tuple[float, ...]


def _size(low: tuple[float, ...], high: tuple[float, ...], flat: bool) -> float:
    return math.prod(b - a for a, b in list(zip(low, high))[: 2 if flat else 3])


def _in_plane(low: tuple[float, ...], high: tuple[float, ...], flat: bool) -> tuple[tuple[float, ...], ...]:
    """A box, in 2D that part of it which is the plane of the cells."""
    return ((*low[:2], 0.0), (*high[:2], 0.0)) if flat else (low, high)


def _layers(faces: tuple[str, ...], domain: Domain) -> Sites:
    """The outermost layers of voxels at faces, and the area of each face (2D: edge times thickness)."""
    box, flat, found, areas = domain.centred, domain.dimensions == 2, [], []
    for face in dict.fromkeys(faces):
        axis, low, high = "xyz".index(face[0]), list(box.lower), list(box.upper)
        if face.endswith("min"):
            high[axis] = low[axis] + domain.voxel[axis]
        else:
            low[axis] = high[axis] - domain.voxel[axis]
        edges = [b - a for a, b in zip(box.lower, box.upper)]
        found.append(_in_plane(tuple(low), tuple(high), flat))
        areas.append(math.prod(edge for k, edge in enumerate(edges) if k != axis))
    return Sites(tuple(found), tuple(areas), 0.0, math.inf, (0.0, 0.0, 0.0))


def place_faults(entry: Recruitment, domain: Domain, step: float) -> Iterator[Fault]:
    """What of a recruitment's place and rate does not fit the domain."""
    walls = dict(zip(FACES, domain.wall_words))
    for j, face in enumerate(entry.faces if entry.faces != "all" else ()):
        if domain.dimensions == 2 and face[0] == "z":
            yield Fault(("faces", j), f"a 2D domain has no face {face!r}")
            return
        if walls[face] == "periodic":
            yield Fault(("faces", j), f"{face!r} is periodic: cells that leave there come back, and none enters")
    if entry.faces == "all" and "periodic" in domain.wall_words[: 2 * domain.dimensions]:
        yield Fault(("faces",), "some walls are periodic, where none enters: name the others")
    if entry.per == "mm2" and not entry.faces and domain.dimensions == 3:
        yield Fault(("per",), 'does not fit a region in 3D, whose size is a volume: "mm3" or "all"')
    if not entry.faces and not entry.vessels:
        yield from _beyond(entry, domain)
    if entry.largest_rate(domain) * step > MOST_ENTRIES:
        number = f"{entry.largest_rate(domain) * step:.3g} cells in a step of {step:g} min"
        yield Fault(("rate",), f"asks for {number}, more than {MOST_ENTRIES:.0e}")


def _beyond(entry: Recruitment, domain: Domain) -> Iterator[Fault]:
    """A region that reaches out of the domain, or has no size."""
    sites = entry.sites(domain)
    key = next(key for key in ("box", "sphere", "shell") if getattr(entry, key) is not None)
    (low, high), lower, upper = sites.boxes[0], domain.centred.lower, domain.centred.upper
    slack, axes = 1e-9 * max(domain.size), range(domain.dimensions)
    if any(low[a] < lower[a] - slack or high[a] > upper[a] + slack for a in axes):
        where = [_point([v + c for v, c in zip(corner, domain.centre)][: domain.dimensions]) for corner in (low, high)]
        there = [_point(corner[: domain.dimensions]) for corner in (domain.lower, domain.upper)]
        yield Fault((key,), f"reaches {' to '.join(where)} um, outside the domain {' to '.join(there)} um")
    elif sites.sizes[0] <= 0:
        yield Fault((key,), "has no size: nobody can enter there")


def _point(values: Any) -> str:
    return "(" + ", ".join(f"{value:g}" for value in values) + ")"
