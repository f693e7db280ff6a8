"""The basement membrane in a slice: a line, solid where it holds and broken where cells pass."""

from __future__ import annotations

from typing import Any

import numpy as np

from gputme.errors import ScenarioError
from gputme.io.frame import Frame
from gputme.model import Scenario
from gputme.report.style import INK, MUTED, PAPER, VERMILLION

__all__ = ["INTEGRITY", "crossings", "draw_membrane", "holds", "rings"]

INTEGRITY = "BM integrity"
WIDTH, RIM = 1.8, 1.0  # points: of the line, and of the pale rim on either side that sets it off from cells
PIECE = 0.25  # of a voxel: the line is cut into pieces of at most this length, each whole or breached
RINGS = 17  # planes across each axis, in space: odd, so that one is where the page cuts at first
DASHES = (0, (1.6, 1.1))


def draw_membrane(axes: Any, frame: Frame, scenario: Scenario, axis: int, plane: float) -> list[Any]:
    """Draw it where the plane across ``axis`` cuts it; returns handles for the legend."""
    from matplotlib.collections import LineCollection
    from matplotlib.lines import Line2D

    if scenario.membrane is None:
        return []
    pieces, whole = crossings(frame, scenario, axis, plane)
    if not len(pieces):
        return []
    known = INTEGRITY in frame.fields
    said = "basement membrane" if known else "basement membrane (integrity not in this file)"
    looks = [(whole, INK if known else MUTED, "-", said), (~whole, VERMILLION, DASHES, "breached")]
    handles = []
    for which, colour, dashes, label in looks:
        lines = _joined(pieces, which)
        if lines:
            rim = LineCollection(lines, colors=[PAPER], linewidths=WIDTH + 2 * RIM, capstyle="butt", zorder=2.5)
            axes.add_collection(rim)
            line = LineCollection(lines, colors=[colour], linewidths=WIDTH, linestyles=[dashes], zorder=2.6)
            axes.add_collection(line)
            handles.append(Line2D([], [], color=colour, linewidth=WIDTH, linestyle=dashes, label=label))
    return handles


def crossings(frame: Frame, scenario: Scenario, axis: int, plane: float) -> tuple[np.ndarray, np.ndarray]:
    """Pieces of the lines in which the plane cuts the membrane, (n, 2, 2) um, one after the other along each line, and
    which of them hold: their voxel is at least as whole as ``membrane.breach``; all of them where the frame does not
    say. None where the membrane's file has gone."""
    none = np.zeros((0, 2, 2)), np.zeros(0, bool)
    try:
        distance = scenario.membrane.distance(scenario.domain)
    except ScenarioError:
        return none
    a, b = (i for i in range(3) if i != axis)
    pieces = _pieces(distance, frame, axis, plane, PIECE * min(frame.spacing[a], frame.spacing[b]))
    at = np.full((len(pieces), 3), float(plane))
    at[:, [a, b]] = pieces.mean(axis=1)
    return pieces, holds(frame, scenario, at)


def rings(scenario: Scenario, frame: Frame) -> np.ndarray:
    """The lines in which planes across all axes cut the membrane in space, in pieces of at most a voxel: (n, 2, 3) um.
    They show it as a net. None where the membrane's file has gone."""
    try:
        distance = scenario.membrane.distance(scenario.domain)
    except ScenarioError:
        return np.zeros((0, 2, 3))
    found = [np.zeros((0, 2, 3))]
    for axis in range(3):
        low, high = scenario.domain.lower[axis], scenario.domain.upper[axis]
        across = [i for i in range(3) if i != axis]
        for plane in low + (np.arange(RINGS) + 0.5) / RINGS * (high - low):
            flat = _pieces(distance, frame, axis, float(plane), max(frame.spacing))
            solid = np.full((len(flat), 2, 3), plane)
            solid[:, :, across] = flat
            found.append(solid)
    return np.concatenate(found)


def holds(frame: Frame, scenario: Scenario, places: np.ndarray) -> np.ndarray:
    """Whether the membrane holds at places (n, 3): their voxels are at least as whole as ``membrane.breach``;
    everywhere where the frame does not say."""
    if INTEGRITY not in frame.fields or not len(places):
        return np.ones(len(places), bool)
    values = np.asarray(frame.fields[INTEGRITY])
    voxel = ((places - frame.origin) / frame.spacing).astype(int).clip(0, np.array(values.shape[::-1]) - 1)
    return values[tuple(voxel.T[::-1])] >= scenario.membrane.breach


def _pieces(distance: np.ndarray, frame: Frame, axis: int, plane: float, longest: float) -> np.ndarray:
    """Pieces (n, 2, 2) um of the lines in which a plane cuts the surface where the distance is 0."""
    from contourpy import contour_generator

    low, spacing, shape = frame.origin, frame.spacing, distance.shape[::-1]
    a, b = (i for i in range(3) if i != axis)
    (i, j), share = _between((plane - low[axis]) / spacing[axis] - 0.5, shape[axis])
    cut = (1 - share) * np.take(distance, i, axis=2 - axis) + share * np.take(distance, j, axis=2 - axis)
    cut = _to_the_walls(_to_the_walls(cut, 0), 1)
    u, v = (low[x] + np.array([0, *np.arange(0.5, shape[x]), shape[x]]) * spacing[x] for x in (a, b))
    lines = [_cut_up(line, longest) for line in contour_generator(u, v, cut).lines(0.0)]
    return np.concatenate(lines) if lines else np.zeros((0, 2, 2))


def _between(place: float, count: int) -> tuple[tuple[int, int], float]:
    """The two layers of voxels around a place, in voxels from the centre of the first, and the share of the second."""
    place = min(max(place, 0.0), count - 1.0)
    first = min(int(place), max(count - 2, 0))
    return (first, min(first + 1, count - 1)), place - first


def _to_the_walls(values: np.ndarray, axis: int) -> np.ndarray:
    """Values at voxel centres, with those at both walls before and after them: straight on."""
    values = np.moveaxis(values, axis, 0)
    second, last = min(1, len(values) - 1), max(len(values) - 2, 0)
    before, after = 1.5 * values[:1] - 0.5 * values[[second]], 1.5 * values[-1:] - 0.5 * values[[last]]
    return np.moveaxis(np.concatenate([before, values, after]), 0, axis)


def _cut_up(line: np.ndarray, longest: float) -> np.ndarray:
    """Pieces (n, 2, 2) of a line through points (m, 2), none of them longer than ``longest``."""
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    count = max(int(np.ceil(length[-1] / longest)), 1)
    at = np.linspace(0, length[-1], count + 1)
    points = np.column_stack([np.interp(at, length, line[:, k]) for k in (0, 1)])
    return np.stack([points[:-1], points[1:]], axis=1)


def _joined(pieces: np.ndarray, which: np.ndarray) -> list[np.ndarray]:
    """Runs of chosen pieces that follow each other, as lines."""
    chosen = np.flatnonzero(which)
    if not len(chosen):
        return []
    meets = (np.diff(chosen) == 1) & (pieces[chosen[1:], 0] == pieces[chosen[:-1], 1]).all(axis=1)
    runs = np.split(chosen, np.flatnonzero(~meets) + 1)
    return [np.concatenate([pieces[run, 0], pieces[run[-1:], 1]]) for run in runs]
