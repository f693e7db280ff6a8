"""Lines between cells of a slice: who holds and attacks whom, and who is attached to whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gputme.attached import pairs_of
from gputme.columns import Death
from gputme.io.frame import Frame
from gputme.model import Scenario
from gputme.report.cut import Cut
from gputme.report.style import INK
from gputme.report.words import count, plural

__all__ = ["Links", "circles", "draw_links"]

RING = 1.6  # points, around cells that others hold, and from those to them
SPRING = 0.8  # points, between cells that are attached to each other


def draw_links(links: Links, thin: float) -> list[Any]:
    """Draw all of them, so many times thinner; returns handles for the legend."""
    pairs = _attached(links, SPRING * thin)
    return pairs + _held(links, RING * thin)


@dataclass(frozen=True)
class Links:
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


def _held(links: Links, width: float) -> list[Any]:
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
    circles(links.axes, links.places[victims], shown.radius[victims], INK, width).set_facecolor("none")
    look = dict(linestyle="-", color=INK, marker="o", markersize=7, markerfacecolor="w", markeredgewidth=1.3)
    return [Line2D([], [], label=f"attacked ({count(len(victims))}), and by whom", **look)]


def _attached(links: Links, width: float) -> list[Any]:
    """Lines between cells that are attached to each other, and what the legend says of them."""
    from matplotlib.lines import Line2D

    drawn = links.draw(pairs_of(links.frame.cells), width)
    return [Line2D([], [], color=INK, linewidth=1, label=f"attached ({plural(drawn, 'pair')})")] if drawn else []


def circles(axes: Any, places: np.ndarray, radius: np.ndarray, edge: Any, width: float) -> Any:
    from matplotlib.collections import EllipseCollection

    discs = EllipseCollection(
        2 * radius, 2 * radius, np.zeros(len(radius)), units="xy", offsets=places, offset_transform=axes.transData,
        edgecolor=edge, linewidth=width,
    )  # fmt: skip
    axes.add_collection(discs)
    return discs
