"""The extracellular matrix behind the cells of a slice: words and colours for its fields, and its fibres as strokes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gputme.io.frame import Frame
from gputme.report.style import FIBRE_INK
from gputme.voxels import VECTORS

__all__ = ["DENSITY", "MEANINGS", "fibres", "has_fibres"]

DENSITY, ANISOTROPY, CROSSLINK = "ECM density", "ECM anisotropy", "ECM crosslink"
FIBRE = VECTORS["ECM fibre"]
MEANINGS = {
    DENSITY: ("collagen density", "none", "dense"),
    ANISOTROPY: ("fibre alignment", "random", "aligned"),
    CROSSLINK: ("crosslinked share of the collagen", "none", "all"),
}
"""What a biologist calls a field, and its 0 and 1."""

MOST = 56  # strokes along the longer side of a picture
LENGTHS = 0.55, 1.7  # of a stroke, in distances between strokes: anisotropy 0 and 1
PALEST, DARKEST = 0.22, 0.85
FULL = 0.25  # density from which on strokes are drawn in full: none where there is no matrix
STEPS = 5  # by which a stroke follows the fibres to either side
WIDTH = 0.75  # points


def has_fibres(frame: Frame) -> bool:
    """Whether a frame holds all that strokes need."""
    return set(FIBRE) <= set(frame.fields) and {DENSITY, ANISOTROPY} <= set(frame.fields)


def fibres(axes: Any, layer: Callable[[str], tuple], across: list[int], view: tuple, name: str) -> list[Any]:
    """Draw strokes along the fibres within a view; returns what the legend says of them.

    ``layer``: gives values (rows, columns) and centres of a field by its name; ``across``: the axes of columns and
    rows.
    Where fibres agree, strokes are long, dark and along them; the less they agree, the shorter and paler strokes are,
    and the more they go astray. Fibres that leave the plane are as short as they look from there.
    """
    from matplotlib.collections import LineCollection
    from matplotlib.lines import Line2D

    f, g = (layer(FIBRE[a])[0] for a in across)
    density, u, v = layer(DENSITY)
    anisotropy = layer(ANISOTROPY)[0]
    voxel = _finder(u, v)
    places, apart = _seeds(view, u, v)
    noise = np.random.default_rng(0).random((2, len(places)))  # the same in each frame of a film
    at = voxel(places)
    a, seen = anisotropy[at], np.hypot(f[at], g[at])
    astray = (1 - a) * np.pi * (noise[0] - 0.5)
    half = apart * (LENGTHS[0] + (LENGTHS[1] - LENGTHS[0]) * a) * (0.75 + 0.5 * noise[1]) / 2 * seen
    turn = np.exp(1j * astray)
    field = (f + 1j * g) / np.where(np.hypot(f, g) > 0, np.hypot(f, g), 1)
    start = field[at] * turn
    parts = [_followed(places, sign * start, half, turn, field, voxel) for sign in (-1, 1)]
    lines = np.concatenate([parts[0][::-1], places[None], parts[1]]).transpose(1, 0, 2)
    alpha = (PALEST + (DARKEST - PALEST) * a) * np.clip(density[at] / FULL, 0, 1)
    shown = (alpha > 0.02) & (half > 0)
    colours = np.tile((*FIBRE_INK, 0.0), (int(shown.sum()), 1))
    colours[:, 3] = alpha[shown]
    axes.add_collection(LineCollection(lines[shown], colors=colours, linewidths=WIDTH, capstyle="round", zorder=0.5))
    if not shown.any():
        return []
    said = "fibres (longer, darker: better aligned)" if name != ANISOTROPY else "fibres"
    return [Line2D([], [], color=(*FIBRE_INK, DARKEST), linewidth=1, label=said)]


def _finder(u: np.ndarray, v: np.ndarray) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """A function that gives row and column of the voxels that hold places (n, 2)."""
    du, dv = (float(c[1] - c[0]) if len(c) > 1 else 1.0 for c in (u, v))

    def voxel(places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        i = np.clip(np.rint((places[:, 0] - u[0]) / du).astype(int), 0, len(u) - 1)
        j = np.clip(np.rint((places[:, 1] - v[0]) / dv).astype(int), 0, len(v) - 1)
        return j, i

    return voxel


def _seeds(view: tuple, u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, float]:
    """Places of strokes (n, 2) all over the view, a little beside an even grid, and how far they are apart."""
    wide, tall = view[1] - view[0], view[3] - view[2]
    apart = max(max(wide, tall) / MOST, 1e-9)
    n, m = max(round(wide / apart), 1), max(round(tall / apart), 1)
    x, y = np.meshgrid((np.arange(n) + 0.5) / n, (np.arange(m) + 0.5) / m)
    beside = np.random.default_rng(1).uniform(-0.42, 0.42, (2, m, n))
    return np.column_stack([
        (view[0] + (x + beside[0] / n) * wide).ravel(), (view[2] + (y + beside[1] / m) * tall).ravel(),
    ]), apart  # fmt: skip


def _followed(places, way, half, turn, field, voxel) -> np.ndarray:
    """A stroke's way to one side, (STEPS, n, 2): along the fibres of the voxels that it passes, by their nearer end."""
    found, at = [], places
    for _ in range(STEPS):
        at = at + (half / STEPS)[:, None] * np.column_stack([way.real, way.imag])
        found.append(at)
        there = field[voxel(at)] * turn
        there = there * np.where((there * way.conj()).real < 0, -1, 1)
        way = np.where(np.abs(there) > 0, there, way)
    return np.array(found)
