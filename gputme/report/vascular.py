"""Blood vessels in a slice: as wide as they are, full where blood flows and hollow where it stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from gputme.census import value_at
from gputme.errors import RequestError
from gputme.io.frame import Frame
from gputme.model import Scenario
from gputme.naming import no_such
from gputme.report.style import INK, PAPER, column_colours
from gputme.vessels.graph import Graph
from gputme.vessels.lining import hydraulic, maturity

__all__ = ["WAYS", "draw_vessels"]

BLOOD = "#A4161A"  # darker than every cell's colour, so that it is told apart by its shade too
THINNEST = 1.2  # points
RIM = 0.8  # points, around hollow vessels and to set full ones off from cells
PRESSURE = "interstitial pressure"
NEAR = 1.0  # voxels: segments so near to the plane are shown


class Seen(NamedTuple):
    """What vessels are coloured by."""

    graph: Graph
    frame: Frame
    scenario: Scenario


def _leak(seen: Seen) -> np.ndarray:
    """Plasma that passes the walls of segments, um/min; below 0: they take it up. RequestError where none can."""
    leak = seen.scenario.vessels.leak if seen.scenario.vessels else None
    if leak is None or PRESSURE not in seen.frame.fields:
        raise RequestError(f"vessels have no leak to be seen: that takes [vessels.leak] and the field {PRESSURE!r}")
    a, b = seen.graph.ends()
    middle = 0.5 * (seen.graph.nodes.xyz[:, a] + seen.graph.nodes.xyz[:, b])
    outside = value_at(seen.frame.fields[PRESSURE], seen.frame.spacing, seen.scenario.domain.lower, middle)
    through = hydraulic(seen.graph.segments, leak, seen.scenario.vessels.half)
    return through * (seen.graph.blood - leak.opposing - outside)


WAYS: dict[str, tuple[str, Callable[[Seen], np.ndarray]]] = {
    "speed": ("blood (mm/s)", lambda s: s.graph.segments.speed / 6e4),
    "oxygen": ("oxygen in blood (mmHg)", lambda s: s.graph.segments.oxygen),
    "maturity": ("maturity of walls", lambda s: maturity(s.graph.segments.rest, s.graph.segments.wall)),
    "radius": ("radius of vessels (µm)", lambda s: s.graph.segments.radius),
    "leak": ("leak of plasma (µm/min)", _leak),
}
"""What vessels with blood may be coloured by: what the scale says, and the values of all segments."""


def draw_vessels(
    axes: Any, frame: Frame, scenario: Scenario, axis: int, plane: float, width: float, by: str = ""
) -> list[Any]:
    """Draw the segments near the plane across ``axis``, all of them in 2D; ``width``: of the view, um; ``by``: one of
    WAYS, or "" for plain red. Returns handles for the legend. Raises RequestError for another word, and for a leak
    where none is."""
    from matplotlib.collections import EllipseCollection, LineCollection
    from matplotlib.lines import Line2D

    if by and by not in WAYS:
        raise RequestError(no_such("way to colour vessels", by, WAYS).args[0])
    if not len(frame.nodes) or not len(frame.segments["id"]):
        return []
    graph = Graph.of(frame.nodes, frame.segments)
    (a, b), xyz = graph.ends(), graph.nodes.xyz.T
    across = [i for i in range(3) if i != axis]
    far = np.abs(xyz[:, axis] - plane)
    near = np.minimum(far[a], far[b]) <= NEAR * frame.spacing[axis] + graph.segments.radius
    shown = np.ones(len(a), bool) if scenario.domain.dimensions == 2 else near
    values = WAYS[by][1](Seen(graph, frame, scenario))[shown] if by else None
    segments = graph.segments.those(shown)
    lines = np.stack([xyz[a[shown]][:, across], xyz[b[shown]][:, across]], axis=1)
    end_on = np.abs(lines[:, 0] - lines[:, 1]).sum(axis=1) < segments.radius  # lines of no length are not drawn
    per_um = 72 * 5.6 / width  # points: pictures are about so many inches wide
    wide, handles = np.maximum(2 * segments.radius * per_um, THINNEST), []
    flows = segments.perfused
    for which, face, rim, label, order in (
        (flows, BLOOD, PAPER, "vessel with blood flow", 2.35),
        (~flows, PAPER, INK, "without", 2.3),  # below the vessel that they leave
    ):
        if not which.any():
            continue
        scaled = bool(by) and face == BLOOD
        for colour, more in ((rim, 2 * RIM), (face, 0.0)):
            order += 0.01
            looks = dict(linewidths=wide[which] + more, capstyle="round", zorder=order)
            mapped = scaled and not more  # a colour that is given would stay
            drawn = LineCollection(lines[which], colors=None if mapped else [colour], **looks)
            axes.add_collection(drawn)
            across = which & end_on
            size = (2 * segments.radius + more / per_um)[across]
            looks = dict(offsets=lines[across, 0], offset_transform=axes.transData, units="xy", zorder=order)
            plain = {} if mapped else {"facecolor": colour}
            discs = EllipseCollection(size, size, np.zeros(len(size)), linewidth=0, **plain, **looks)
            axes.add_collection(discs)
            if mapped:
                _scale(axes, drawn, discs, WAYS[by][0], values, which, across)
        if scaled:
            continue
        label = "vessel without blood flow" if by else label
        hollow = dict(markeredgecolor=rim, markeredgewidth=RIM) if face == PAPER else dict(markeredgewidth=0)
        handles.append(Line2D([], [], linestyle="", marker="s", markersize=7, color=face, label=label, **hollow))
    return handles


def _scale(
    axes: Any, drawn: Any, discs: Any, label: str, values: np.ndarray, lines: np.ndarray, seen: np.ndarray
) -> None:
    """Colour lines and discs by values, and say how."""
    top = float(values[lines].max(initial=0.0)) or 1.0
    for part, which in ((drawn, lines), (discs, seen)):
        part.set(array=values[which], cmap=column_colours(), clim=(0.0, top))
    bar = axes.figure.colorbar(drawn, ax=axes, shrink=0.6, aspect=26, pad=0.025, label=label)
    bar.outline.set_visible(False)
