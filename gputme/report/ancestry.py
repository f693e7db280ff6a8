"""Figures of a lineage: clones over time, their tree, ways through the body, biopsies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from gputme.columns import TICKS
from gputme.lineage.clones import Clones
from gputme.lineage.writing import Told
from gputme.report.clone_colours import clone_colours, order_of
from gputme.report.sankey import draw_ways
from gputme.report.style import BLUE, INK, MUTED, ORANGE, PAPER, RULE, VERMILLION, save, style

__all__ = ["write_figures"]

TIMES = 80
PER_DAY = 1440 * TICKS


def write_figures(told: Told, folder: Path, said: Callable[[Path], None] = lambda path: None) -> list[Path]:
    """Write all figures that a lineage has into a folder; the paths."""
    import matplotlib

    matplotlib.use("Agg")
    made = []
    for name, draw in _figures(told):
        with style():
            figure = draw()
            path = folder / name
            save(figure, path)
        made.append(path)
        said(path)
    return made


def _figures(told: Told) -> Iterator[tuple[str, Callable[[], Any]]]:
    yield "muller.png", lambda: muller(told.clones)
    yield "tree.png", lambda: tree(told.clones)
    if len(told.journeys.cell):
        yield "ways.png", lambda: draw_ways(told)
    if told.reads.regions:
        yield "biopsy.png", lambda: biopsy(told)
    if told.lineage.scenario.body:
        yield "liquid.png", lambda: liquid(told)


def muller(clones: Clones) -> Any:
    """Sizes of clones over time, one panel for each place where tumour cells ever were: descendants grow out of the
    middle of their parents."""
    from matplotlib.figure import Figure

    ticks, sizes = _sizes(clones)
    names = [site.name for site in clones.lineage.sites]
    shown = [k for k in range(len(names)) if sizes[:, k].any()]
    figure = Figure(figsize=(8, 1.2 + 1.9 * len(shown)), layout="constrained")
    colours = clone_colours(clones)
    for row, k in enumerate(shown, start=1):
        axes = figure.add_subplot(len(shown), 1, row)
        edges = _nested(clones, sizes[:, k])
        days = ticks / PER_DAY
        for clone in order_of(clones):
            low, high = edges[clone]
            axes.fill_between(days, low, high, color=colours[clone], linewidth=0)
            axes.plot(days, low, color="white", linewidth=0.3)
        most = int(sizes[:, k].sum(axis=0).max())
        axes.set_title(f"{names[k]}: {'up to ' if k else ''}{most} tumour cells")
        axes.set_xlim(days[0], days[-1])
        axes.grid(False)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        if row == len(shown):
            axes.set_xlabel("time, d")
        else:
            axes.set_xticklabels([])
    return figure


def _sizes(clones: Clones) -> tuple[np.ndarray, np.ndarray]:
    """Times, and living tumour cells by clone, site and time. Where cells are follows from where they were born, and
    from their journeys."""
    from gputme.lineage.seeding import journeys
    from gputme.state.ledger import Event

    lineage = clones.lineage
    ticks = np.linspace(0, lineage.tick, TIMES).astype(np.int64)
    sizes = np.zeros((len(clones), len(lineage.sites), TIMES), np.int64)
    trips = journeys(clones)
    order = np.argsort(trips.left, kind="stable")
    for t, now in enumerate(ticks.tolist()):
        there = np.flatnonzero(lineage.tumour & (lineage.birth <= now) & (now < lineage.end))
        site = lineage.tissue.astype(np.int64)
        gone = order[trips.left[order] <= now]
        out = (trips.fate[gone] == Event.CAME_OUT) & (trips.until[gone] <= now)
        site[trips.cell[gone]] = np.where(out, trips.where[gone], len(lineage.sites) - 1)  # the last way holds
        np.add.at(sizes[:, :, t], (clones.at(there, now), site[there]), 1)
    return ticks, sizes


def _nested(clones: Clones, own: np.ndarray) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Lower and upper edge of each clone with all that descends from it, own cells around: own (clones, times)."""
    total = own.astype(np.float64)
    for clone in range(len(clones) - 1, 0, -1):
        total[clones.parent[clone]] += total[clone]
    edges, inside = {}, {}
    for clone in order_of(clones):
        low = -total[clone] / 2 if not clone else inside[int(clones.parent[clone])].copy()
        edges[clone] = low, low + total[clone]
        if clone:
            inside[int(clones.parent[clone])] += total[clone]
        inside[clone] = low + own[clone] / 2
    return edges


def tree(clones: Clones) -> Any:
    """The tree of clones, branches as long as they have mutations, and beside it how many of a site's tumour cells
    carry what a clone has."""
    from matplotlib.figure import Figure

    order = order_of(clones)
    row = {clone: place for place, clone in enumerate(order)}
    depth = np.zeros(len(clones))
    for clone in order[1:]:
        depth[clone] = depth[clones.parent[clone]] + clones.sites(clone)
    present = [k for k in range(clones.cells.shape[1]) if clones.cells[:, k].sum()]
    figure = Figure(figsize=(7.5, 1.3 + 0.19 * max(len(clones), 6)), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 0.55 * len(present) + 0.3))
    colours = clone_colours(clones)
    for clone in order[1:]:
        parent = int(clones.parent[clone])
        left.plot([depth[parent]] * 2 + [depth[clone]], [row[parent], *[row[clone]] * 2], color=MUTED, linewidth=0.8)
    for clone in order:
        left.plot(depth[clone], row[clone], "o", color=colours[clone], markersize=5.5, markeredgecolor=INK, mew=0.4)
        words = clones.names[clone] if not clone else f"{clones.names[clone]}  {_short(clones, clone)}"
        left.annotate(words, (depth[clone], row[clone]), (6, 0), textcoords="offset points", va="center", fontsize=6.5)
    left.set_xlim(-0.4, max(depth.max(), 1) * 1.45 + 0.6)
    left.set_ylim(len(clones) - 0.4, -0.6)
    left.set_xlabel("mutations" if not clones.nodes.barcodes else "")
    left.set_yticks([])
    left.grid(False)
    left.spines["left"].set_visible(False)
    left.set_title("Clones")
    share = clones.prevalence
    for column, k in enumerate(present):
        for clone in order:
            if share[clone, k] > 0:
                size = 90 * share[clone, k] ** 0.5
                right.scatter(column, row[clone], s=size, color=colours[clone], edgecolor=INK, linewidth=0.3)
    right.set_xticks(range(len(present)), [clones.lineage.sites[k].name for k in present], rotation=45, ha="right")
    right.set_xlim(-0.7, len(present) - 0.3)
    right.set_title("Share of cells", fontsize=9)
    right.spines["left"].set_visible(False)
    return figure


def _short(clones: Clones, clone: int) -> str:
    words = " + ".join(clones.nodes.words(node) for node in clones.members[clone])
    return words if len(words) < 34 else f"{clones.sites(clone)} mutations"


def biopsy(told: Told) -> Any:
    """Shares of reads by region: each called site that is not in all cells, as a heat map, and how many there are
    of each share."""
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

    reads, clones = told.reads, told.clones
    some = np.flatnonzero(reads.called[1:].any(axis=1)) + 1
    place = np.argsort(order_of(clones))[clones.of_node[reads.node[some]]]
    some = some[np.lexsort((-reads.vaf[some].max(axis=1), place))]
    figure = Figure(figsize=(8, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    paper = LinearSegmentedColormap.from_list("reads", [PAPER, "#9CC5E8", BLUE, "#0B2A5B"])
    shares = np.where(reads.called[some], reads.vaf[some], np.nan).T
    shown = left.imshow(np.nan_to_num(shares), aspect="auto", cmap=paper, vmin=0, vmax=0.5, interpolation="nearest")
    left.set_yticks(range(len(reads.regions)), [f"{r.name}  ({len(r.cell)} cells)" for r in reads.regions])
    left.set_xticks([])
    left.set_xlabel(f"{len(some)} called sites, by clone")
    left.grid(False)
    left.set_title("Share of reads in each region")
    figure.colorbar(shown, ax=left, shrink=0.6, label="share of reads")
    bins = np.linspace(0, 0.6, 31)
    for name, colour in zip(dict.fromkeys(r.site for r in reads.regions), (BLUE, VERMILLION, ORANGE, INK, MUTED)):
        mine = [k for k, region in enumerate(reads.regions) if region.site == name]
        values = reads.vaf[1:, mine][reads.called[1:, mine]]
        right.hist(values, bins, histtype="step", color=colour, linewidth=1.5, label=f"{name} ({len(values)})")
    right.set_xlabel("share of reads")
    right.set_ylabel("called sites")
    right.legend(fontsize=8)
    right.set_title("Spectrum")
    return figure


def liquid(told: Told) -> Any:
    """Samples of blood: cells that were found, and those that there were; DNA."""
    from matplotlib.figure import Figure

    samples, given = told.samples, told.biopsy.liquid
    figure = Figure(figsize=(7, 4.4), layout="constrained")
    cells, dna = figure.subplots(2, 1, sharex=True)
    days = samples.minutes / 1440
    volume = f"{given.sample / 1e12:g} mL"
    wide, below = _width(days), samples.found_single
    cells.bar(days, below, width=wide, color=BLUE, label="single cells")
    cells.bar(days, samples.found_clusters, width=wide, bottom=below, color=VERMILLION, label="clusters")
    mean = (samples.single + samples.clusters) * given.scale * given.recovery * given.sample / given.blood
    cells.plot(days, mean, color=INK, linewidth=1, marker="o", markersize=3, label="expected")
    cells.set_ylabel(f"found in {volume}")
    cells.set_title("Circulating tumour cells")
    cells.set_ylim(bottom=0)
    cells.legend(fontsize=8, loc="upper left")
    dna.plot(days, samples.genomes, color=INK, linewidth=1, marker="o", markersize=3)
    found = samples.detected
    mark = dict(color=ORANGE, markersize=7, markeredgecolor=INK, mew=0.6)
    dna.plot(days[found], samples.genomes[found], "o", label="detected", **mark)
    dna.set_ylabel("genomes per mL plasma")
    dna.set_xlabel("time, d")
    dna.set_title(f"Tumour DNA, half-life {given.half_life:g} min")
    dna.set_ylim(bottom=0)
    if found.any():
        dna.legend(fontsize=8, loc="upper left")
    for axes in (cells, dna):
        axes.spines["bottom"].set_color(RULE)
    return figure


def _width(days: np.ndarray) -> float:
    return 0.6 * float(np.diff(days).min(initial=1.0)) if len(days) > 1 else 0.6
