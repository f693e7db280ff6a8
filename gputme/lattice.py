"""The lattice of a tissue whose cells live on one: its points and places, and what is on them at time 0.

A point is the centre of a voxel; up to ``capacity`` cells lie on it, each on a place of its own, so that where cells
lie says all. First cells and vessels are drawn with the keys of the stream LATTICE.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gputme.model import Scenario
from gputme.ops.lattice._points import offsets
from gputme.rng import Stream, random_words, uniform

__all__ = ["LEAVE", "UNIT", "Sites", "middle_points", "numbers", "sites_of", "tumour", "vessels"]

WALK, TUMOUR, VESSEL, LEAVE, UNIT = range(5)
"""What the numbers of the stream are drawn for (`wander` draws the first). Frozen, as streams are."""


def numbers(seed: int, tick: int, ids: np.ndarray | int, draw: int) -> np.ndarray:
    """Four numbers in (0, 1) of each id: (4, n)."""
    return np.stack([uniform(w) for w in random_words(seed, tick, np.atleast_1d(ids), Stream.LATTICE, draw)])


class Sites(NamedTuple):
    """The points of a lattice, numbered row by row along x."""

    nx: int
    ny: int
    capacity: int
    x0: float
    """um: lower corner of the first voxel, relative to the middle of the domain."""
    y0: float
    spacing: float

    def xy(self, place: np.ndarray) -> np.ndarray:
        """Where places are, um: (2, n)."""
        point, own = np.divmod(place, self.capacity)
        middle = offsets(self.capacity)[1][:, own]
        there = np.stack([point % self.nx, point // self.nx]) + middle
        return np.array([[self.x0], [self.y0]]) + self.spacing * there

    def place(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The place that is nearest to each position; -1 where there is none."""
        side, _ = offsets(self.capacity)
        at = (np.stack([x, y]).astype(np.float64) - [[self.x0], [self.y0]]) / self.spacing
        point = np.floor(at)
        own = np.floor((at - point) * side).astype(np.int64)
        (px, py), own = point.astype(np.int64), own[1] * side + own[0]
        there = (px >= 0) & (px < self.nx) & (py >= 0) & (py < self.ny) & (own < self.capacity)
        return np.where(there, (py * self.nx + px) * self.capacity + own, -1)


def sites_of(scenario: Scenario) -> Sites:
    """The lattice of a scenario that has one."""
    domain = scenario.domain
    _, ny, nx = domain.shape
    return Sites(nx, ny, scenario.lattice.capacity, *domain.centred.lower[:2], domain.voxel[0])


def middle_points(sites: Sites, count: int) -> np.ndarray:
    """The ``count`` points nearest to the middle. Of a ring that has more than are needed, as many are taken in turn
    from both ends of the list of its points, column by column."""
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(sites.nx), np.arange(sites.ny), indexing="ij"))
    square = (2 * x - sites.nx + 1) ** 2 + (2 * y - sites.ny + 1) ** 2
    point, last = y * sites.nx + x, np.sort(square)[count - 1] if count else -1
    inside, ring = point[square < last], point[square == last]
    k = np.arange(count - len(inside))
    return np.concatenate([inside, ring[np.where(k % 2, -k, k)]])


def tumour(scenario: Scenario) -> tuple[np.ndarray, np.ndarray]:
    """Places and types of the first cells: first the mesenchymal ones, each on a point drawn among those with room."""
    given, sites = scenario.lattice.tumour, sites_of(scenario)
    if given is None:
        return np.zeros(0, np.int64), np.zeros(0, np.uint8)
    points = middle_points(sites, given.points).tolist()
    filled, place = dict.fromkeys(points, 0), []
    for u in numbers(scenario.seed, 0, np.arange(given.cells), TUMOUR)[0]:
        k = int(u * len(points))
        place.append(points[k] * sites.capacity + filled[points[k]])
        filled[points[k]] += 1
        if filled[points[k]] == sites.capacity:
            points.pop(k)
    kinds = np.arange(given.cells) >= round(given.cells * given.mesenchymal)
    return np.array(place, np.int64), kinds.astype(np.uint8)


def vessels(scenario: Scenario) -> dict[str, np.ndarray]:
    """How many vessels are on each point, and how many of them are ruptured: (nz, ny, nx) each. In the first tissue
    each has a point of its own, where it may be; in an organ they lie anywhere."""
    given, sites = scenario.lattice.vessels, sites_of(scenario)
    many, free = given.normal + given.ruptured, np.ones((sites.ny, sites.nx), bool)
    found = np.zeros((2, sites.nx * sites.ny))
    if scenario.lattice.tumour is None:
        drawn = _points(scenario.seed, sites, np.arange(many))
        np.add.at(found[0], drawn, 1)
    else:
        edge = given.margin
        free[:edge], free[sites.ny - edge :] = False, False
        free[:, :edge], free[:, sites.nx - edge :] = False, False
        open_ = free.ravel()
        open_[middle_points(sites, given.free)] = False
        k = 0
        while many:
            point = _points(scenario.seed, sites, np.array([k]))[0]
            k += 1
            if open_[point]:
                found[:, point] = 1, given.normal < many  # the ruptured ones first
                open_[point], many = False, many - 1
    return dict(zip(("vessels", "ruptured"), found.reshape(2, 1, sites.ny, sites.nx)))


def _points(seed: int, sites: Sites, which: np.ndarray) -> np.ndarray:
    """Points drawn evenly, by their numbers."""
    u, v, *_ = numbers(seed, 0, which, VESSEL)
    return np.floor(v * sites.ny).astype(np.int64) * sites.nx + np.floor(u * sites.nx).astype(np.int64)
