"""Who is whose neighbour in a graph of vessels, along them and in space."""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np

from gputme.vessels.graph import Graph

__all__ = ["Around", "across", "along", "between", "close", "unit"]


AT_ONCE = 2**22  # distances in memory


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


def along(graph: Graph, sources: np.ndarray, limit: float) -> np.ndarray:
    """How far along vessels nodes are from the nearest of the ``sources`` (rows), um; inf beyond ``limit``."""
    from scipy.sparse.csgraph import dijkstra

    if not len(sources):
        return np.full(len(graph.nodes), np.inf)
    return dijkstra(_ways(graph), directed=False, indices=sources, limit=limit, min_only=True)


def between(graph: Graph, rows: np.ndarray, limit: float) -> np.ndarray:
    """How far some nodes (rows) are from each other along vessels (rows, rows), um; inf beyond ``limit``."""
    from scipy.sparse.csgraph import dijkstra

    ways, some = _ways(graph), max(AT_ONCE // max(len(graph.nodes), 1), 1)
    parts = [rows[k : k + some] for k in range(0, len(rows), some)]
    far = [dijkstra(ways, directed=False, indices=part, limit=limit)[:, rows] for part in parts]
    return np.concatenate([np.zeros((0, len(rows))), *far])


def _ways(graph: Graph):
    from scipy.sparse import coo_array

    return coo_array((graph.lengths(), graph.ends()), [len(graph.nodes)] * 2).tocsr()


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
