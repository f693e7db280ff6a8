"""Who is whose neighbour in a graph of vessels, along them and in space."""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np

from gputme.vessels.graph import Graph

__all__ = ["Around", "across", "along", "close", "unit"]


class Around(NamedTuple):
    """The segments at each node, by rows: those of node n stand from ``first[n]`` to ``first[n + 1]``."""

    first: np.ndarray
    other: np.ndarray
    """The node at the other end."""
    segment: np.ndarray

    @classmethod
    def of(cls, graph: Graph) -> Self:
        a, b = graph.ends()
        here, each = np.concatenate([a, b]), np.arange(len(a))
        order = np.argsort(here, kind="stable")
        first = np.concatenate([[0], np.cumsum(np.bincount(here, minlength=len(graph.nodes)))])
        return cls(first, np.concatenate([b, a])[order], np.concatenate([each, each])[order])

    @property
    def degree(self) -> np.ndarray:
        """How many segments meet at each node."""
        return np.diff(self.first)

    def within(self, rows: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray]:
        """Pairs of a place in ``rows`` and a node that at most so many segments lead to from there, itself too."""
        place, node = np.arange(len(rows)), rows
        found = [(place, node)]
        for _ in range(steps):
            count = self.degree[node]
            start = np.repeat(self.first[node] - np.cumsum(count) + count, count)
            place, node = np.repeat(place, count), self.other[start + np.arange(count.sum())]
            found.append((place, node))
        return np.concatenate([p for p, _ in found]), np.concatenate([n for _, n in found])


def along(graph: Graph, sources: np.ndarray, limit: float, each: bool = False) -> np.ndarray:
    """How far along vessels nodes are from the nearest of the ``sources`` (rows), um, inf beyond ``limit``; from
    ``each`` of them: (sources, nodes)."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    n, (a, b) = len(graph.nodes), graph.ends()
    if not len(sources):
        return np.full((0, n) if each else n, np.inf)
    ways = coo_array((graph.lengths(), (a, b)), (n, n)).tocsr()
    return dijkstra(ways, directed=False, indices=sources, limit=limit, min_only=not each)


def close(
    here: np.ndarray, there: np.ndarray, reach: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of places in (3, n) and (3, m) no farther apart than ``reach``, and their distance, all in um."""
    from scipy.spatial import KDTree

    if not here.shape[1] or not there.shape[1]:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    # a little more, and then judged by our own sum: a library may round another way on another machine
    found = KDTree(here.T).sparse_distance_matrix(KDTree(there.T), reach * (1 + 1e-9), output_type="ndarray")
    i, j = found["i"].astype(np.int64), found["j"].astype(np.int64)
    apart = here[:, i] - there[:, j]
    distance = np.sqrt(apart[0] * apart[0] + apart[1] * apart[1] + apart[2] * apart[2])
    near = distance <= reach
    return i[near], j[near], distance[near]


def unit(vectors: np.ndarray) -> np.ndarray:
    """(3, n) vectors of length 1; 0 where they are."""
    x, y, z = vectors
    length = np.sqrt(x * x + y * y + z * z)
    return vectors / np.where(length > 0, length, 1.0)


def across(vectors: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """What is left of (3, n) vectors without their part along the axis."""
    return vectors - (vectors * axis).sum(axis=0) * axis
