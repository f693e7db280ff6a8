r"""Tips of sprouts go up the gradient of a growth factor, lay vessel behind them, and branch.

    d  <-  unit(a d + b unit(grad V) + c xi),    xi a random direction        once per node, 10 um apart
    chance that a tip branches at a node = 1 - exp(-k V / (V + V_half) STEP / speed)

A tip that branches lays two nodes, 30 degrees to either side of d. One that would leave the box ends.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gputme.columns import TICKS
from gputme.maths import exp
from gputme.vessels.anastomose import anastomose
from gputme.vessels.around import Around, across, unit
from gputme.vessels.graph import Graph, Nodes, Segments, Tips
from gputme.vessels.lining import thickness
from gputme.vessels.rates import STEP, Draw, Rates, Sensed, Update

__all__ = ["migrate"]

COSINE, SINE = 0.8660254037844386, 0.5  # of 30 degrees [a choice of this design]


def migrate(graph: Graph, sensed: Sensed, rates: Rates, update: Update) -> Graph:
    """All tips as far as they come; after each node they join what is near. Not a new node but that from which a tip
    came tells what it senses."""
    tips = graph.tips
    went = rates.speed * (update.end - np.maximum(tips.born, update.start)) / TICKS
    graph = replace(graph, tips=tips.having(gone=tips.gone + went))
    while (graph.tips.gone >= STEP).any():
        old = len(graph.nodes)
        graph, sensed = _lay(graph, sensed, rates, update)
        graph = anastomose(graph, graph.nodes.id[old:], rates)
    return graph


def _lay(graph: Graph, sensed: Sensed, rates: Rates, update: Update) -> tuple[Graph, Sensed]:
    """One node, or two, of each tip that has come so far, and what is sensed there."""
    nodes, segments = graph.nodes, graph.segments
    due = graph.tips.gone >= STEP
    tips = graph.tips.those(due)
    rows = np.searchsorted(nodes.id, tips.node)
    way = _way(tips, sensed.gradient[:, rows], rates, update)
    when = update.end - np.ceil((tips.gone - STEP) / rates.speed * TICKS).astype(np.int64)
    splits = _splits(tips, when, sensed.vegf[rows], rates, update) & (Around.of(graph).degree[rows] == 1)
    apart = unit(across(update.directions(tips.node, Draw.APART), way))
    left = np.where(splits, COSINE * way + SINE * apart, way)
    right = COSINE * way - SINE * apart
    # in the order of the tips' nodes, of two from one the left one first
    of = np.repeat(np.arange(len(rows)), 1 + splits)
    second = np.concatenate([[False], of[1:] == of[:-1]])
    way = np.where(second, right[:, of], left[:, of])
    xyz = nodes.xyz[:, rows[of]] + STEP * way
    inside = ((xyz >= update.lower[:, None]) & (xyz <= update.upper[:, None])).all(axis=0)
    of, way, xyz = of[inside], way[:, inside], xyz[:, inside]
    ids = graph.next_node + np.arange(len(of))
    x, y, z = xyz
    more = Segments(
        id=graph.next_segment + np.arange(len(of)), a=tips.node[of], b=ids, radius=rates.radius,
        wall=rates.new_wall * thickness(rates.radius), born=when[of], sprout=tips.born[of],
    )  # fmt: skip
    dx, dy, dz = way
    gone = Tips(
        node=ids, dx=dx, dy=dy, dz=dz, gone=tips.gone[of] - STEP, born=tips.born[of],
        forked=np.where(splits, when, tips.forked)[of],
    )  # fmt: skip
    graph = Graph(
        nodes.extended(Nodes(id=ids, x=x, y=y, z=z)), segments.extended(more), graph.tips.those(~due).extended(gone),
        graph.next_node + len(of), graph.next_segment + len(of),
    )  # fmt: skip
    return graph, sensed.those(np.concatenate([np.arange(len(nodes)), rows[of]]))


def _way(tips: Tips, gradient: np.ndarray, rates: Rates, update: Update) -> np.ndarray:
    old = np.stack([tips.dx, tips.dy, tips.dz])
    wander = update.directions(tips.node, Draw.WANDER)
    way = unit(rates.onward * old + rates.chemotaxis * unit(update.flat(gradient)) + rates.random * wander)
    return np.where((way * way).sum(axis=0) > 0.5, way, wander)


def _splits(tips: Tips, when: np.ndarray, vegf: np.ndarray, rates: Rates, update: Update) -> np.ndarray:
    vegf = np.maximum(vegf, 0.0)
    rate = rates.branching * vegf / (vegf + rates.half)
    old = when - tips.forked >= rates.branch_age * TICKS
    return old & (update.uniform(tips.node, Draw.BRANCH) < 1.0 - exp(-rate * STEP / rates.speed))
