"""A slice through the tissue: a substrate behind, the cells at their true size in front."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from gputme.errors import RequestError
from gputme.io.frame import Frame
from gputme.model import Scenario
from gputme.report.colouring import Painting, painting
from gputme.report.cut import AXES, Cut, cut, plane_of
from gputme.report.discs import draw_cells
from gputme.report.ground import background, chosen, layer
from gputme.report.legend import draw_legend
from gputme.report.points import draw_points
from gputme.report.style import INK, MUTED, save, style
from gputme.report.surface import draw_membrane
from gputme.report.vascular import draw_vessels
from gputme.report.words import duration, plural

__all__ = ["Looks", "Stage", "draw_slice", "looks", "slice_picture"]

MARGIN = 0.22  # around the cells, as a share of their extent
SMALLEST_VIEW = 200.0  # um
LENGTHS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)  # of scale bars, um


@dataclass(frozen=True)
class Stage:
    """What keeps still from frame to frame of a film."""

    view: tuple[float, ...]
    """From and to along both axes, um."""
    zoomed: bool
    """Whether that is less than the domain."""
    limits: tuple[float, float] | None = None
    """Ends of the scale of the substrate, or of the cells' colours where these are values."""
    scale: tuple[float, float] | None = None


@dataclass(frozen=True)
class Looks:
    """What a slice of one frame would show."""

    view: tuple[float, ...]
    axis: int
    at: str
    """The plane, such as "z=20"; "" in 2D."""
    field: str
    values: tuple[float, float] | None
    """The least and the largest value of the substrate in the plane, None without one."""
    scale: tuple[float, float] | None
    """Of what cells are coloured by, where that is a value."""
    entries: int
    """Groups of cells in the legend."""


def slice_picture(
    frame: Frame, scenario: Scenario, path: Path, field: str | None = None, color: str = "", at: str = "",
    vessels: str = "",
) -> Path:  # fmt: skip
    """Write a slice of one frame as a picture; the path's ending says in which format.

    The frame must hold the columns type, death and radius. ``field``: the substrate behind the cells, "none" for
    none; ``color``: as `colouring.painting` has it; ``at``: the plane, such as "z=20" (um); ``vessels``: what those
    with blood are coloured by, one of `vascular.WAYS`.
    """
    from matplotlib.figure import Figure

    with style():
        figure = Figure(figsize=(7.4, 6.9), layout="constrained")
        draw_slice(figure.add_subplot(), frame, scenario, field, color, at, vessels)
        save(figure, Path(path), bbox_inches="tight", pad_inches=0.18)
    return path


def looks(frame: Frame, scenario: Scenario, field: str | None = None, color: str = "", at: str = "") -> Looks:
    """What `draw_slice` would show of a frame."""
    shown, painted, name = _chosen(frame, scenario, field, color, at)
    values = None
    if name:
        inside = layer(frame, name, shown.axis, shown.plane)[0]
        values = float(inside.min()), float(inside.max())
    planar = scenario.domain.dimensions == 2
    return Looks(
        _view(frame, scenario, shown)[0], shown.axis, "" if planar else f"{AXES[shown.axis]}={shown.plane:.6g}", name,
        values, painted.scale[:2] if painted.scale else None, sum(g.number > 0 for g in painted.groups),
    )  # fmt: skip


def _chosen(
    frame: Frame, scenario: Scenario, field: str | None, color: str, at: str
) -> tuple[Cut, Painting, str]:
    """The plane, how cells are coloured, and the field behind them."""
    for name in ("type", "death", "radius"):
        if name not in frame.cells:
            raise RequestError(f"frame {frame.index} does not hold the column {name!r}, which a picture needs")
    shown = cut(frame, scenario.domain.dimensions, *plane_of(at, scenario))
    painted = painting(frame, scenario, shown.which, color)
    name = chosen(frame, scenario, field)
    return shown, painted, "" if painted.scale and field is None else name  # two scales at once cannot be read


def draw_slice(
    axes: Any, frame: Frame, scenario: Scenario, field: str | None = None, color: str = "", at: str = "",
    vessels: str = "", stage: Stage | None = None,
) -> None:  # fmt: skip
    """Draw a slice of one frame into matplotlib axes; ``stage``: of a film, what keeps still."""
    shown, painted, name = _chosen(frame, scenario, field, color, at)
    view, zoomed = (stage.view, stage.zoomed) if stage else _view(frame, scenario, shown)
    if stage and stage.scale and painted.scale:
        painted = replace(painted, scale=(*stage.scale, painted.scale[2]))
    handles = draw_cells(axes, frame, scenario, shown, painted, view[1] - view[0])
    limits = stage.limits if stage else None
    handles += background(axes, frame, scenario, name, shown.axis, shown.plane, view, limits)
    handles += draw_membrane(axes, frame, scenario, shown.axis, shown.plane)
    handles += draw_points(axes, frame, scenario)
    handles += draw_vessels(axes, frame, scenario, shown.axis, shown.plane, view[1] - view[0], vessels)
    _frame_of(axes, view, zoomed, [a for a in range(3) if a != shown.axis])
    where = f", slice at {AXES[shown.axis]} = {round(shown.plane)} µm" if scenario.domain.dimensions == 3 else ""
    title = textwrap.fill(scenario.title or scenario.name, 72)
    axes.set_title(title, pad=22)
    axes.text(
        0, 1.014, f"{duration(frame.minutes)}, {plural(len(frame.cells['id']), 'cell')}{where}",
        transform=axes.transAxes, va="bottom", color=MUTED,
    )  # fmt: skip
    draw_legend(axes, handles, -0.055 if zoomed else -0.01)


def _view(frame: Frame, scenario: Scenario, shown: Cut) -> tuple[tuple[float, float, float, float], bool]:
    """From and to along both axes: a square around the cells, within the domain where it can be; whether it is less
    than the domain."""
    low, high = scenario.domain.lower, scenario.domain.upper
    across = [a for a in range(3) if a != shown.axis]
    sides = [(low[a], high[a]) for a in across]
    zoomed = False
    if len(shown.which) and scenario.vessels is None and scenario.lattice is None:  # which are seen whole
        places = [np.asarray(frame.cells[AXES[a]], np.float64)[shown.which] for a in across]
        extent = max(float((p + shown.radius).max() - (p - shown.radius).min()) for p in places)
        side = max(extent * (1 + 2 * MARGIN), SMALLEST_VIEW)
        for i, (a, p) in enumerate(zip(across, places)):
            middle, whole = float((p.max() + p.min()) / 2), high[a] - low[a]
            if side < whole:
                start = min(max(middle - side / 2, low[a]), high[a] - side)
                sides[i], zoomed = (start, start + side), True
    return (*sides[0], *sides[1]), zoomed


def _frame_of(axes: Any, view: tuple, zoomed: bool, across: list[int]) -> None:
    """Limits; coordinates where the view is less than the domain; a scale bar above, where no cells are."""
    axes.set(xlim=view[:2], ylim=view[2:], aspect="equal")
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    if zoomed:
        axes.tick_params(labelsize=7.5, length=3, width=0.7, color=MUTED)
        axes.locator_params(nbins=6)
        axes.set_xlabel(f"{AXES[across[0]]} (µm)", color=MUTED, fontsize=8, labelpad=1)
        axes.set_ylabel(f"{AXES[across[1]]} (µm)", color=MUTED, fontsize=8, labelpad=1)
    else:
        axes.set(xticks=[], yticks=[])
    width = view[1] - view[0]
    length = max(s for s in LENGTHS if s <= max(0.25 * width, 1))
    bar = {"transform": axes.get_xaxis_transform(), "color": INK, "clip_on": False}
    axes.plot([view[1] - length, view[1]], [1.027, 1.027], linewidth=2.2, solid_capstyle="butt", **bar)
    axes.text(view[1] - length - 0.012 * width, 1.027, f"{length} µm", ha="right", va="center", fontsize=8.5, **bar)
