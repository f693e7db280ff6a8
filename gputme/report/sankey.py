"""Ways of tumour cells through the body as ribbons: whence they left, where they were held, what became of them; and
which clones founded the colonies."""

from __future__ import annotations

from typing import Any

import numpy as np

from gputme.lineage.writing import Told
from gputme.report.clone_colours import clone_colours
from gputme.report.style import INK, MUTED, VERMILLION
from gputme.state.ledger import Event

__all__ = ["draw_ways"]

GAP = 0.06
"""Between the bars of a column, of its height."""
WORDS = {Event.ENTERED: "on their way", Event.DIED: "died", Event.HELD: "held", Event.CAME_OUT: "came out"}
SHADES = ("#4C78A8", "#72B7B2", "#E7A13D", "#B279A2", "#59A14F", "#9D755D", "#EECA3B", "#79706E")


def draw_ways(told: Told) -> Any:
    """Ribbons on the left, colonies by the clones of their seeds on the right."""
    from matplotlib.figure import Figure

    grown = [colony for colony in told.colonies if len(colony.seeds)][:12]
    height = max(4.0, 1.4 + 0.32 * len(grown))
    figure = Figure(figsize=(9.5, height), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2)) if grown else (figure.subplots(), None)
    _ribbons(told, left)
    if right is not None:
        _colonies(told, right, grown)
    return figure


def _ribbons(told: Told, axes: Any) -> None:
    trips, tissues = told.journeys, told.lineage.tissues
    ways: dict[tuple[str, str, str], int] = {}
    for origin, held, fate, where in zip(*(a.tolist() for a in (trips.origin, trips.held, trips.fate, trips.where))):
        middle = f"capillaries: {tissues[held]}" if held >= 0 else "blood"
        end = f"{WORDS[fate]}: {tissues[where]}" if where >= 0 and fate in (Event.CAME_OUT, Event.HELD) else WORDS[fate]
        way = f"left {tissues[origin]}", middle, end
        ways[way] = ways.get(way, 0) + 1
    total = sum(ways.values())
    columns = [sorted({way[k] for way in ways}) for k in range(3)]
    shade = {name: SHADES[k % len(SHADES)] for k, name in enumerate(dict.fromkeys(n for c in columns for n in c))}
    shade |= {name: "#B9BEC7" for name in shade if name.startswith("died")}
    bars = [{} for _ in columns]
    for k, names in enumerate(columns):
        y = 0.0
        for name in names:
            size = sum(n for way, n in ways.items() if way[k] == name) / total
            bars[k][name] = y
            axes.add_patch(_bar(k, y, size, shade[name]))
            side = "right" if not k else "left"
            x = k - 0.05 if not k else k + 0.05
            axes.text(x, y + size / 2, f"{name}  {round(size * total)}", ha=side, va="center", fontsize=7, color=INK)
            y += size + GAP
    for k in range(2):
        filled = {(side, name): bars[k + side][name] for side in (0, 1) for name in bars[k + side]}
        pairs: dict[tuple[str, str], int] = {}
        for way, n in ways.items():
            pairs[way[k], way[k + 1]] = pairs.get((way[k], way[k + 1]), 0) + n
        for (a, b), n in sorted(pairs.items()):
            size = n / total
            _ribbon(axes, k, filled[0, a], filled[1, b], size, shade[b])
            filled[0, a] += size
            filled[1, b] += size
    axes.set_xlim(-0.55, 2.6)
    axes.set_ylim(1 + GAP * max(map(len, columns)), -GAP)
    axes.axis("off")
    axes.set_title(f"{total} ways through the blood")


def _bar(column: int, y: float, size: float, colour: str) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((column - 0.03, y), 0.06, size, color=colour, linewidth=0)


def _ribbon(axes: Any, column: int, start: float, end: float, size: float, colour: str) -> None:
    """A band of constant height between two columns, by the smooth step 3 x^2 - 2 x^3."""
    x = np.linspace(0, 1, 40)
    low = start + (end - start) * x * x * (3 - 2 * x)
    axes.fill_between(column + 0.03 + 0.94 * x, low, low + size, color=colour, alpha=0.38, linewidth=0)


def _colonies(told: Told, axes: Any, grown: list) -> None:
    """A bar for each colony, of the cells of each clone in it, and how many cells had come."""
    clones, tissues = told.clones, told.lineage.tissues
    colours = clone_colours(clones)
    labels = []
    for row, colony in enumerate(grown):
        sizes = np.bincount(clones.at(colony.cells, told.lineage.tick), minlength=len(clones))
        left = 0
        for clone in np.flatnonzero(sizes):
            axes.barh(row, sizes[clone], left=left, color=colours[clone], edgecolor="white", linewidth=0.5, height=0.7)
            left += sizes[clone]
        mark = VERMILLION if colony.kind == "polyclonal" else MUTED
        seeds = f"{colony.kind}, {len(colony.seeds)} came" if len(colony.seeds) > 1 else f"{colony.kind}, 1 came"
        axes.annotate(seeds, (left, row), (4, 0), textcoords="offset points", va="center", fontsize=7, color=mark)
        labels.append(f"{tissues[colony.tissue]} {colony.number}")
    axes.set_yticks(range(len(grown)), labels, fontsize=7.5)
    axes.set_ylim(len(grown) - 0.4, -0.6)
    axes.set_xlim(right=1.6 * max(len(colony.cells) for colony in grown))
    axes.grid(axis="y", visible=False)
    axes.set_xlabel("cells, coloured by clone")
    axes.set_title("Colonies and who founded them")
