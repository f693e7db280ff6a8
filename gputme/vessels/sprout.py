r"""Vessels sprout where they sense a growth factor.

    hazard of a node = k N V / (V + V_half),    N = half of 2 pi r L / cell area of each of its two segments

per minute, N the endothelial cells that belong to the node. Times are drawn from the exponential, so what comes does
not depend on how often one asks; of those that come too near to each other the earliest comes.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gputme.columns import TICKS
from gputme.maths import log
from gputme.vessels.around import Around, across, along, between, close, unit
from gputme.vessels.graph import Graph, Tips
from gputme.vessels.rates import Draw, Rates, Sensed, Update

__all__ = ["hazard", "sprout"]


def hazard(graph: Graph, around: Around, sensed: Sensed, rates: Rates, tick: int) -> np.ndarray:
    """Sprouts per minute at each node, as if forks and tips were far: 0 but within a vessel through which blood has
    flowed, at no end with a pressure, and not where a tumour has long been around."""
    s, degree = graph.segments, around.degree
    cells = 2.0 * np.pi * s.radius * graph.lengths() / rates.cell
    able = (s.sprout < 0) & ((s.inside < 0) | (tick - s.inside < rates.enclosed * TICKS))
    inner = np.isnan(graph.nodes.held) & (degree == 2) & ~np.isin(graph.nodes.id, graph.tips.node)
    one, two = around.segment[around.first[:-1][inner]], around.segment[around.first[:-1][inner] + 1]
    vegf = np.maximum(sensed.vegf[inner], 0.0)
    answer = np.where(able[one] & able[two], rates.sprouting * vegf / (vegf + rates.half), 0.0)
    found = np.zeros(len(degree))
    found[inner] = 0.5 * (cells[one] + cells[two]) * answer
    return found


def sprout(graph: Graph, sensed: Sensed, rates: Rates, update: Update) -> Graph:
    """New tips at nodes, at the times of their birth."""
    around, nodes = Around.of(graph), graph.nodes
    rate = hazard(graph, around, sensed, rates, update.start)
    able = np.flatnonzero(rate)
    wait = -log(update.uniform(nodes.id[able], Draw.SPROUT)) / rate[able]
    due = wait < update.minutes
    rows, wait = able[due], wait[due]
    forks = np.flatnonzero((around.degree > 2) | np.isin(nodes.id, graph.tips.node))
    free = along(graph, forks, rates.fork_distance)[rows] >= rates.fork_distance
    free[_near(nodes.xyz[:, rows], nodes.xyz[:, forks], rates.distance)[0]] = False
    order = np.lexsort((nodes.id[rows], wait))
    order = order[free[order]]
    rows, wait = rows[order], wait[order]
    if not len(rows):
        return graph
    clash = between(graph, rows, rates.fork_distance) < rates.fork_distance
    clash[_near(nodes.xyz[:, rows], nodes.xyz[:, rows], rates.distance)] = True
    comes = np.zeros(len(rows), bool)
    for k in range(len(rows)):  # in the order of their times
        comes[k] = not (clash[k] & comes).any()
    rows, wait = rows[comes], wait[comes]
    x, y, z = aside(graph, around, rows, sensed, update)
    born = update.start + np.floor(wait * TICKS).astype(np.int64)
    new = Tips(node=nodes.id[rows], dx=x, dy=y, dz=z, born=born, forked=born)
    tips = graph.tips.extended(new)
    return replace(graph, tips=tips.those(np.argsort(tips.node)))


def aside(graph: Graph, around: Around, rows: np.ndarray, sensed: Sensed, update: Update) -> np.ndarray:
    """Unit vectors across the vessel at nodes of it (3, rows), up the gradient."""
    first, xyz, ids = around.first[rows], graph.nodes.xyz, graph.nodes.id[rows]
    axis = unit(xyz[:, around.other[first]] - xyz[:, around.other[first + 1]])
    up = across(unit(update.flat(sensed.gradient[:, rows])), axis)
    steep = np.sqrt((up * up).sum(axis=0)) > 1e-6  # else along the vessel, or there is none
    return unit(np.where(steep, up, across(update.directions(ids, Draw.ASIDE), axis)))


def _near(here: np.ndarray, there: np.ndarray, distance: float) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of places nearer to each other than that."""
    i, j, apart = close(here, there, distance)
    return i[apart < distance], j[apart < distance]
