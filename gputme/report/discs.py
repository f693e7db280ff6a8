"""The cells of a slice: discs, the nuclei in them, and what binds them to others."""

from __future__ import annotations

from typing import Any

import numpy as np

from gputme.columns import Death
from gputme.io.frame import Frame
from gputme.model import Scenario
from gputme.report.colouring import Painting
from gputme.report.cut import AXES, Cut
from gputme.report.links import Links, circles, draw_links
from gputme.report.states import types_of
from gputme.report.style import NUCLEUS, PALE_GREY, column_colours
from gputme.report.words import count

__all__ = ["draw_cells"]

SMALL, TINY = 0.012, 0.006  # shares of the view below which a radius leaves less room for nuclei and for edges


def draw_cells(axes: Any, frame: Frame, scenario: Scenario, shown: Cut, painted: Painting, width: float) -> list[Any]:
    """Cells as discs, the nuclei of living ones as a shade where the plane meets them; fainter in small cells, whose
    colour would else be hard to tell."""
    from matplotlib.lines import Line2D

    places = np.column_stack(
        [np.asarray(frame.cells[AXES[a]], np.float64)[shown.which] for a in range(3) if a != shown.axis]
    )
    whole = np.asarray(frame.cells["radius"], np.float64)[shown.which]
    size = whole.mean() / width if len(whole) else 1.0
    handles: list[Any] = []
    for g in painted.groups:
        edge = g.width * min(1.0, size / TINY)
        discs = circles(axes, places[g.members], shown.radius[g.members], g.edge, edge)
        if painted.scale:
            handles += _coloured(axes, discs, g.face, painted)
        else:
            discs.set_facecolor(g.face)
    ratio = np.array([t.volume.nuclear_radius / t.volume.radius for t in scenario.cell_types] or [0.0])
    alive = np.asarray(frame.cells["death"])[shown.which] == Death.ALIVE
    nucleus = ratio[types_of(frame, scenario)[shown.which]] * whole
    squared = nucleus**2 - (whole**2 - shown.radius**2)
    met = np.flatnonzero(alive & (squared > 0))
    shade = 0.24 if size > SMALL else 0.10
    circles(axes, places[met], np.sqrt(squared[met]), "none", 0).set_facecolor((*NUCLEUS, shade))
    thin = min(1.0, size / SMALL)
    return handles + [
        Line2D(
            [], [], linestyle="", marker="o", markersize=7, color=g.face, label=f"{g.label} ({count(g.number)})",
            markeredgecolor=g.face if g.width < 1 else g.sample or g.edge, markeredgewidth=1.3 if g.width >= 1 else 0,
        )
        for g in painted.groups
        if not painted.scale and g.number
    ] + draw_links(Links(axes, frame, scenario, shown, places), thin)  # fmt: skip


def _coloured(axes: Any, discs: Any, values: np.ndarray, painted: Painting) -> list[Any]:
    """Colour discs by values, and draw their scale; where all of them are one, the legend says it instead."""
    from matplotlib.lines import Line2D
    from matplotlib.ticker import MaxNLocator

    low, high, label = painted.scale
    colours = column_colours().with_extremes(bad=PALE_GREY)
    if not low < high:
        discs.set(array=values, cmap=colours, clim=(high - 1, high))
        look = dict(linestyle="", marker="o", markersize=7, color=colours(1.0))
        return [Line2D([], [], label=f"{label}: {high:.4g}, in all of them", **look)]
    discs.set(array=values, cmap=colours, clim=(low, high))
    bar = axes.figure.colorbar(discs, ax=axes, shrink=0.6, aspect=26, pad=0.025, label=label)
    bar.outline.set_visible(False)
    if painted.whole:
        bar.locator = MaxNLocator(integer=True)
    return []
