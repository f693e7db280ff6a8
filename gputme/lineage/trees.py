"""Trees as text: of clones, whose branches are as long as they have mutations, and of cells, in days."""

from __future__ import annotations

import heapq

import numpy as np

from gputme.columns import TICKS
from gputme.lineage.clones import Clones
from gputme.lineage.history import BLOOD, Lineage
from gputme.rng import Stream, random_words

__all__ = ["cells_newick", "clones_newick", "sample"]

PER_DAY = 1440 * TICKS


def clones_newick(clones: Clones) -> str:
    """The tree of clones in Newick: a branch is as long as the clone has mutations more than its parent."""
    children: dict[int, list[int]] = {}
    for clone in range(1, len(clones)):
        children.setdefault(int(clones.parent[clone]), []).append(clone)
    text: dict[int, str] = {}
    for clone in range(len(clones) - 1, -1, -1):
        below = ",".join(text[child] for child in children.get(clone, ()))
        length = f":{clones.sites(clone)}" if clone else ""
        text[clone] = f"{f'({below})' if below else ''}{clones.names[clone]}{length}"
    return text[0] + ";"


def sample(lineage: Lineage, most: int) -> list[tuple[int, str]]:
    """At most so many living tumour cells, the same ones whenever they are asked for: their places, and where they are.
    Every site has its share, and where it is small all of its cells."""
    found: list[tuple[int, str]] = []
    sites = [(site.name, site.cell[lineage.tumour[site.cell]]) for site in lineage.sites]
    sites = sorted(((name, cell) for name, cell in sites if len(cell)), key=lambda entry: len(entry[1]))
    for k, (name, cell) in enumerate(sites):
        share = (most - len(found)) // (len(sites) - k)
        drawn = random_words(lineage.scenario.seed, 0, lineage.id[cell], Stream.BIOPSY, 0)[0]
        found += [(int(place), name) for place in cell[np.argsort(drawn, kind="stable")[:share]]]
    return found


def cells_newick(lineage: Lineage, leaves: list[tuple[int, str]]) -> str:
    """The tree of some living cells in Newick, branches in days, leaves named by place and id; cells of several first
    cells join at a root at time 0."""
    now = lineage.tick
    text = {cell: (f"{_plain(name)}_{lineage.id[cell]}", now) for cell, name in leaves}
    heap = [(-int(lineage.birth[cell]), cell) for cell in text]
    heapq.heapify(heap)
    roots = []
    while heap:
        tick, cell = heapq.heappop(heap)
        mother, tick = int(lineage.mother[cell]), -tick
        words, since = text.pop(cell)
        if mother < 0:
            roots.append((words, since))
        elif mother in text:
            other, after = text[mother]
            text[mother] = f"({words}:{_days(since - tick)},{other}:{_days(after - tick)})", tick
        else:
            text[mother] = words, since
            heapq.heappush(heap, (-int(lineage.birth[mother]), mother))
    if len(roots) == 1:
        words, since = roots[0]
        return f"({words}:{_days(since)});"
    return "(" + ",".join(f"{words}:{_days(since)}" for words, since in roots) + ");"


def _days(ticks: int) -> str:
    return f"{ticks / PER_DAY:.6g}"


def _plain(name: str) -> str:
    """A name without what means something in Newick."""
    return "".join(c if c.isalnum() or c in "-." else "_" for c in name) or BLOOD
