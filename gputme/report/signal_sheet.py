"""The map of who signals to whom as a picture: senders on the left, lines from them to their signals, and what each
signal does to whom as a table."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Any

from gputme.errors import RequestError
from gputme.io.atomic import write_atomic
from gputme.model import Scenario
from gputme.report.edges import Node
from gputme.report.signal_map import Chip, Map, mapped
from gputme.report.signalling import signals
from gputme.report.style import BLUE, INK, MUTED, PAPER, RULE, VERMILLION, legible, save, style, type_colour

__all__ = ["draw_map", "signal_picture", "signal_table"]

EFFECTS = {"promotes": BLUE, "inhibits": VERMILLION, "takes up": MUTED}
SMALL, PLAIN, LARGE = 6.8, 7.6, 10.0  # points, of type
LINE, PAD, EDGE = 9.4, 4.0, 14.0  # points: a line of text in a cell, around it, and around the picture
SWATCH, GAP = 7.0, 4.0
LEAST_CURVES, MOST_CURVES = 80.0, 190.0  # points between senders and signals
WIDE = 15  # letters, from which on a text in a cell is broken
COLUMNS = ("source kind", "source", "direction", "what", "target kind", "target", "effect", "contact", "through", "key")


def signal_table(scenario: Scenario) -> str:
    """The edges as text: a table separated by commas, one row for each."""
    text = StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for e in signals(scenario):
        way = "increases" if e.raises else "decreases"
        touch = "yes" if e.contact else "no"
        table.writerow((*e.source, way, e.what, *e.target, e.effect, touch, e.through, e.key))
    return text.getvalue()


def signal_picture(scenario: Scenario, path: Path) -> Path:
    """Write the map of a scenario as a picture, or its edges as a table where the path ends in .csv."""
    path = Path(path)
    if path.suffix == ".csv":
        write_atomic(path, signal_table(scenario).encode())
        return path
    with style():
        save(draw_map(scenario), path)
    return path


def draw_map(scenario: Scenario) -> Any:
    """A figure of who signals to whom. Raises RequestError where nothing does."""
    shown = mapped(scenario)
    if not shown.rows:
        raise RequestError(f"{scenario.name}: nothing signals to anything: there is no map to draw")
    return _Sheet(scenario, shown).figure()


class _Sheet:
    """The picture: a sheet in points from its upper left corner."""

    def __init__(self, scenario: Scenario, shown: Map):
        self.shown, self.title = shown, scenario.title or scenario.name
        names = [t.name for t in scenario.cell_types]
        self.colours = {Node("type", n): type_colour(scenario, i) for i, n in enumerate(names)}
        self.texts = [[_broken(_sign(c) + c.text) for c in row.cells.get(to, [])] for row in shown.rows
                      for to in shown.receivers]  # fmt: skip
        many = len(shown.receivers)
        self.cell = {(i // many, i % many): texts for i, texts in enumerate(self.texts)}
        self.heads = [_broken(node.name, 12) for node in shown.receivers]
        self.left = EDGE + SWATCH + GAP + _widest((n.name for n in shown.senders), PLAIN)
        lines = sum(len(row.senders) for row in shown.rows)
        self.signal = self.left + min(LEAST_CURVES + 2.0 * lines, MOST_CURVES)
        self.table = self.signal + _widest((row.label for row in shown.rows), PLAIN, bold=True) + 14
        self.columns, x = [], self.table
        for k, head in enumerate(self.heads):
            inside = [line for i in range(len(shown.rows)) for text in self.cell[i, k] for line in text]
            self.columns.append(x)
            x += max(_widest(inside, SMALL), _widest(head, PLAIN, bold=True)) + 2 * PAD + 3
        self.width = max(x, EDGE + _widest([self.title], LARGE, bold=True), 430.0) + EDGE
        self.top = EDGE + 2.9 * LARGE + LINE * max(map(len, self.heads), default=0) + SWATCH + 12
        self.rows, y = [], self.top
        for i in range(len(shown.rows)):
            tall = max([1, *(sum(map(len, self.cell[i, k])) for k in range(many))]) * LINE + 2 * PAD
            self.rows.append((y, tall))
            y += tall
        self.bottom = max(y, self.top + 16.0 * len(shown.senders))
        self.height = self.bottom + 3.4 * LINE + EDGE

    def figure(self) -> Any:
        """All of it drawn."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(self.width / 72, self.height / 72))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, self.width), ylim=(self.height, 0))
        axes.axis("off")
        say = self._writer(axes)
        say(EDGE, EDGE + LARGE / 2, self.title, LARGE, INK, True)
        say(EDGE, EDGE + 2.0 * LARGE, "Who makes which signal, and what it does to whom", PLAIN, MUTED)
        self._heads(axes, say)
        for i in range(len(self.shown.rows)):
            self._row(axes, say, i)
        self._senders(axes, say)
        self._legend(axes, say)
        return figure

    def _writer(self, axes: Any) -> Callable[..., None]:
        def say(x: float, y: float, text: str, size: float, colour: Any, bold: bool = False) -> None:
            weight = "bold" if bold else "normal"
            axes.text(x, y, text, size=size, color=colour, weight=weight, va="center_baseline")

        return say

    def _heads(self, axes: Any, say: Callable[..., None]) -> None:
        """Receivers above their columns, each with its colour."""
        for x, head, node in zip(self.columns, self.heads, self.shown.receivers):
            y = self.top - 8 - LINE * (len(head) - 0.5)
            _swatch(axes, x + PAD, y - LINE / 2 - SWATCH - 1, self.colours.get(node))
            for j, line in enumerate(head):
                say(x + PAD, y + j * LINE, line, PLAIN, INK, True)

    def _row(self, axes: Any, say: Callable[..., None], i: int) -> None:
        """One signal: its name, a rule to what it does, and that."""
        row, (y, tall) = self.shown.rows[i], self.rows[i]
        right = self.columns[-1] if self.columns else self.table
        right = max(right, self.width - EDGE)
        axes.plot([self.signal, right], [y, y], color=RULE, linewidth=0.6, zorder=0)
        if i % 2:
            axes.fill_between([self.signal, right], y, y + tall, color=PAPER, linewidth=0, zorder=-1)
        say(self.signal + 6, y + tall / 2, row.label, PLAIN, INK if row.node else MUTED, True)
        for k, to in enumerate(self.shown.receivers):
            at = y + tall / 2 - (sum(map(len, self.cell[i, k])) - 1) * LINE / 2
            for chip, lines in zip(row.cells.get(to, []), self.cell[i, k]):
                for line in lines:
                    say(self.columns[k] + PAD, at, line, SMALL, EFFECTS[chip.effect])
                    at += LINE

    def _senders(self, axes: Any, say: Callable[..., None]) -> None:
        """Senders, and a line from each to its signals in its colour: an arrow where it adds, a bar where it takes."""
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path as Way

        pitch = (self.bottom - self.top) / len(self.shown.senders) if self.shown.senders else 0.0
        for j, sender in enumerate(self.shown.senders):
            y, colour = self.top + (j + 0.5) * pitch, self.colours.get(sender)
            _swatch(axes, EDGE, y - SWATCH / 2, colour)
            say(EDGE + SWATCH + GAP, y, sender.name, PLAIN, INK)
            start, ink = EDGE + SWATCH + 2 * GAP + _width(sender.name, PLAIN), legible(colour or MUTED)
            for i, row in enumerate(self.shown.rows):
                if sender not in row.senders:
                    continue
                end, (above, tall) = self.signal - 1, self.rows[i]
                others = sorted(row.senders, key=self.shown.senders.index)
                to = above + tall * (others.index(sender) + 1) / (len(others) + 1)
                middle = (self.left + end) / 2
                points = [(start, y), (self.left + 6, y), (middle, y), (middle, to), (end - 7, to), (end - 4, to)]
                codes = [Way.MOVETO, Way.LINETO, Way.CURVE4, Way.CURVE4, Way.CURVE4, Way.LINETO]
                way = Way(points, codes)
                axes.add_patch(PathPatch(way, fill=False, edgecolor=ink, linewidth=0.9, zorder=1))
                if row.senders[sender]:
                    axes.fill([end - 5, end, end - 5], [to - 2.4, to, to + 2.4], color=ink, linewidth=0, zorder=2)
                else:
                    axes.plot([end - 3, end - 3], [to - 3, to + 3], color=ink, linewidth=1.4, zorder=2)

    def _legend(self, axes: Any, say: Callable[..., None]) -> None:
        y, x = self.bottom + 1.6 * LINE, EDGE
        for text, effect in (
            ("▲ more, ▼ less: promotes the cell, or what it does", "promotes"), ("inhibits it", "inhibits"),
            ("takes the signal up, or becomes another type", "takes up"),
        ):  # fmt: skip
            say(x, y, text, SMALL, EFFECTS[effect])
            x += _width(text, SMALL) + 14
        text = "Lines lead from senders, in their colour: an arrow makes the signal, a bar lowers it"
        say(EDGE, y + 1.4 * LINE, text, SMALL, MUTED)


def _swatch(axes: Any, x: float, y: float, colour: str | None) -> None:
    """A cell in the colour of its type; nothing for what is no type."""
    if colour:
        from matplotlib.patches import Circle

        axes.add_patch(Circle((x + SWATCH / 2, y + SWATCH / 2), SWATCH / 2, facecolor=colour, edgecolor=INK, lw=0.3))


def _sign(chip: Chip) -> str:
    return "" if chip.effect == "takes up" else "▲ " if chip.raises else "▼ "


def _broken(text: str, most: int = WIDE) -> tuple[str, ...]:
    """A text in lines of about so many letters, broken at spaces, and long words after hyphens."""
    lines = [""]
    for word in text.split(" "):
        for k, part in enumerate(word.replace("-", "-\u200b").split("\u200b") if len(word) > most else [word]):
            space = " " if lines[-1] and not k else ""
            if lines[-1] not in ("", "▲", "▼") and len(lines[-1] + space + part) > most:
                lines.append(part)
            else:
                lines[-1] += space + part
    return tuple(lines)


def _widest(texts: Iterable[str], size: float, bold: bool = False) -> float:
    return max((_width(text, size, bold) for text in texts), default=0.0)


@lru_cache(maxsize=4096)
def _width(text: str, size: float, bold: bool = False) -> float:
    """Width of a text in points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    if not text.strip():
        return 0.0
    looks = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal")
    return float(TextPath((0, 0), text, size=size, prop=looks).get_extents().x1)
