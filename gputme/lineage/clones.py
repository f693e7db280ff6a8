"""Clones: cells with the same mutations; where a scenario has none, descendants of the same first cell.

A *node* is what arose in one cell at one division: one or several sites that are never hit again. Cells carry the
nodes of their line of descent. Nodes that enough cells carry are told apart, and those that always go together are one
clone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gputme.lineage.history import Lineage

__all__ = ["Clones", "Nodes", "clones_of"]

MOST = 40
"""Clones that are told apart at most: beyond, only larger ones are."""


FEW = 3
"""Cells of one site that must carry what is told apart."""


class Nodes:
    """Every node of a lineage in the order of cell and time, and which of them cells carry."""

    def __init__(self, lineage: Lineage):
        self.lineage = lineage
        rows = lineage.genealogy.get("mutations")
        self.barcodes = not lineage.scenario.mutations
        """Whether nodes are first cells, and no mutations."""
        if self.barcodes or not rows:
            cell = np.flatnonzero((lineage.mother < 0) & lineage.tumour) if self.barcodes else np.zeros(0, np.int64)
            tick, first = np.full(len(cell), -1), np.arange(len(cell) + 1)
            self.kind, self.count = np.zeros(len(cell), np.uint8), np.ones(len(cell), np.int64)
        else:
            where = lineage.find(rows["cell"])
            pairs, first = np.unique(np.stack([where, rows["tick"]], axis=1), axis=0, return_index=True)
            cell, tick = pairs.T
            first = np.append(first, len(where))
            self.kind, self.count = rows["mutation"], rows["count"].astype(np.int64)
        self.cell, self.tick = cell, tick
        """(nodes,) in whom, and when."""
        self.first = first
        """(nodes + 1,) where the rows of each begin in ``kind`` and ``count``: mutations and how many of each."""
        self._ticks = np.unique(tick)
        self._key = cell * (len(self._ticks) + 1) + np.searchsorted(self._ticks, tick)
        mothers = lineage.mother
        born = self._latest(mothers, lineage.birth - 1)
        self.inherited = lineage.along(np.where(mothers < 0, -1, born))
        """(N,) the node that a cell is born with, -1: none."""
        before = np.where(np.append(False, cell[1:] == cell[:-1]), np.arange(len(cell)) - 1, -1)
        self.parent = np.where(before >= 0, before, self.inherited[cell] if len(cell) else -1)
        """(nodes,) the node that was there before."""

    def __len__(self) -> int:
        return len(self.cell)

    def _latest(self, cells: np.ndarray, ticks: np.ndarray) -> np.ndarray:
        """The last node that arose in a cell itself up to a tick; -1: none, or no cell."""
        key = cells * (len(self._ticks) + 1) + np.searchsorted(self._ticks, ticks, side="right") - 1
        at = np.searchsorted(self._key, key, side="right") - 1
        if not len(self):
            return np.full(len(cells), -1)
        own = (at >= 0) & (cells >= 0)
        return np.where(own & (self.cell[at] == cells), at, -1)

    def carried(self, cells: np.ndarray, ticks: np.ndarray | int) -> np.ndarray:
        """The last node that each of these cells carries at a tick; its ancestors are the others. -1: none."""
        own = self._latest(cells, np.broadcast_to(ticks, len(cells)))
        return np.where(own >= 0, own, self.inherited[cells])

    @cached_property
    def depth(self) -> np.ndarray:
        """(nodes,) how many nodes stand before each."""
        depth = np.zeros(len(self), np.int64)
        up = self.parent.copy()
        while (some := up >= 0).any():
            depth[some] += 1
            up[some] = self.parent[up[some]]
        return depth

    def added_up(self, values: np.ndarray) -> np.ndarray:
        """Values (nodes, ...) of each and all that descend from it."""
        total = values.copy()
        for depth in range(int(self.depth.max(initial=0)), 0, -1):
            some = np.flatnonzero(self.depth == depth)
            np.add.at(total, self.parent[some], total[some])
        return total

    def sites(self, node: int) -> int:
        """How many sites it is."""
        return int(self.count[self.first[node] : self.first[node + 1]].sum())

    def words(self, node: int) -> str:
        """Its mutations by name."""
        if self.barcodes:
            return f"first cell {self.lineage.id[self.cell[node]]}"
        names = [m.name for m in self.lineage.scenario.mutations]
        rows = range(self.first[node], self.first[node + 1])
        told = ((names[self.kind[r]], int(self.count[r])) for r in rows)
        return " + ".join(name if n == 1 else f"{n} {name}" for name, n in told)


@dataclass
class Clones:
    """Clones of a lineage, the first one those that have none of the nodes that are told apart."""

    nodes: Nodes
    of_node: np.ndarray  # (nodes,) the clone that carriers of a node belong to which carry none after it
    parent: np.ndarray  # (clones,) -1 of the first
    members: list[list[int]]  # nodes that came with each
    cells: np.ndarray  # (clones, sites) living tumour cells by site
    names: list[str]

    def __len__(self) -> int:
        return len(self.parent)

    @property
    def lineage(self) -> Lineage:
        return self.nodes.lineage

    def at(self, cells: np.ndarray, ticks: np.ndarray | int) -> np.ndarray:
        """The clone of each of these cells at a tick."""
        node = self.nodes.carried(cells, ticks)
        return np.where(node >= 0, self.of_node[node] if len(self.nodes) else 0, 0)

    @cached_property
    def with_descendants(self) -> np.ndarray:
        """(clones, sites) living tumour cells of each clone and of all that descend from it."""
        total = self.cells.copy()
        for clone in range(len(self) - 1, 0, -1):  # parents stand before
            total[self.parent[clone]] += total[clone]
        return total

    @property
    def prevalence(self) -> np.ndarray:
        """(clones, sites) share of a site's living tumour cells that carry what a clone has; nan without any."""
        with np.errstate(invalid="ignore"):
            return self.with_descendants / self.cells.sum(axis=0)

    def sites(self, clone: int) -> int:
        """How many sites it has more than its parent."""
        return sum(self.nodes.sites(node) for node in self.members[clone])

    def born(self, clone: int) -> int:
        """Tick at which its last mutation arose; 0 of the first."""
        return max((int(self.nodes.tick[node]) for node in self.members[clone]), default=0)


def clones_of(lineage: Lineage, least: float = 0.02, most: int = MOST) -> Clones:
    """Clones whose mutations at least the share ``least`` of some site's living tumour cells carries; the ``most``
    frequent ones."""
    nodes = Nodes(lineage)
    own = np.zeros((len(nodes), len(lineage.sites)), np.int64)
    none = np.zeros(len(lineage.sites), np.int64)
    for k, site in enumerate(lineage.sites):
        mine = site.cell[lineage.tumour[site.cell]]
        node = nodes.carried(mine, lineage.tick)
        np.add.at(own[:, k], node[node >= 0], 1)
        none[k] = (node < 0).sum()
    carriers = nodes.added_up(own)
    there = np.maximum(own.sum(axis=0) + none, 1)
    share = (carriers / there).max(axis=1, initial=0.0)
    share[carriers.max(axis=1, initial=0) < FEW] = 0.0
    if (share >= least).sum() > most:
        least = np.sort(share)[-most]
    seen = np.flatnonzero((share >= least) & (share > 0))
    return _clones(nodes, seen, own, none)


def _clones(nodes: Nodes, seen: np.ndarray, own: np.ndarray, none: np.ndarray) -> Clones:
    """One clone for each of the nodes that are told apart; those that always go together are one."""
    above = np.full(len(nodes), -1)  # the nearest of them that a node is, or descends from
    above[seen] = seen
    for depth in range(1, int(nodes.depth.max(initial=0)) + 1):
        some = np.flatnonzero((nodes.depth == depth) & (above < 0))
        above[some] = above[nodes.parent[some]]
    cells = np.zeros((len(nodes), own.shape[1]), np.int64)
    np.add.at(cells, above[above >= 0], own[above >= 0])
    outer = none + own[above < 0].sum(axis=0)
    up = {int(n): int(above[nodes.parent[n]]) if nodes.parent[n] >= 0 else -1 for n in seen}
    children: dict[int, list[int]] = {}
    for node, parent in up.items():
        children.setdefault(parent, []).append(node)
    of_node, parents, members, counts = np.zeros(len(nodes), np.int64), [-1], [[]], [outer]
    queue = [(child, 0, []) for child in children.get(-1, [])]
    while queue:
        node, parent, before = queue.pop(0)
        below = children.get(node, [])
        if len(below) == 1 and not cells[node].any():  # nobody has this one without the next
            queue.insert(0, (below[0], parent, [*before, node]))
            continue
        clone = len(parents)
        parents.append(parent)
        members.append([*before, node])
        counts.append(cells[node])
        of_node[[*before, node]] = clone
        queue += [(child, clone, []) for child in below]
    of_node = np.where(above >= 0, of_node[above], 0)
    names = [("others" if nodes.barcodes else "founders") if not k else f"c{k}" for k in range(len(parents))]
    return Clones(nodes, of_node, np.array(parents), members, np.array(counts), names)
