"""Who seeded what: journeys of cells through the blood, and the colonies that they founded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from gputme.lineage.clones import Clones
from gputme.lineage.history import Lineage, Site
from gputme.state.ledger import Event

__all__ = ["Colony", "Journeys", "arrivals", "colonies", "journeys"]

TOUCH = 1.5
"""Radii, of both, within which cells of a colony lie side by side."""


@dataclass
class Journeys:
    """Ways through the blood, one per cell and entry: (n,) arrays."""

    cell: np.ndarray  # place in the lineage
    origin: np.ndarray  # tissue
    left: np.ndarray  # tick
    held: np.ndarray  # number of the tissue in whose capillaries it was held, -1: none
    fate: np.ndarray  # the last event: entered (still on its way), held, died, came out
    where: np.ndarray  # tissue of that event, -1: the blood
    until: np.ndarray  # tick of that event
    clone: np.ndarray  # as it was when it left
    unit: np.ndarray  # as ledger rows name those with which it came out


def journeys(clones: Clones) -> Journeys:
    """All ways through the blood."""
    lineage, rows = clones.lineage, clones.lineage.ledger
    if not rows:
        none = np.zeros(0, np.int64)
        return Journeys(*[none] * 9)
    kept = np.isin(rows["event"], (Event.ENTERED, Event.HELD, Event.DIED, Event.CAME_OUT))
    order = np.lexsort((rows["event"], rows["tick"], rows["cell"]))
    order = order[kept[order]]
    cell, event, tissue, tick, unit = (rows[name][order] for name in ("cell", "event", "tissue", "tick", "unit"))
    began = np.flatnonzero(event == Event.ENTERED)
    ends = np.append(began[1:], len(order)) - 1
    trip = np.searchsorted(began, np.arange(len(order)), side="right") - 1
    held = np.full(len(began), -1)
    some = event == Event.HELD
    held[trip[some]] = tissue[some]
    place = lineage.find(cell[began])
    return Journeys(
        place, tissue[began], tick[began], held, event[ends], tissue[ends], tick[ends],
        clones.at(place, tick[began]), unit[ends],
    )  # fmt: skip


def arrivals(found: Journeys, tissue: int) -> np.ndarray:
    """Which journeys ended in a tissue, or in a tally."""
    return np.flatnonzero((found.fate == Event.CAME_OUT) & (found.where == tissue))


@dataclass
class Colony:
    """Living tumour cells of a tissue that lie side by side."""

    tissue: int
    number: int  # in its tissue, the largest first
    cells: np.ndarray  # places in the lineage
    seeds: np.ndarray  # journeys of those from which they descend; empty where they were there from the start
    native: int  # cells that descend from none that came
    centre: tuple[float, float, float]  # um
    clones: list[int]  # of the seeds, as they were when they left

    @property
    def kind(self) -> str:
        """ "monoclonal", "polyclonal", or "native" where no cell has come."""
        return "native" if not len(self.seeds) else "monoclonal" if len(self.clones) == 1 else "polyclonal"


def colonies(clones: Clones, found: Journeys, least: int = 10) -> list[Colony]:
    """Colonies of at least so many cells in all tissues."""
    return [
        colony
        for tissue, site in enumerate(clones.lineage.sites[: len(clones.lineage.tissues)])
        for colony in _in_site(clones.lineage, found, tissue, site, least)
    ]


def _in_site(lineage: Lineage, found: Journeys, tissue: int, site: Site, least: int) -> Iterator[Colony]:
    mine = np.flatnonzero(lineage.tumour[site.cell])
    if len(mine) < least:
        return
    seed = _seeds(lineage, found, tissue)[site.cell[mine]]
    label = _side_by_side(site.xyz[mine], site.radius[mine])
    sizes = np.bincount(label)
    large = np.argsort(-sizes, kind="stable")
    for number, which in enumerate(large[sizes[large] >= least], start=1):
        some = label == which
        seeds = np.unique(seed[some])
        came = seeds[seeds >= 0]
        kinds = sorted(set(found.clone[came].tolist()))
        centre = tuple(site.xyz[mine][some].mean(axis=0).tolist())
        yield Colony(tissue, number, site.cell[mine][some], came, int((seed[some] < 0).sum()), centre, kinds)


def _seeds(lineage: Lineage, found: Journeys, tissue: int) -> np.ndarray:
    """(N,) the journey by which a cell, or the ancestor from whom it descends in this tissue, came; -1: none did."""
    own = np.full(len(lineage), -1)
    came = arrivals(found, tissue)
    own[found.cell[came]] = came  # of several the last one
    return lineage.along(own)


def _side_by_side(xyz: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """(n,) number of the group that each cell is in."""
    pairs = cKDTree(xyz).query_pairs(2 * TOUCH * float(radius.max()), output_type="ndarray")
    a, b = pairs.T
    off = xyz[a] - xyz[b]
    near = (off * off).sum(axis=1) <= (TOUCH * (radius[a] + radius[b])) ** 2
    n = len(xyz)
    graph = coo_array((np.ones(near.sum(), bool), (a[near], b[near])), shape=(n, n))
    return connected_components(graph, directed=False)[1]
