"""Initial cells: a packed or random shape, or a table of positions and types."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from gputme.errors import ScenarioError
from gputme.model.base import Description, Fault, Name, Table, raise_if_any
from gputme.model.domain import Ball, Box, Domain
from gputme.model.tables import cells_from_table
from gputme.model.units import Number, Positive

if TYPE_CHECKING:
    from gputme.model.scenario import Scenario

MOST_CELLS = 10**9
Uniform = Callable[[int, int], np.ndarray]
"""uniform(n, k): n rows of k numbers in (0, 1), the same at every call."""


class Population(Description):
    """Cells at time 0: exactly one of sphere, disc, box and table says where."""

    type: Name | None = None
    """Their cell type; a table with a type column needs none."""
    count: Annotated[int, Field(strict=True, ge=1, le=MOST_CELLS)] | None = None
    """Number of cells; a packed shape keeps the positions nearest its centre. Unless given, as many as
    fit."""
    sphere: Ball | None = None
    """A ball (3D)."""
    disc: Ball | None = None
    """A disc in the plane z of its centre."""
    box: Box | None = None
    """A box between two corners."""
    table: str | None = None
    """CSV or Parquet file with x, y, z, type and optional columns; its path is relative to the scenario's
    file."""
    packing: Literal["hexagonal", "random"] = "hexagonal"
    """Regular rows as PhysiCell packs them, or independent uniform positions."""
    spacing: Positive = 1.9048
    """Distance between packed neighbours of a row, in cell radii; 1.9048 is where default cells rest."""
    overrides: Table[Number] = Field(default_factory=dict, validate_default=True)
    """Values of custom variables, instead of the cell type's own."""
    phase: Annotated[int, Field(strict=True, ge=0)] | Literal["random"] = 0
    """Cycle phase at the start: its number, or "random" for one drawn in proportion to the time spent in
    each."""

    @model_validator(mode="after")
    def _one_shape(self) -> Population:
        shapes = [key for key in ("sphere", "disc", "box", "table") if getattr(self, key) is not None]
        if len(shapes) != 1:
            raise ValueError("needs exactly one of sphere, disc, box and table")
        faults = []
        if self.table is None and self.type is None:
            faults.append(Fault(("type",), "is missing"))
        if self.table is not None and self.count is not None:
            faults.append(Fault(("count",), "does not go with a table, whose rows are all taken"))
        raise_if_any(faults)
        return self

    def corners(self, domain: Domain) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper corner (x, y, z), um, of the box around the shape (not of a table)."""
        if self.box is not None:
            first, second = (np.array(domain.point(corner)) for corner in self.box)
            low, high = np.minimum(first, second), np.maximum(first, second)
            if len(self.box[0]) == 2 and domain.dimensions == 3:
                low[2], high[2] = domain.lower[2], domain.upper[2]
            return low, high
        ball = self.sphere or self.disc
        reach = np.array([ball.radius, ball.radius, ball.radius if self.sphere else 0.0])
        return np.array(domain.point(ball.centre)) - reach, np.array(domain.point(ball.centre)) + reach

    def faults(self, domain: Domain) -> Iterator[Fault]:
        """What of the shape does not fit the domain."""
        if self.table is not None:
            return
        if self.sphere is not None and domain.dimensions == 2:
            yield Fault(("sphere",), "does not fit a 2D domain: use a disc")
            return
        low, high = self.corners(domain)
        if domain.dimensions == 2:
            low[2] = high[2] = domain.centre[2]
        if domain.outside(np.stack([low, high])).any():
            shape = next(key for key in ("sphere", "disc", "box") if getattr(self, key) is not None)
            yield Fault(
                (shape,),
                (
                    f"reaches from {_point(low)} to {_point(high)}, outside the domain "
                    f"({_point(domain.lower)} to {_point(domain.upper)} um)"
                ),
            )


def _point(values: Any) -> str:
    return "(" + ", ".join(f"{value:g}" for value in values) + ")"


def positions(population: Population, scenario: Scenario, uniform: Uniform) -> np.ndarray:
    """Where the cells of a population start: float64 (N, 3), um.

    `uniform(n, k)` gives n rows of k numbers in (0, 1) for the random packing. Raises ScenarioError when a
    count does not fit the shape, or a position lies outside the domain.
    """
    domain = scenario.domain
    if population.table is not None:
        return cells_from_table(scenario.path(population.table), scenario, population.type).positions
    half = 0.5 * population.spacing * scenario.cell_type(population.type).radius
    low, high = population.corners(domain)
    flat = population.disc is not None or domain.dimensions == 2
    if flat:
        low[2] = high[2] = population.corners(domain)[0][2] if population.disc else domain.centre[2]
    if population.packing == "random":
        points = _random(population, low, high, flat, half, uniform)
    elif population.count is not None:
        points = _nearest(population, low, high, flat, half)
    else:
        points = _inside(population, _lattice(low, high, half, flat), low, high)
    wrong = np.flatnonzero(domain.outside(points))
    if wrong.size:
        raise ScenarioError(
            f"cells of {population.type!r}: {wrong.size} of {len(points)} lie outside the domain, one at "
            f"{_point(points[wrong[0]])} um"
        )
    return points


def _lattice(low: np.ndarray, high: np.ndarray, half: float, flat: bool) -> np.ndarray:
    """PhysiCell's packing from `low` on: rows sqrt(3) h apart in x, 2 h in y, sqrt(3) h in z, every second
    row shifted by h in y and every second layer by h / 2 in x (h: half the spacing)."""
    steps = np.array([np.sqrt(3) * half, 2 * half, np.sqrt(3) * half])
    counts = np.maximum(np.ceil((high - low) / steps).astype(int), 1)
    if flat:
        counts[2] = 1
    k, i, j = np.meshgrid(*(np.arange(counts[axis]) for axis in (2, 0, 1)), indexing="ij")
    x = low[0] + i * steps[0] + (k % 2) * 0.5 * half
    y = low[1] + j * steps[1] + (i % 2) * half
    return np.stack([x, y, low[2] + k * steps[2]], axis=-1).reshape(-1, 3)


def _inside(population: Population, points: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Those of the points that lie in the shape."""
    if population.box is not None:
        return points[((points >= low) & (points <= high)).all(axis=1)]
    radius = (population.sphere or population.disc).radius
    return points[((points - (low + high) / 2) ** 2).sum(axis=1) < radius**2]


def _nearest(
    population: Population, low: np.ndarray, high: np.ndarray, flat: bool, half: float
) -> np.ndarray:
    """The `count` lattice positions nearest the shape's centre, one of them at it; ties go to the earlier
    one."""
    steps = np.array([2 * np.sqrt(3) * half, 2 * half, 0.0 if flat else 2 * np.sqrt(3) * half])
    centre = (low + high) / 2
    periods = np.ceil((high - low) / 2 / np.where(steps > 0, steps, 1)) + 1
    points = _inside(
        population, _lattice(centre - periods * steps, centre + periods * steps, half, flat), low, high
    )
    if len(points) < population.count:
        raise ScenarioError(
            f"cells of {population.type!r}: {population.count} do not fit the shape, which takes {len(points)}"
        )
    distance = ((points - centre) ** 2).sum(axis=1)
    return points[np.argsort(np.round(distance, 6), kind="stable")[: population.count]]


def _random(
    population: Population, low: np.ndarray, high: np.ndarray, flat: bool, half: float, uniform: Uniform
) -> np.ndarray:
    """Independent uniform positions: `count` of them, or as many as a packing of this spacing would have."""
    edges = high - low
    if population.box is not None:
        size = np.prod(edges[:2] if flat else edges)
    else:
        radius = (population.sphere or population.disc).radius
        size = np.pi * radius**2 if flat else 4 / 3 * np.pi * radius**3
    count = population.count or max(1, round(size / (2 * np.sqrt(3) * half**2 if flat else 6 * half**3)))
    u = np.asarray(uniform(count, 3), dtype=np.float64).reshape(count, 3)
    if population.box is not None:
        return low + u * edges
    angle = 2 * np.pi * u[:, 1]
    cosine = np.zeros(count) if flat else 2 * u[:, 2] - 1
    r = radius * (np.sqrt(u[:, 0]) if flat else np.cbrt(u[:, 0]))
    sine = np.sqrt(1 - cosine**2)
    direction = np.stack([sine * np.cos(angle), sine * np.sin(angle), cosine], axis=1)
    return (low + high) / 2 + r[:, None] * direction
