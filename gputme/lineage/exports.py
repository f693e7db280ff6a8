"""Tables of a lineage as text: by what they are called, rows of values; and the input of two programs that infer
migration histories from such data.

MACHINA (El-Kebir et al., Nat Genet 50:718, 2018) reads an edge list, labels of leaves, colours and frequencies, as the
README of raphael-group/machina says; Metient a table of reads, or of presence, and an edge list of indices, as that
of morrislab/metient.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from scipy.stats import beta

from gputme.columns import TICKS
from gputme.lineage.biopsy import TRUNK, Reads
from gputme.lineage.clones import Clones
from gputme.lineage.history import BLOOD
from gputme.lineage.liquid import Samples
from gputme.lineage.seeding import Colony, Journeys, arrivals

__all__ = ["Rows", "clone_rows", "liquid_rows", "machina", "metient", "prevalence_rows", "seeding_rows", "vaf_rows"]

Rows = list[Sequence[Any]]
"""A table: its heads, then its rows."""
CONFIDENCE = 0.95


def clone_rows(clones: Clones) -> Rows:
    """One row per clone: parent, when and where its last mutation arose, in whom, what it has more than its parent."""
    lineage, nodes = clones.lineage, clones.nodes
    heads = "clone", "parent", "minutes", "tissue", "cell", "sites", "mutations", "living cells", "with descendants"
    rows: Rows = [heads]
    for k in range(len(clones)):
        if not k:
            rows.append((clones.names[0], "", 0.0, lineage.tissues[0], "", 0, "", *_sizes(clones, 0)))
            continue
        last = clones.members[k][-1]
        cell = nodes.cell[last]
        words = " + ".join(nodes.words(node) for node in clones.members[k])
        where, up = lineage.tissues[lineage.tissue[cell]], clones.names[clones.parent[k]]
        when = max(clones.born(k), 0) / TICKS
        rows.append((clones.names[k], up, when, where, lineage.id[cell], clones.sites(k), words, *_sizes(clones, k)))
    return rows


def _sizes(clones: Clones, k: int) -> tuple[int, int]:
    return int(clones.cells[k].sum()), int(clones.with_descendants[k].sum())


def prevalence_rows(clones: Clones) -> Rows:
    """One row per clone and site: living tumour cells, and the share of them that carry what the clone has."""
    rows: Rows = [("clone", "site", "cells", "carriers", "prevalence")]
    for k, name in enumerate(clones.names):
        for s, site in enumerate(clones.lineage.sites):
            if clones.cells[:, s].sum():
                carriers = clones.with_descendants[k, s]
                rows.append((name, site.name, clones.cells[k, s], carriers, float(clones.prevalence[k, s])))
    return rows


def vaf_rows(clones: Clones, reads: Reads) -> Rows:
    """One row per site of the genome and region in which somebody carries it, or a read shows it."""
    heads = "region", "site", "purity", "mutation", "clone", "cell", "true share", "depth", "reads", "vaf", "called"
    rows: Rows = [heads]
    nodes, vaf = clones.nodes, reads.vaf
    for i, mutation in enumerate(reads.mutation):
        node = int(reads.node[i])
        clone = clones.names[clones.of_node[node]] if node >= 0 else ""
        cell = clones.lineage.id[nodes.cell[node]] if node >= 0 else ""
        for k, region in enumerate(reads.regions):
            if reads.share[i, k] or reads.reads[i, k]:
                seen = reads.depth[i, k], reads.reads[i, k], float(vaf[i, k]), int(reads.called[i, k])
                about = region.name, region.site, region.purity, mutation, clone, cell
                rows.append((*about, float(reads.share[i, k]), *seen))
    return rows


def seeding_rows(clones: Clones, found: Journeys, grown: list[Colony]) -> Rows:
    """One row per colony: how many cells, of how many that came and of which clones, whence and since when."""
    tissues = clones.lineage.tissues
    heads = "organ", "colony", "kind", "cells", "native cells", "seeds", "arrivals", "clones", "from", "first minutes"
    rows: Rows = [(*heads, "x", "y", "z")]
    for colony in grown:
        seeds = colony.seeds
        units = len(set(zip(found.unit[seeds].tolist(), found.until[seeds].tolist())))
        origins = " ".join(tissues[k] for k in sorted(set(found.origin[seeds].tolist())))
        kinds = " ".join(clones.names[k] for k in colony.clones)
        first = found.until[seeds].min() / TICKS if len(seeds) else ""
        about = tissues[colony.tissue], colony.number, colony.kind, len(colony.cells), colony.native
        rows.append((*about, len(seeds), units, kinds, origins, first, *(round(x, 1) for x in colony.centre)))
    for tissue in clones.lineage.tallies:
        for trip in arrivals(found, tissue):
            about = tissues[tissue], "", "tallied", 1, 0, 1, 1, clones.names[found.clone[trip]]
            rows.append((*about, tissues[found.origin[trip]], found.until[trip] / TICKS, "", "", ""))
    return rows


def liquid_rows(samples: Samples) -> Rows:
    """One row per sample of blood."""
    heads = (
        "minutes", "single cells", "clusters", "genomes per ml plasma", "single cells found", "clusters found",
        "copies found", "positive", "detected",
    )  # fmt: skip
    return [heads, *zip(*(values.tolist() for values in vars(samples).values()))]


def _present(clones: Clones) -> list[int]:
    """Numbers of the sites that hold tumour cells, the blood left out."""
    sites = clones.lineage.sites
    return [s for s, site in enumerate(sites) if site.name != BLOOD and clones.cells[:, s].sum()]


def _interval(reads: int, depth: int) -> tuple[float, float]:
    """Of the share of cells that carry a heterozygous site, by the exact interval of Clopper and Pearson."""
    tail = (1 - CONFIDENCE) / 2
    low = beta.ppf(tail, reads, depth - reads + 1) if reads else 0.0
    high = beta.ppf(1 - tail, reads + 1, depth - reads) if reads < depth else 1.0
    return float(min(2 * low, 1.0)), float(min(2 * high, 1.0))


def machina(clones: Clones, reads: Reads) -> Iterator[tuple[str, str]]:
    """Files of MACHINA by name: `clones.tree`, `clones.labeling` of its leaves, `vertices.labeling` the true one of all
    vertices, `coloring.txt`, `frequencies.tsv`."""
    lineage, nodes = clones.lineage, clones.nodes
    sites, names = _present(clones), [_plain(site.name) for site in lineage.sites]
    kept = [k for k in range(1, len(clones)) if clones.with_descendants[k, sites].any()]  # a leaf needs a site
    edges = [(clones.names[clones.parent[k]], clones.names[k]) for k in kept]
    there = [(clones.names[k], names[s]) for k in (0, *kept) for s in sites if clones.cells[k, s]]
    leaves = [(f"{clone}_{site}", site) for clone, site in there]
    edges += [(clone, leaf) for (clone, _), (leaf, _) in zip(there, leaves)]
    inner = [(clones.names[0], names[0])]
    for k in kept:
        inner.append((clones.names[k], names[lineage.tissue[nodes.cell[clones.members[k][-1]]]]))
    yield "clones.tree", _lines(edges)
    yield "clones.labeling", _lines(leaves)
    yield "vertices.labeling", _lines([*inner, *leaves])
    yield "coloring.txt", _lines([(names[s], k + 1) for k, s in enumerate(sites)])
    regions, pooled = _pooled(clones, reads)
    heads = ("#sample_index", "sample_label", "anatomical_site_index", "anatomical_site_label", "character_index")
    rows = [(*heads, "character_label", "f_lb", "f_ub")]
    places = [region.site for region in regions]
    index = {name: k for k, name in enumerate(dict.fromkeys(places))}
    for k, region in enumerate(regions):
        for number, clone in enumerate(kept):
            low, high = _interval(*pooled[clone, k])
            about = k, _plain(region.name), index[region.site], _plain(region.site)
            rows.append((*about, number, clones.names[clone], f"{low:.6g}", f"{high:.6g}"))
    counts = ((len(index), "#anatomical sites"), (len(regions), "#samples"), (len(kept), "#mutation clusters"))
    yield "frequencies.tsv", "".join(f"{n} {what}\n" for n, what in counts) + _lines(rows, "\t")


def metient(clones: Clones, reads: Reads) -> Iterator[tuple[str, str]]:
    """Files of Metient by name: `reads.tsv` (its kind 1a), `present.tsv` (1b) and `tree.txt`. Cluster 0 is the trunk,
    which all tumour cells carry."""
    sites = clones.lineage.sites
    places = list(dict.fromkeys(region.site for region in reads.regions))
    shared = ("anatomical_site_index", "anatomical_site_label")
    heads = "character_index", "character_label", "cluster_index", "ref", "var", "site_category", "var_read_prob"
    rows: Rows = [(*shared, *heads)]
    cluster = [0 if n < 0 else int(clones.of_node[n]) for n in reads.node]
    for i, mutation in enumerate(reads.mutation):
        if i and not cluster[i]:
            continue  # of no clone that is told apart
        for k, region in enumerate(reads.regions):
            var = int(reads.reads[i, k])
            about = places.index(region.site), region.site, i, TRUNK if not i else f"{mutation}-{i}"
            category = "primary" if not region.number else "metastasis"
            rows.append((*about, cluster[i], int(reads.depth[i, k]) - var, var, category, 0.5))
    yield "reads.tsv", _lines(rows, "\t")
    found: Rows = [(*shared, "cluster_index", "cluster_label", "present", "site_category", "num_mutations")]
    for index, place in enumerate(places):
        s = next(k for k, site in enumerate(sites) if site.name == place)
        for k, name in enumerate(clones.names):
            label, many = (TRUNK, 1) if not k else (name, clones.sites(k))
            category = "primary" if not s else "metastasis"
            found.append((index, place, k, label, int(clones.cells[k, s] > 0), category, many))
    yield "present.tsv", _lines(found, "\t")
    yield "tree.txt", _lines([(clones.parent[k], k) for k in range(1, len(clones))])


def _pooled(clones: Clones, reads: Reads) -> tuple[list, np.ndarray]:
    """Regions, and for each clone and region the reads that show its sites and their depth, added up: (clones, regions,
    2)."""
    pooled = np.zeros((len(clones), len(reads.regions), 2), np.int64)
    for i, node in enumerate(reads.node.tolist()):
        if node >= 0 and (clone := int(clones.of_node[node])):
            pooled[clone] += np.stack([reads.reads[i], reads.depth[i]], axis=1)
    return reads.regions, pooled


def _lines(rows: Sequence[Sequence[Any]], between: str = " ") -> str:
    return "".join(between.join(map(str, row)) + "\n" for row in rows)


def _plain(name: str) -> str:
    """A name without spaces, which separate what stands in a line."""
    return "_".join(name.split())
