"""Sprouts on a lattice as vessels of a tissue: sites that they run through are nodes, their steps segments."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gputme.vessels.graph import Graph, Nodes, Segments, Tips
from gputme.vessels.lattice import Ends, Lattice, Numbers

__all__ = ["Sites", "begun", "laid", "opened"]

ROOT = 2.0  # sites: a tip that begins so near to a vessel that is there is joined to it


class Sites(NamedTuple):
    """A lattice in a plane."""

    n: int
    """Sites along each side."""
    lower: np.ndarray
    """Its lower corner (3,), um; z is that of the plane."""
    spacing: float
    """Side of a site, um."""

    def of(self, xyz: np.ndarray) -> np.ndarray:
        """The site in which each place (3, places), um, lies, row by row along x."""
        x, y = np.clip(np.floor((xyz[:2] - self.lower[:2, None]) / self.spacing).astype(np.int64), 0, self.n - 1)
        return y * self.n + x

    def middle(self, site: np.ndarray) -> np.ndarray:
        """Middles of sites, (3, sites), um."""
        at = np.stack([site % self.n + 0.5, site // self.n + 0.5, np.zeros(len(site))])
        return self.lower[:, None] + self.spacing * at


def begun(graph: Graph, site: np.ndarray, sites: Sites, radius: float) -> Graph:
    """The vessels with a tip on each of these sites; from a node of a vessel that lies near, a segment leads there."""
    ids, xyz = graph.next_node + np.arange(len(site)), sites.middle(site)
    x, y, z = xyz
    nodes = Nodes(id=ids, x=x, y=y, z=z, sprout=1 + np.arange(len(site)))
    away = graph.nodes.xyz[:, None] - xyz[:, :, None]
    far = np.sqrt((away * away).sum(axis=0))
    near = far.min(axis=1, initial=np.inf) <= ROOT * sites.spacing
    root = graph.nodes.id[far[near].argmin(axis=1)] if near.any() else ids[near]
    segments = Segments(
        id=graph.next_segment + np.arange(len(root)), a=root, b=ids[near], radius=radius, sprout=np.zeros(len(root))
    )
    return Graph(
        graph.nodes.extended(nodes), graph.segments.extended(segments), graph.tips.extended(Tips(node=ids)),
        graph.next_node + len(ids), graph.next_segment + len(segments),
    )  # fmt: skip


def opened(
    graph: Graph, sites: Sites, taf: np.ndarray, fibre: np.ndarray, numbers: Numbers, step: float, ticks: int,
    seed: int, steps: int,
) -> Lattice:  # fmt: skip
    """The lattice as vessels and fields have it after so many steps of ``ticks`` each."""
    nodes, tips = graph.nodes, graph.tips
    mine, rows = nodes.sprout > 0, np.searchsorted(nodes.id, tips.node)
    owner = np.zeros(taf.shape, np.int64)
    owner.reshape(-1)[sites.of(nodes.xyz[:, mine])] = nodes.sprout[mine]
    order = np.argsort(nodes.sprout[rows])
    ends = Ends(nodes.sprout[rows], sites.of(nodes.xyz[:, rows]), tips.forked // ticks)
    following = int(nodes.sprout.max(initial=0)) + 1
    return Lattice(taf, fibre, numbers, step, seed, steps, ends.those(order), following, owner)


def laid(graph: Graph, lattice: Lattice, sites: Sites, ticks: int, radius: float) -> Graph:
    """The vessels with what sprouts have laid on a lattice that was `opened` from them."""
    (start, end, when, tip), nodes, tips = lattice.way.T, graph.nodes, graph.tips
    mine = np.flatnonzero(nodes.sprout)
    node = np.zeros(sites.n * sites.n, np.int64)  # the id of the node on each site
    node[sites.of(nodes.xyz[:, mine])] = nodes.id[mine]
    new = _first(end[node[end] == 0])
    node[new] = graph.next_node + np.arange(len(new))
    x, y, z = sites.middle(new)
    nodes = nodes.extended(Nodes(id=node[new], x=x, y=y, z=z, sprout=lattice.owner.reshape(-1)[new]))
    began = np.zeros(lattice.next_id, np.int64)  # by sprout
    began[tip[::-1]] = when[::-1] * ticks  # of a new one its first step, with which it branched off
    began[graph.nodes.sprout[np.searchsorted(graph.nodes.id, tips.node)]] = tips.born
    a, b, following = node[start], node[end], graph.next_node + len(new)
    pair, known = (_pairs(*ends, following) for ends in ((a, b), (graph.segments.a, graph.segments.b)))
    once = np.sort(np.unique(pair, return_index=True)[1])
    once = once[~np.isin(pair[once], known)]
    more = Segments(
        id=graph.next_segment + np.arange(len(once)), a=a[once], b=b[once], radius=radius, born=when[once] * ticks,
        sprout=began[tip[once]],
    )  # fmt: skip
    left = lattice.tips
    tips = Tips(node=node[left.site], born=began[left.id], forked=left.born * ticks)
    return Graph(
        nodes, graph.segments.extended(more), tips.those(np.argsort(tips.node)), following,
        graph.next_segment + len(once),
    )  # fmt: skip


def _pairs(a: np.ndarray, b: np.ndarray, following: int) -> np.ndarray:
    """A number for each pair of ids below ``following``, in whatever order."""
    return np.minimum(a, b) * following + np.maximum(a, b)


def _first(values: np.ndarray) -> np.ndarray:
    """Each value once, in the order in which they come first."""
    return values[np.sort(np.unique(values, return_index=True)[1])]
