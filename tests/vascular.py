"""Small networks of vessels, and what is around them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from gputme.columns import TICKS
from gputme.vessels.flow import circulate
from gputme.vessels.graph import Graph, Nodes, Segments, Tips
from gputme.vessels.rates import Sensed, Update

HUGE = np.full(3, -1e9), np.full(3, 1e9)


def vessel(points: Iterable[tuple], radius: float = 5.0, many: int = 1, apart: float = 1e3) -> Graph:
    """Vessels along the same points, ``many`` of them side by side in z, ``apart`` um from each other."""
    points = np.array(points, float)
    xyz = np.concatenate([points + [0, 0, k * apart] for k in range(many)])
    ids = 1 + np.arange(len(xyz))
    a = ids[(ids - 1) % len(points) < len(points) - 1]
    nodes = Nodes(id=ids, x=xyz[:, 0], y=xyz[:, 1], z=xyz[:, 2])
    segments = Segments(id=1 + np.arange(len(a)), a=a, b=a + 1, radius=radius)
    return Graph(nodes, segments, Tips(), len(ids) + 1, len(a) + 1)


def line(length: float, step: float = 10.0) -> Graph:
    """A vessel along x from 0, of nodes a step apart."""
    return vessel([(x, 0, 0) for x in np.arange(0, length + step / 2, step)])


def around(
    graph: Graph, vegf: float = 2.0, gradient: tuple = (0, 0, 0), tumour: bool = False, pressure: float = 0.0
) -> Sensed:
    """The same everywhere."""
    n = len(graph.nodes)
    return Sensed(
        np.full(n, float(vegf)), np.tile(np.array(gradient, float)[:, None], n), np.full(n, tumour),
        np.full(n, float(pressure)),
    )  # fmt: skip


def update(seed: int = 1, start: float = 0, minutes: float = 60, box: tuple = HUGE) -> Update:
    """Minutes from a time on (min)."""
    return Update(seed, round(start * TICKS), round(minutes * TICKS), *(np.array(corner, float) for corner in box))


def flowing(graph: Graph) -> Graph:
    """With its blood."""
    blood = circulate(graph.network())
    segments = graph.segments.having(flow=blood.flow, shear=blood.shear)
    return replace(graph, segments=segments)


def sound(graph: Graph) -> None:
    """What holds of every network: rows in the order of ids below the next, no segment without its two nodes, no node
    without a segment, at most three segments at a node, no two between the same nodes."""
    nodes, segments, tips = graph.nodes, graph.segments, graph.tips
    for ids, more in ((nodes.id, graph.next_node), (segments.id, graph.next_segment), (tips.node, graph.next_node)):
        assert (np.diff(ids) > 0).all()
        assert not len(ids) or ids[-1] < more
    assert np.isin(np.concatenate([segments.a, segments.b, tips.node]), nodes.id).all()
    _, degree = np.unique(np.concatenate([segments.a, segments.b]), return_counts=True)
    assert len(degree) == len(nodes)
    assert (degree <= 3).all()
    pairs = np.sort([segments.a, segments.b], axis=0)
    assert (pairs[0] < pairs[1]).all()
    assert len(np.unique(pairs, axis=1).T) == len(segments)
