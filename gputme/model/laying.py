"""Lines that vessels run along, divided into segments, and joined where their points are the same."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["SAME", "Layout", "Lines", "spot"]

SAME = 1e-6  # um: points no farther apart are one

Place = tuple[float, ...]


class Layout(NamedTuple):
    """Nodes and segments at time 0."""

    xyz: np.ndarray
    """Where the nodes lie, um, (nodes, 3)."""
    held: np.ndarray
    """Pressure at which each is held, mmHg; nan: it is not."""
    a: np.ndarray
    """Node that each segment begins at, int64 (segments,)."""
    b: np.ndarray
    """Node that it ends at."""
    radius: np.ndarray
    """um."""


def spot(place: Place) -> tuple[int, ...]:
    """The same for places that are one."""
    return tuple(round(p / SAME) for p in place)


class Lines:
    """What a layout is made of: places that are nodes whether lines begin there or not, lines, and pressures."""

    def __init__(self) -> None:
        self.places: list[Place] = []
        self.ends: list[tuple[Place, Place]] = []
        self.radius: list[float] = []
        self.held: list[tuple[Place, float]] = []

    def line(self, start: Place, end: Place, radius: float) -> None:
        """A straight vessel."""
        self.ends.append((start, end))
        self.radius.append(radius)

    def divided(self, spacing: float) -> Layout:
        """All of them in segments of about the spacing. Nodes are numbered as they come: places, then of each line its
        start, its end and what lies between; where pressures are given again, the last holds."""
        ends = np.array(self.ends, np.float64).reshape(-1, 2, 3)
        start, along = ends[:, 0], ends[:, 1] - ends[:, 0]
        count = np.maximum(np.rint(np.sqrt((along * along).sum(axis=1)) / spacing), 1).astype(np.int64)
        line = np.repeat(np.arange(len(count)), count)  # of each segment
        step = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
        first = len(self.places) + np.cumsum(count + 1) - (count + 1)  # of each line, among all points
        points = np.zeros((len(self.places) + int((count + 1).sum()) + len(self.held), 3))
        points[: len(self.places)] = np.array(self.places, np.float64).reshape(-1, 3)
        points[first], points[first + 1] = start, ends[:, 1]
        inner, share = step > 0, (step / count[line])[:, None]
        points[first[line[inner]] + 1 + step[inner]] = start[line[inner]] + along[line[inner]] * share[inner]
        points[len(points) - len(self.held) :] = np.array([p for p, _ in self.held], np.float64).reshape(-1, 3)
        of, node = _nodes(points)
        begins = first[line] + np.where(inner, 1 + step, 0)
        ends_at = first[line] + 1 + np.where(step + 1 < count[line], step + 1, 0)
        held = np.full(len(of), np.nan)
        for k, (_, pressure) in zip(node[len(node) - len(self.held) :], self.held):
            held[k] = pressure
        radius = np.array(self.radius, np.float64)[line]
        return Layout(points[of], held, node[begins], node[ends_at], radius)


def _nodes(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which of the points (n, 3) are the first at their place, and which of these each point is, by their number."""
    keys = np.rint(points / SAME).astype(np.int64)
    order = np.lexsort(keys.T)  # equal ones stand in their own order
    new = np.concatenate([[True], (np.diff(keys[order], axis=0) != 0).any(axis=1)])[: len(order)]
    firsts = order[new]
    of = np.sort(firsts)
    node = np.empty(len(points), np.int64)
    node[order] = np.searchsorted(of, firsts)[np.cumsum(new) - 1]
    return of, node
