"""A slice through the tissue: a substrate behind, the cells at their true size in front."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from gputme.attached import pairs_of
from gputme.columns import Death
from gputme.errors import RequestError
from gputme.io.frame import Frame
from gputme.model import Scenario
from gputme.report.colouring import Painting, painting
from gputme.report.ground import background, chosen, layer
from gputme.report.legend import draw_legend
from gputme.report.states import types_of
from gputme.report.style import INK, MUTED, NUCLEUS, PALE_GREY, column_colours, save, style
from gputme.report.surface import draw_membrane
from gputme.report.vascular import draw_vessels
from gputme.report.words import count, duration, plural

__all__ = ["Cut", "Looks", "Stage", "cut", "draw_slice", "looks", "slice_picture"]

MARGIN = 0.22  # around the cells, as a share of their extent
SMALLEST_VIEW = 200.0  # um
SMALL, TINY = 0.012, 0.006  # shares of the view below which a radius leaves less room for nuclei and for edges
RING = 1.6  # points, around cells that others hold, and from those to them
SPRING = 0.8  # points, between cells that are attached to each other
AXES = "xyz"
LENGTHS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)  # of scale bars, um


@dataclass(frozen=True)
class Cut:
    """The discs in which the plane ``axis`` = ``plane`` cuts the cells."""

    plane: float
    which: np.ndarray
    """Indices of the cells that it cuts."""
    radius: np.ndarray
    """Radius of each disc, um."""
    axis: int = 2
    """0, 1, 2: across x, y, z."""


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


def cut(frame: Frame, dimensions: int, axis: str = "z", at: float | None = None) -> Cut:
    """What the plane ``axis`` = ``at`` cuts: the middle of the cells unless given; in 2D the plane they live in."""
    a = AXES.index(axis)
    across, radius = (np.asarray(frame.cells[name], np.float64) for name in (axis, "radius"))
    shape = next((field.shape[::-1] for field in frame.fields.values()), (1, 1, 1))
    plane = frame.origin[a] + shape[a] * frame.spacing[a] / 2 if at is None else at
    if dimensions == 2:
        return Cut(plane, np.arange(len(across)), radius, 2)
    if at is None and len(across):
        plane = float(across.mean())
    distance = np.abs(across - plane)
    which = np.flatnonzero(distance < radius)
    return Cut(plane, which, np.sqrt(radius[which] ** 2 - distance[which] ** 2), a)


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
    shown = cut(frame, scenario.domain.dimensions, *_plane(at, scenario))
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
    handles = _cells(axes, frame, scenario, shown, painted, view[1] - view[0])
    limits = stage.limits if stage else None
    handles += background(axes, frame, scenario, name, shown.axis, shown.plane, view, limits)
    handles += draw_membrane(axes, frame, scenario, shown.axis, shown.plane)
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


def _plane(text: str, scenario: Scenario) -> tuple[str, float | None]:
    """ "z=20" as axis and place; the middle along z unless given. Raises RunError."""
    if not text:
        return "z", None
    if scenario.domain.dimensions == 2:
        raise RequestError("a slice belongs to three dimensions: in two, all cells lie in one plane")
    axis, _, place = text.replace(" ", "").removesuffix("um").removesuffix("µm").partition("=")
    try:
        at = float(place) if place else None
    except ValueError:
        axis = ""
    if axis not in AXES or not axis:
        raise RequestError(f"a slice is x, y or z, or a place on one of them such as z=20 (um), not {text!r}")
    a = AXES.index(axis)
    low, high = scenario.domain.lower[a], scenario.domain.upper[a]
    if at is not None and not low <= at <= high:
        raise RequestError(f"the domain reaches from {axis} = {low:g} to {high:g} um: {at:g} lies outside")
    return axis, at


def _view(frame: Frame, scenario: Scenario, shown: Cut) -> tuple[tuple[float, float, float, float], bool]:
    """From and to along both axes: a square around the cells, within the domain where it can be; whether it is less
    than the domain."""
    low, high = scenario.domain.lower, scenario.domain.upper
    across = [a for a in range(3) if a != shown.axis]
    sides = [(low[a], high[a]) for a in across]
    zoomed = False
    if len(shown.which) and scenario.vessels is None:  # which are seen whole
        places = [np.asarray(frame.cells[AXES[a]], np.float64)[shown.which] for a in across]
        extent = max(float((p + shown.radius).max() - (p - shown.radius).min()) for p in places)
        side = max(extent * (1 + 2 * MARGIN), SMALLEST_VIEW)
        for i, (a, p) in enumerate(zip(across, places)):
            middle, whole = float((p.max() + p.min()) / 2), high[a] - low[a]
            if side < whole:
                start = min(max(middle - side / 2, low[a]), high[a] - side)
                sides[i], zoomed = (start, start + side), True
    return (*sides[0], *sides[1]), zoomed


def _cells(axes: Any, frame: Frame, scenario: Scenario, shown: Cut, painted: Painting, width: float) -> list[Any]:
    """Cells as discs, the nuclei of living ones as a shade where the plane meets them; fainter in small cells, whose
    colour would else be hard to tell."""
    from matplotlib.lines import Line2D

    places = np.column_stack(
        [np.asarray(frame.cells[AXES[a]], np.float64)[shown.which] for a in range(3) if a != shown.axis]
    )
    whole = np.asarray(frame.cells["radius"], np.float64)[shown.which]
    size = whole.mean() / width if len(whole) else 1.0
    for g in painted.groups:
        edge = g.width * min(1.0, size / TINY)
        discs = _discs(axes, places[g.members], shown.radius[g.members], g.edge, edge)
        if painted.scale:
            low, high, label = painted.scale
            discs.set(array=g.face, cmap=column_colours().with_extremes(bad=PALE_GREY), clim=(low, high))
            bar = axes.figure.colorbar(discs, ax=axes, shrink=0.6, aspect=26, pad=0.025, label=label)
            bar.outline.set_visible(False)
            if painted.whole:
                bar.locator = _whole_numbers()
        else:
            discs.set_facecolor(g.face)
    ratio = np.array([t.volume.nuclear_radius / t.volume.radius for t in scenario.cell_types] or [0.0])
    alive = np.asarray(frame.cells["death"])[shown.which] == Death.ALIVE
    nucleus = ratio[types_of(frame, scenario)[shown.which]] * whole
    squared = nucleus**2 - (whole**2 - shown.radius**2)
    met = np.flatnonzero(alive & (squared > 0))
    shade = 0.24 if size > SMALL else 0.10
    _discs(axes, places[met], np.sqrt(squared[met]), "none", 0).set_facecolor((*NUCLEUS, shade))
    thin = min(1.0, size / SMALL)
    links = _Links(axes, frame, scenario, shown, places)
    pairs = _attached(links, SPRING * thin)
    rings = _held(links, RING * thin)
    return [
        Line2D(
            [], [], linestyle="", marker="o", markersize=7, color=g.face, label=f"{g.label} ({count(g.number)})",
            markeredgecolor=g.face if g.width < 1 else g.sample or g.edge, markeredgewidth=1.3 if g.width >= 1 else 0,
        )
        for g in painted.groups
        if not painted.scale and g.number
    ] + pairs + rings  # fmt: skip


@dataclass(frozen=True)
class _Links:
    """Lines between cells, and what they need."""

    axes: Any
    frame: Frame
    scenario: Scenario
    shown: Cut
    places: np.ndarray
    """Of the cells that are shown, in the picture."""

    def draw(self, pairs: np.ndarray, width: float) -> int:
        """Lines between the centres of the two cells whose ids stand in each row, where the plane cuts both; none
        through the whole domain where the shorter way leads over a periodic wall. How many."""
        from matplotlib.collections import LineCollection

        ids = np.asarray(self.frame.cells["id"])[self.shown.which].astype(np.int64)
        if not len(pairs) or not len(ids):
            return 0
        order, pairs = np.argsort(ids), pairs.astype(np.int64)
        at = order[np.minimum(np.searchsorted(ids[order], pairs), len(ids) - 1)]
        ends = self.places[at[(ids[at] == pairs).all(axis=1)]]
        domain = self.scenario.domain
        across = [a for a in range(3) if a != self.shown.axis]
        round_ = np.array([domain.wall_words[2 * a] == "periodic" for a in across])
        half = np.where(round_, [(domain.upper[a] - domain.lower[a]) / 2 for a in across], np.inf)
        ends = ends[(np.ptp(ends, axis=1) <= half).all(axis=1)]
        if len(ends):
            self.axes.add_collection(LineCollection(ends, colors=[INK], linewidths=width))
        return len(ends)


def _held(links: _Links, width: float) -> list[Any]:
    """Rings around cells that others hold and attack, a line from each who does, and what the legend says of them."""
    from matplotlib.lines import Line2D

    cells, shown = links.frame.cells, links.shown
    if "held_id" not in cells:
        return []
    alive, held = np.asarray(cells["death"]) == Death.ALIVE, np.asarray(cells["held_id"])
    # who died in the step that ends with this frame still stands in it, and lets go in the next one
    held = np.where(alive & np.isin(held, np.asarray(cells["id"])[alive]), held, 0)
    victims = np.flatnonzero(np.isin(np.asarray(cells["id"])[shown.which], held[held > 0]))
    if not len(victims):
        return []
    links.draw(np.stack([cells["id"], held], axis=1), width)
    _discs(links.axes, links.places[victims], shown.radius[victims], INK, width).set_facecolor("none")
    look = dict(linestyle="-", color=INK, marker="o", markersize=7, markerfacecolor="w", markeredgewidth=1.3)
    return [Line2D([], [], label=f"attacked ({count(len(victims))}), and by whom", **look)]


def _attached(links: _Links, width: float) -> list[Any]:
    """Lines between cells that are attached to each other, and what the legend says of them."""
    from matplotlib.lines import Line2D

    drawn = links.draw(pairs_of(links.frame.cells), width)
    return [Line2D([], [], color=INK, linewidth=1, label=f"attached ({plural(drawn, 'pair')})")] if drawn else []


def _discs(axes: Any, places: np.ndarray, radius: np.ndarray, edge: Any, width: float) -> Any:
    from matplotlib.collections import EllipseCollection

    discs = EllipseCollection(
        2 * radius, 2 * radius, np.zeros(len(radius)), units="xy", offsets=places, offset_transform=axes.transData,
        edgecolor=edge, linewidth=width,
    )  # fmt: skip
    axes.add_collection(discs)
    return discs


def _whole_numbers() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(integer=True)


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
