"""A slice through the tissue: a substrate behind, the cells at their true size in front."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gputme.census import LIVING, State
from gputme.columns import Death
from gputme.io import Frame
from gputme.model import Scenario
from gputme.report.states import HYPOXIA, oxygen_name, states
from gputme.report.style import (
    EDGE,
    INK,
    MUTED,
    NUCLEUS,
    PAPER,
    STATE_COLOURS,
    STATE_NAMES,
    field_colours,
    style,
    type_colour,
)
from gputme.report.words import count, duration

__all__ = ["Cut", "cut", "draw_slice", "slice_picture"]

MARGIN = 0.22  # around the cells, as a share of their extent
SMALLEST_VIEW = 200.0  # um


@dataclass(frozen=True)
class Cut:
    """The discs in which the plane z = ``plane`` cuts the cells."""

    plane: float
    which: np.ndarray
    """Indices of the cells that it cuts."""
    radius: np.ndarray
    """Radius of each disc, um."""


def cut(frame: Frame, dimensions: int) -> Cut:
    """The plane through the middle of the cells (2D: the plane that they live in) and what it cuts."""
    z, radius = (np.asarray(frame.cells[name], np.float64) for name in ("z", "radius"))
    nz = next((len(field) for field in frame.fields.values()), 1)
    middle = frame.origin[2] + nz * frame.spacing[2] / 2
    plane = float(z.mean()) if dimensions == 3 and len(z) else middle
    distance = np.abs(z - plane) if dimensions == 3 else np.zeros(len(z))
    which = np.flatnonzero(distance < radius)
    return Cut(plane, which, np.sqrt(radius[which] ** 2 - distance[which] ** 2))


def slice_picture(frame: Frame, scenario: Scenario, path: Path) -> Path:
    """Write a slice of one frame as a picture. The frame must hold the columns type, death and radius."""
    from matplotlib.figure import Figure

    with style():
        figure = Figure(figsize=(7.4, 6.9), layout="constrained")
        draw_slice(figure.add_subplot(), frame, scenario)
        figure.savefig(path, dpi=150, bbox_inches="tight", pad_inches=0.18, pil_kwargs={"optimize": True})
    return path


def draw_slice(axes: Any, frame: Frame, scenario: Scenario) -> None:
    """Draw a slice of one frame into matplotlib axes."""
    shown = cut(frame, scenario.domain.dimensions)
    view = _view(frame, scenario, shown)
    groups = _groups(frame, scenario, shown)
    handles = _cells(axes, frame, scenario, shown, groups)
    handles += _background(axes, frame, scenario, shown.plane, view)
    _frame_of(axes, view)
    where = f", slice at z = {shown.plane:.0f} µm" if scenario.domain.dimensions == 3 else ""
    axes.set_title(scenario.title or scenario.name, pad=22)
    axes.text(
        0, 1.014, f"{duration(frame.minutes)}, {count(len(frame.cells['id']))} cells{where}",
        transform=axes.transAxes, va="bottom", color=MUTED,
    )  # fmt: skip
    if handles:
        axes.legend(
            handles=handles,
            loc="upper center",
            bbox_to_anchor=(0.5, -0.01),
            ncols=3 if len(handles) > 4 else 4,
            handletextpad=0.5,
            columnspacing=1.8,
            labelcolor=INK,
        )


def _view(frame: Frame, scenario: Scenario, shown: Cut) -> tuple[float, float, float, float]:
    """x from, x to, y from, y to: a square around the cells, within the domain where it can be."""
    low, high = scenario.domain.lower, scenario.domain.upper
    sides = [(low[a], high[a]) for a in (0, 1)]
    if len(shown.which):
        xy = [np.asarray(frame.cells[a], np.float64)[shown.which] for a in "xy"]
        extent = max(float((a + shown.radius).max() - (a - shown.radius).min()) for a in xy)
        side = max(extent * (1 + 2 * MARGIN), SMALLEST_VIEW)
        for axis, a in enumerate(xy):
            middle = float((a.max() + a.min()) / 2)
            whole = high[axis] - low[axis]
            if side < whole:
                start = min(max(middle - side / 2, low[axis]), high[axis] - side)
                sides[axis] = (start, start + side)
    return (*sides[0], *sides[1])


def _background(axes: Any, frame: Frame, scenario: Scenario, plane: float, view: tuple) -> list[Any]:
    """The oxygen, or else the first substrate, in the plane, and a line at the threshold of hypoxia."""
    from matplotlib.lines import Line2D

    oxygen = oxygen_name(scenario, frame)
    name = oxygen or next(iter(frame.fields), "")
    if not name:
        axes.set_facecolor(PAPER)
        return []
    layer, x, y = _layer(frame, name, plane)
    inside = layer[np.ix_((y >= view[2]) & (y <= view[3]), (x >= view[0]) & (x <= view[1]))]
    top = float(inside.max(initial=0.0)) or 1.0
    dx, dy = frame.spacing[0] / 2, frame.spacing[1] / 2
    image = axes.imshow(
        layer, origin="lower", cmap=field_colours(), vmin=0, vmax=top, interpolation="bicubic", zorder=0,
        extent=(x[0] - dx, x[-1] + dx, y[0] - dy, y[-1] + dy),
    )  # fmt: skip
    unit = {s.name: s.unit for s in scenario.substrates}[name]
    bar = axes.figure.colorbar(image, ax=axes, shrink=0.6, aspect=26, pad=0.025)
    bar.outline.set_visible(False)
    bar.set_label(f"{name} ({unit})" if unit else name)
    if not oxygen or not inside.size or not inside.min() < HYPOXIA < top:
        return []
    dashes = {"linewidth": 1.1, "linestyle": (0, (4, 2.5))}
    axes.contour(x, y, layer, levels=[HYPOXIA], colors=INK, linewidths=1.1, linestyles=[dashes["linestyle"]])
    bar.ax.axhline(HYPOXIA, color=INK, **dashes)
    return [Line2D([], [], color=INK, label=f"{HYPOXIA:g} mmHg, hypoxia inside", **dashes)]


def _layer(frame: Frame, name: str, plane: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The voxels that hold the plane: values (ny, nx), and their centres along x and y, um."""
    field = np.asarray(frame.fields[name], np.float64)
    nz, ny, nx = field.shape
    layer = int(np.clip(np.floor((plane - frame.origin[2]) / frame.spacing[2]), 0, nz - 1))
    x, y = (frame.origin[a] + (np.arange(n) + 0.5) * frame.spacing[a] for a, n in enumerate((nx, ny)))
    return field[layer], x, y


def _groups(frame: Frame, scenario: Scenario, shown: Cut) -> list[tuple[str, str, np.ndarray]]:
    """What is drawn alike: label, colour, places in ``shown``. States of one type, or types and the dead."""
    state = states(frame, scenario)[shown.which]
    kinds = np.asarray(frame.cells["type"])[shown.which]
    found, drawn = [], list(State)
    if len(scenario.cell_types) > 1:
        drawn = [State.APOPTOTIC, State.NECROTIC]
        for t, cell_type in enumerate(scenario.cell_types):
            members = np.flatnonzero((kinds == t) & np.isin(state, LIVING))
            found.append((cell_type.name, type_colour(scenario, t), members))
    found += [(STATE_NAMES[s], STATE_COLOURS[s], np.flatnonzero(state == s)) for s in drawn]
    return [group for group in found if len(group[2])]


def _cells(axes: Any, frame: Frame, scenario: Scenario, shown: Cut, groups: list) -> list[Any]:
    """Cells as discs, the nuclei of living ones as a shade where the plane meets them."""
    from matplotlib.lines import Line2D

    for _, colour, members in groups:
        _discs(axes, frame, shown.which[members], shown.radius[members], colour, EDGE)
    alive = np.asarray(frame.cells["death"])[shown.which] == Death.ALIVE
    ratio = np.array([t.volume.nuclear_radius / t.volume.radius for t in scenario.cell_types] or [0.0])
    whole = np.asarray(frame.cells["radius"], np.float64)[shown.which]
    nucleus = ratio[np.asarray(frame.cells["type"])[shown.which]] * whole
    squared = nucleus**2 - (whole**2 - shown.radius**2)
    met = np.flatnonzero(alive & (squared > 0))
    _discs(axes, frame, shown.which[met], np.sqrt(squared[met]), NUCLEUS, "none")
    return [
        Line2D(
            [],
            [],
            linestyle="",
            marker="o",
            markersize=7,
            color=colour,
            label=f"{label} ({count(len(members))})",
        )
        for label, colour, members in groups
    ]


def _discs(axes: Any, frame: Frame, which: np.ndarray, radius: np.ndarray, colour: Any, edge: Any) -> None:
    from matplotlib.collections import EllipseCollection

    places = np.column_stack([np.asarray(frame.cells[a], np.float64)[which] for a in "xy"])
    discs = EllipseCollection(
        2 * radius,
        2 * radius,
        np.zeros(len(radius)),
        units="xy",
        offsets=places,
        offset_transform=axes.transData,
        facecolor=colour,
        edgecolor=edge,
        linewidth=0.4,
    )
    axes.add_collection(discs)


def _frame_of(axes: Any, view: tuple) -> None:
    """Limits, no ticks, a scale bar instead."""
    from matplotlib.patheffects import Normal, Stroke

    axes.set(xlim=view[:2], ylim=view[2:], aspect="equal", xticks=[], yticks=[])
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    width, height = view[1] - view[0], view[3] - view[2]
    length = max(
        s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000) if s <= max(0.25 * width, 1)
    )
    x, y = view[1] - 0.045 * width, view[2] + 0.045 * height
    halo = {"path_effects": [Stroke(linewidth=3.5, foreground=(1, 1, 1, 0.8)), Normal()]}
    axes.plot([x - length, x], [y, y], color=INK, linewidth=2.2, solid_capstyle="butt", **halo)
    where = (x - length / 2, y + 0.013 * height)
    axes.annotate(f"{length} µm", where, color=INK, ha="center", va="bottom", fontsize=8.5, **halo)
