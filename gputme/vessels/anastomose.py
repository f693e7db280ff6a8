"""Tips that come near a vessel join it, and close a loop through which blood can flow.

A tip takes the nearest node within reach (of equally near ones the lowest id) at which at most two segments meet and
which is not of the piece of vessel that it comes from. A node takes one tip: the nearest, then that of the lowest id. A
tip that is joined ends; of two that join each other the lower draws the segment. Segments are never split: no tip
passes between nodes that are 10 um apart or less.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gputme.vessels.around import Around, close
from gputme.vessels.graph import Graph, Segments
from gputme.vessels.lining import thickness
from gputme.vessels.rates import Rates

__all__ = ["anastomose"]

OWN = 4  # segments: what is nearer along the vessel is a tip's own trunk


def anastomose(graph: Graph, came: np.ndarray, rates: Rates) -> Graph:
    """What the tips at the nodes ``came`` (ids), that they have just laid, find there."""
    nodes, tips, around = graph.nodes, graph.tips, Around.of(graph)
    mine = np.flatnonzero(np.isin(tips.node, came))
    rows = np.searchsorted(nodes.id, tips.node[mine])
    open_ = np.flatnonzero((around.degree <= 2) & np.isnan(nodes.held))
    i, j, far = close(nodes.xyz[:, rows], nodes.xyz[:, open_], rates.reach)
    j, own = open_[j], around.within(rows, OWN)
    other = ~np.isin(i * len(nodes) + j, own[0] * len(nodes) + own[1])
    other &= far > 0
    i, j, far = i[other], j[other], far[other]
    nearest = _first(i, far, nodes.id[j])
    i, j, far = i[nearest], j[nearest], far[nearest]
    taken = _first(j, far, tips.node[mine[i]])
    i, j = i[taken], j[taken]
    twice = np.isin(rows[i] * len(nodes) + j, j * len(nodes) + rows[i]) & (rows[i] > j)
    i, j = i[~twice], j[~twice]
    order = np.argsort(i)
    i, j = i[order], j[order]
    ended = np.isin(tips.node, np.concatenate([nodes.id[rows[i]], nodes.id[j]]))
    one, trunk = mine[i], around.segment[around.first[rows[i]]]
    more = Segments(
        id=graph.next_segment + np.arange(len(i)), a=tips.node[one], b=nodes.id[j], radius=rates.radius,
        wall=rates.new_wall * thickness(rates.radius), born=graph.segments.born[trunk], sprout=tips.born[one],
    )  # fmt: skip
    following = graph.next_segment + len(i)
    return replace(graph, segments=graph.segments.extended(more), tips=tips.those(~ended), next_segment=following)


def _first(of: np.ndarray, far: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """Places of the nearest for each of ``of``; of equally near ones the lowest rank."""
    order = np.lexsort((rank, far, of))
    return order[np.concatenate([[True], np.diff(of[order]) > 0])] if len(order) else order
