r"""A virtual biopsy: regions that are cut out of a tumour and sequenced.

In a region of n cells of all types, of which c carry a site, of two copies of each cell's genome one, a read
shows it with the probability c / (2 n). The depth of a site is a Poisson number, reads that show it a binomial one. A
site is called where enough reads do, and a large enough share. What is drawn is keyed by (seed, site, region): nothing
depends on the order, or on what else is sequenced.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom, poisson

from gputme.lineage.clones import Clones, Nodes
from gputme.lineage.history import BLOOD, Lineage, Site
from gputme.model.biopsy import Biopsy
from gputme.rng import Stream, random_words, uniform

__all__ = ["TRUNK", "Reads", "Region", "biopsied"]

TRUNK = "trunk"
"""The site that all tumour cells carry: what had made them a tumour before the simulation began."""
CENTRE, DEPTH, ALTERNATIVE = 1, 2, 3  # draws; 0: `trees.sample`


@dataclass
class Region:
    """What was cut out."""

    name: str
    site: str
    number: int  # of the site
    centre: tuple[float, float, float]  # um
    cell: np.ndarray  # places of all cells in the lineage
    tumour: np.ndarray  # whether each is a tumour cell

    @property
    def purity(self) -> float:
        return float(self.tumour.mean()) if len(self.tumour) else 0.0


@dataclass
class Reads:
    """What was sequenced: (sites, regions) arrays, sites by (cell, tick, mutation); the first is the trunk."""

    regions: list[Region]
    node: np.ndarray  # (sites,) -1: the trunk
    mutation: list[str]  # (sites,)
    share: np.ndarray  # of the region's tumour cells that carry it
    depth: np.ndarray
    reads: np.ndarray  # that show it
    called: np.ndarray

    @property
    def vaf(self) -> np.ndarray:
        """Share of the reads that show it; nan where there are none."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.reads / self.depth


def biopsied(clones: Clones, given: Biopsy) -> Reads:
    """Regions of every site that has tumour cells, and their reads."""
    lineage, nodes = clones.lineage, clones.nodes
    regions = [
        region
        for number, site in enumerate(lineage.sites)
        if site.name != BLOOD
        for region in _regions(lineage, number, site, given)
    ]
    carriers = np.zeros((len(nodes), len(regions)), np.int64)
    for k, region in enumerate(regions):
        node = nodes.carried(region.cell[region.tumour], lineage.tick)
        np.add.at(carriers[:, k], node[node >= 0], 1)
    carriers = nodes.added_up(carriers)
    node, number, mutation = _sites(nodes, np.flatnonzero(carriers.any(axis=1)))
    every = np.array([[region.tumour.sum() for region in regions]], np.int64).reshape(1, len(regions))
    counted = np.concatenate([every, carriers[node[1:]]]) if len(node) > 1 else every
    size = np.array([len(region.cell) for region in regions])
    ids = number[:, None] + np.zeros(len(regions), np.uint64)
    which = np.arange(len(regions))[None] + np.zeros((len(number), 1), np.int64)
    u, v = (
        uniform(random_words(lineage.scenario.seed, which.ravel(), ids.ravel(), Stream.BIOPSY, draw)[0])
        for draw in (DEPTH, ALTERNATIVE)
    )
    depth = poisson.ppf(u, given.depth).astype(np.int64).reshape(counted.shape)
    chance = counted / (2 * np.maximum(size, 1))
    reads = binom.ppf(v.reshape(counted.shape), depth, chance).astype(np.int64)
    called = (reads >= given.reads) & (reads >= given.limit * depth)
    with np.errstate(invalid="ignore"):
        share = counted / np.maximum(every, 1)
    return Reads(regions, node, mutation, share, depth, reads, called)


def _sites(nodes: Nodes, there: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Of each site of these nodes: its node, its number in the whole lineage, and its mutation; the trunk, 0, first."""
    starts = np.concatenate([[0], np.cumsum(nodes.count)])
    names = ["barcode"] if nodes.barcodes else [m.name for m in nodes.lineage.scenario.mutations]
    node, number, words = [-1], [0], [TRUNK]
    for n in there.tolist():
        for row in range(nodes.first[n], nodes.first[n + 1]):
            for k in range(int(nodes.count[row])):
                node.append(n)
                number.append(1 + int(starts[row]) + k)
                words.append(names[nodes.kind[row]])
    return np.array(node), np.array(number, np.uint64), words


def _regions(lineage: Lineage, number: int, site: Site, given: Biopsy) -> list[Region]:
    """Balls around tumour cells that are drawn, the next one always outside of those before where there is any."""
    tumour = lineage.tumour[site.cell]
    mine = np.flatnonzero(tumour)
    if len(mine) < given.least:
        return []
    drawn = random_words(lineage.scenario.seed, number, lineage.id[site.cell[mine]], Stream.BIOPSY, CENTRE)[0]
    left, found = mine[np.argsort(drawn, kind="stable")], []
    while len(left) and len(found) < given.regions:
        centre = site.xyz[left[0]]
        off = site.xyz - centre
        inside = (off * off).sum(axis=1) <= given.radius**2
        name = f"{site.name} {len(found) + 1}"
        found.append(Region(name, site.name, number, tuple(centre.tolist()), site.cell[inside], tumour[inside]))
        apart = site.xyz[left] - centre
        left = left[(apart * apart).sum(axis=1) > (2 * given.radius) ** 2]
    return found
