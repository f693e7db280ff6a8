"""A slice through the tissue: a substrate behind, the cells at their true size in front."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gputme.io import Frame
from gputme.model import Scenario
from gputme.report.states import HYPOXIA, State, oxygen_name, states
from gputme.report.style import INK, STATE_COLOURS, STATE_NAMES, TYPE_COLOURS, style
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
    """Write a slice of one frame as a picture. The frame must hold type, death, radius and one field or none."""
    from matplotlib.figure import Figure

    with style():
        figure = Figure(figsize=(7.4, 6.6), layout="constrained")
        draw_slice(figure.add_subplot(), frame, scenario)
        figure.savefig(path, dpi=150, pil_kwargs={"optimize": True})
    return path


def draw_slice(axes: Any, frame: Frame, scenario: Scenario, legend: bool = True) -> None:
    """Draw a slice of one frame into matplotlib axes."""
    shown = cut(frame, scenario.domain.dimensions)
    view = _view(frame, scenario, shown)
    _background(axes, frame, scenario, shown.plane, view)
    groups = _groups(frame, scenario, shown)
    _cells(axes, frame, shown, groups)
    _frame_of(axes, view)
    where = f", slice at z = {shown.plane:.0f} µm" if scenario.domain.dimensions == 3 else ""
    axes.set_title(f"{scenario.title or scenario.name}", pad=22)
    axes.text(
        0, 1.012, f"{duration(frame.minutes)}, {count(len(frame.cells['id']))} cells{where}",
        transform=axes.transAxes, va="bottom", color="#6B7280",
    )  # fmt: skip
    if legend:
        _legend(axes, groups)


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


def _background(axes: Any, frame: Frame, scenario: Scenario, plane: float, view: tuple) -> None:
    """The oxygen, or else the first substrate, in the plane: colour, and a line at the threshold of hypoxia."""
    oxygen = oxygen_name(scenario, frame)
    name = oxygen or next(iter(frame.fields), "")
    if not name:
        axes.set_facecolor("#F4F5F7")
        return
    field = np.asarray(frame.fields[name], np.float64)
    nz, ny, nx = field.shape
    layer = int(np.clip(np.floor((plane - frame.origin[2]) / frame.spacing[2]), 0, nz - 1))
    x = frame.origin[0] + (np.arange(nx) + 0.5) * frame.spacing[0]
    y = frame.origin[1] + (np.arange(ny) + 0.5) * frame.spacing[1]
    inside = field[layer][np.ix_((y >= view[2]) & (y <= view[3]), (x >= view[0]) & (x <= view[1]))]
    top = float(inside.max()) if inside.size else 1.0
    half = (frame.spacing[0] / 2, frame.spacing[1] / 2)
    image = axes.imshow(
        field[layer], origin="lower", cmap="cividis", vmin=0, vmax=top or 1.0, interpolation="bicubic",
        extent=(x[0] - half[0], x[-1] + half[0], y[0] - half[1], y[-1] + half[1]),
    )  # fmt: skip
    unit = {s.name: s.unit for s in scenario.substrates}[name]
    bar = axes.figure.colorbar(image, ax=axes, shrink=0.62, aspect=26, pad=0.02)
    bar.outline.set_visible(False)
    bar.ax.set_title(f"{name}\n{f'({unit})' if unit else ''}", loc="left", fontsize=8.5, fontweight="normal")
    if oxygen and inside.size and inside.min() < HYPOXIA < top:
        axes.contour(
            x, y, field[layer], levels=[HYPOXIA], colors="white", linewidths=1.2, linestyles=[(0, (4, 2.5))]
        )
        bar.ax.axhline(HYPOXIA, color="white", linewidth=1.2, linestyle=(0, (2, 1.2)))


def _groups(frame: Frame, scenario: Scenario, shown: Cut) -> list[tuple[str, str, np.ndarray]]:
    """Label, colour and places in ``shown.which`` of what is drawn alike: states of one type, or types and the dead."""
    state = states(frame, scenario)[shown.which]
    kinds = np.asarray(frame.cells["type"])[shown.which]
    found = []
    if len(scenario.cell_types) > 1:
        for t, cell_type in enumerate(scenario.cell_types):
            colour = cell_type.color or TYPE_COLOURS[t % len(TYPE_COLOURS)]
            found.append((cell_type.name, colour, np.flatnonzero((kinds == t) & (state <= State.QUIESCENT))))
        drawn = [State.APOPTOTIC, State.NECROTIC]
    else:
        drawn = list(State)
    found += [(STATE_NAMES[s], STATE_COLOURS[s], np.flatnonzero(state == s)) for s in drawn]
    return [group for group in found if len(group[2])]


def _cells(axes: Any, frame: Frame, shown: Cut, groups: list) -> None:
    from matplotlib.collections import EllipseCollection

    x, y = (np.asarray(frame.cells[a], np.float64)[shown.which] for a in "xy")
    for _, colour, members in groups:
        size = 2 * shown.radius[members]
        axes.add_collection(
            EllipseCollection(
                size, size, np.zeros(len(size)), units="xy", offsets=np.column_stack([x[members], y[members]]),
                offset_transform=axes.transData, facecolor=colour, edgecolor=(1, 1, 1, 0.55), linewidth=0.35,
            )
        )  # fmt: skip


def _frame_of(axes: Any, view: tuple) -> None:
    """Limits, no ticks, a scale bar instead."""
    axes.set(xlim=view[:2], ylim=view[2:], aspect="equal", xticks=[], yticks=[])
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    width, height = view[1] - view[0], view[3] - view[2]
    length = max(
        s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000) if s <= max(0.25 * width, 1)
    )
    x, y = view[1] - 0.045 * width, view[2] + 0.045 * height
    axes.plot([x - length, x], [y, y], color="white", linewidth=3, solid_capstyle="butt")
    axes.text(
        x - length / 2,
        y + 0.015 * height,
        f"{length} µm",
        color="white",
        ha="center",
        va="bottom",
        fontsize=8.5,
    )


def _legend(axes: Any, groups: list) -> None:
    from matplotlib.lines import Line2D

    marks = [
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
    if marks:
        axes.legend(
            handles=marks, loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=4, handletextpad=0.2,
            columnspacing=1.4, labelcolor=INK,
        )  # fmt: skip
