"""Where initial cells stand: PhysiCell's packing, its part nearest a centre, or random positions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from gputme.errors import ScenarioError
from gputme.model.base import Fault
from gputme.model.domain import Domain
from gputme.model.parts import Parts
from gputme.model.population import MOST_CELLS, Population
from gputme.model.tables import cells_of

Uniform = Callable[[int, int], np.ndarray]
"""uniform(n, k): n rows of k numbers in (0, 1)."""
MANY, CERTAINLY = 1000, 1.2  # so many cells fill a shape by its size, within this factor


def positions(population: Population, scenario: Parts, uniform: Uniform) -> np.ndarray:
    """Where the cells of a population start, relative to the domain's centre: float64 (N, 3), um.

    `uniform(n, k)` gives n rows of k numbers in (0, 1) for the random packing. Raises ScenarioError when a
    count does not fit the shape, or a shape makes too many cells.
    """
    if population.table is not None:
        return cells_of(population, scenario).positions - scenario.domain.centre
    shape, half = _Shape.of(population, scenario.domain), _half(population, scenario)
    if shape.size / shape.share(half) > MOST_CELLS and (population.count is None or shape.radius == 0):
        raise ScenarioError(f"cells of {population.type!r}: the shape takes more than {MOST_CELLS:.0e} cells")
    if population.packing == "random":
        count = population.count if population.count is not None else max(1, round(shape.size / shape.share(half)))
        return _random(shape, count, uniform)
    if population.count is None:
        counts = np.maximum(np.ceil((shape.high - shape.low) / _steps(half)).astype(int), 1)
        return _inside(shape, _lattice(shape.low, half, np.zeros(3, int), counts))
    points = _nearest(shape, population.count, half)
    if len(points) < population.count:
        raise ScenarioError(
            f"cells of {population.type!r}: {population.count} do not fit the shape, it takes {len(points)}"
        )
    return points


def expected(population: Population, scenario: Parts) -> int:
    """How many cells a population has: as it says, the rows of its table, or about what its shape takes.

    Raises ScenarioError where a large count certainly does not fit.
    """
    if population.table is not None:
        return len(cells_of(population, scenario).positions)
    if population.count is not None:
        over = 0.0 if population.packing == "random" else crowding(population, scenario)
        if over > CERTAINLY and population.count > MANY:  # few cells are placed, and counted, where they are tried
            n, fit = population.count, round(population.count / over)
            raise ScenarioError(f"cells of {population.type!r}: {n} do not fit the shape, it takes about {fit}")
        return population.count
    shape, half = _Shape.of(population, scenario.domain), _half(population, scenario)
    return max(1, round(shape.size / shape.share(half)))


def crowding(population: Population, scenario: Parts) -> float:
    """Cells that are counted over those that the packing takes into the shape; 0 where nothing is counted."""
    if population.table is not None or population.count is None:
        return 0.0
    shape, half = _Shape.of(population, scenario.domain), _half(population, scenario)
    return population.count * shape.share(half) / shape.size if shape.size else 0.0


def shape_faults(population: Population, domain: Domain) -> Iterator[Fault]:
    """What of a population's shape does not fit the domain."""
    if population.table is not None:
        return
    if population.sphere is not None and domain.dimensions == 2:
        yield Fault(("sphere",), "does not fit a 2D domain: use a disc")
        return
    shape = _Shape.of(population, domain)
    box, slack = domain.centred, 1e-9 * max(domain.size)  # corners are rounded: cells are kept inside at the start
    if (shape.low < np.subtract(box.lower, slack)).any() or (shape.high > np.add(box.upper, slack)).any():
        key = next(key for key in ("sphere", "disc", "box") if getattr(population, key) is not None)
        reach, allowed = np.add((shape.low, shape.high), domain.centre), (domain.lower, domain.upper)
        yield Fault((key,), f"reaches {_span(*reach)} um, outside the domain {_span(*allowed)} um")
    within = shape.radius or 0.5 * (shape.high - shape.low)[: 2 if shape.flat else 3].min()
    if shape.hole and shape.hole >= within:
        yield Fault(("hole",), f"must be less than {within:g} um, that of its shape, not {shape.hole:g} um")


def _half(population: Population, scenario: Parts) -> float:
    """Half the distance between the layers that the packing counts in, um."""
    return 0.5 * population.spacing * scenario.cell_type(population.type).radius


def _span(low, high) -> str:
    return " to ".join("(" + ", ".join(f"{value:g}" for value in point) + ")" for point in (low, high))


class _Shape(NamedTuple):
    """A ball or disc (`radius`) or a box (radius 0) between two corners; `flat`: all in one plane; `hole`: what is left
    free around the centre."""

    low: np.ndarray
    high: np.ndarray
    radius: float
    flat: bool
    hole: float

    @classmethod
    def of(cls, population: Population, domain: Domain) -> _Shape:
        """The population's shape in three dimensions, relative to the domain's centre; in 2D in its plane."""
        flat = domain.dimensions == 2
        if population.box is not None:
            corners = np.array([domain.inner_point(corner) for corner in population.box])
            low, high, radius = corners.min(axis=0), corners.max(axis=0), 0.0
            if len(population.box[0]) == 2:
                low[2], high[2] = domain.centred.lower[2], domain.centred.upper[2]
        else:
            ball = population.sphere or population.disc
            flat = flat or population.disc is not None
            reach = np.array([1.0, 1.0, 0.0 if flat else 1.0]) * ball.radius
            centre, radius = np.array(domain.inner_point(ball.centre)), ball.radius
            low, high = centre - reach, centre + reach
        if domain.dimensions == 2:
            low[2] = high[2] = 0.0
        return cls(low, high, radius, flat, population.hole or 0.0)

    @property
    def size(self) -> float:
        """Volume, um3; area, um2, of a flat shape."""
        whole = float(np.prod((self.high - self.low)[: 2 if self.flat else 3]))
        return (self._round(self.radius) if self.radius else whole) - self._round(self.hole)

    def _round(self, radius: float) -> float:
        return np.pi * radius**2 if self.flat else 4 / 3 * np.pi * radius**3

    def share(self, half: float) -> float:
        """What of `size` one cell of the packing takes."""
        return 2 * np.sqrt(3) * half**2 if self.flat else 6 * half**3


def _lattice(origin: np.ndarray, half: float, first: np.ndarray, counts: np.ndarray) -> Iterator[np.ndarray]:
    """PhysiCell's packing around an origin, with h half the spacing, layer by layer in z: (N, 3) each.

    Rows stand sqrt(3) h apart in x and in z, cells of a row 2 h apart in y; every second row, counted through
    all layers, is shifted by h in y, every second layer by h / 2 in x. Numbering starts at `first` per axis.
    """
    i0, j0, k0 = first
    nx, ny, nz = counts
    i, j = np.meshgrid(i0 + np.arange(nx), j0 + np.arange(ny), indexing="ij")
    for k in range(k0, k0 + nz):
        x = i * np.sqrt(3) * half + (k % 2) * 0.5 * half
        y = j * 2 * half + ((k * nx + i) % 2) * half
        yield origin + np.stack([x, y, np.full(x.shape, k * np.sqrt(3) * half)], axis=-1).reshape(-1, 3)


def _steps(half: float) -> np.ndarray:
    return np.array([np.sqrt(3) * half, 2 * half, np.sqrt(3) * half])


def _inside(shape: _Shape, layers: Iterator[np.ndarray], reach: float = np.inf) -> np.ndarray:
    """Those of the points that lie in the shape, and less than `reach` from its centre."""
    found, centre = [np.zeros((0, 3))], (shape.low + shape.high) / 2
    for points in layers:
        squares = ((points - centre) ** 2).sum(axis=1)
        inside = (squares < min(reach, shape.radius or np.inf) ** 2) & (squares >= shape.hole**2)
        if not shape.radius:
            inside &= ((points >= shape.low) & (points <= shape.high)).all(axis=1)
        found.append(points[inside])
    return np.concatenate(found)


def _nearest(shape: _Shape, count: int, half: float) -> np.ndarray:
    """The `count` lattice positions nearest the shape's centre, one of them at it (fewer if fewer fit)."""
    centre, reach, needed = (shape.low + shape.high) / 2, (shape.high - shape.low) / 2, np.inf
    if shape.radius:
        needed = (
            (count * shape.share(half) / np.pi + shape.hole**2) ** (1 / 2)
            if shape.flat
            else (count * 2 * half**3 + shape.hole**3) ** (1 / 3)
        )
        reach = np.minimum(reach, needed + 6 * half)
    first = -2 * (np.ceil(reach / (2 * _steps(half))).astype(int) + 1)
    if shape.flat:
        first[2] = 0
    points = _inside(shape, _lattice(centre, half, first, np.maximum(-2 * first, 1)), needed + 6 * half)
    distance = np.round(((points - centre) ** 2).sum(axis=1), 6)
    return points[np.argsort(distance, kind="stable")[:count]]


def _random(shape: _Shape, count: int, uniform: Uniform) -> np.ndarray:
    """Independent uniform positions in the shape, of more than are asked for those that are not in its hole."""
    points, tried = _strewn(shape, count, uniform), count
    while shape.hole and count:
        squares = ((points - (shape.low + shape.high) / 2) ** 2).sum(axis=1)
        points = points[squares >= shape.hole**2]
        if len(points) >= count:
            return points[:count]
        tried *= 2
        points = _strewn(shape, tried, uniform)
    return points


def _strewn(shape: _Shape, count: int, uniform: Uniform) -> np.ndarray:
    u = np.asarray(uniform(count, 3), dtype=np.float64).reshape(count, 3)
    if not shape.radius:
        return shape.low + u * (shape.high - shape.low)
    angle = 2 * np.pi * u[:, 1]
    cosine = np.zeros(count) if shape.flat else 2 * u[:, 2] - 1
    sine = np.sqrt(1 - cosine**2)
    direction = np.stack([sine * np.cos(angle), sine * np.sin(angle), cosine], axis=1)
    distance = shape.radius * (np.sqrt(u[:, 0]) if shape.flat else np.cbrt(u[:, 0]))
    return (shape.low + shape.high) / 2 + distance[:, None] * direction
