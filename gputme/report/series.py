"""The time series of a run as small pictures side by side: one unit to an axis, no panel without a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import numpy as np

from gputme.census import State
from gputme.errors import RequestError
from gputme.model import Scenario
from gputme.naming import no_such
from gputme.report.style import (
    BLUE,
    INK,
    MUTED,
    PURPLE,
    STATE_COLOURS,
    STATE_NAMES,
    SUBSTRATE_COLOURS,
    VERMILLION,
    legible,
    pretty,
    save,
    style,
    type_colour,
    type_colours,
)
from gputme.report.words import count
from gputme.voxels import VOXEL_COLUMNS

__all__ = ["Panel", "panels", "series_picture"]

EVENTS = {
    "births": STATE_COLOURS[State.PROLIFERATING],
    "apoptoses": STATE_COLOURS[State.APOPTOTIC],
    "necroses": STATE_COLOURS[State.NECROTIC],
    "transitions": BLUE,
    "absorbed": PURPLE,
    "recruited": INK,
    "kills": INK,
    "ingestions": STATE_COLOURS[State.NECROTIC],
    "fusions": STATE_COLOURS[State.QUIESCENT],
    "asymmetric": BLUE,
    "attacks": MUTED,
}
"""Colours of the lines; one that comes again is told apart by its pattern. Removals are what becomes of the dead."""
CYCLING = (STATE_NAMES[State.PROLIFERATING], STATE_NAMES[State.QUIESCENT])
DEAD = (STATE_NAMES[State.APOPTOTIC], STATE_NAMES[State.NECROTIC])
AMOUNTS = ("internal", "removed", "unmet", "delivered")  # of a substrate, as docs/file-format.md defines them
MATRIX = {
    "collagen density": ("mean ECM density", INK),
    "fibre alignment": ("mean ECM anisotropy", PURPLE),
    "crosslinked share": ("mean ECM crosslink", BLUE),
}
VESSELS = {"length": ("vessel length", INK), "perfused": ("perfused length", VERMILLION)}
LIGHTEST = 0.75  # of a line: pale types are drawn darker
SHARES = {
    "Ki-67": ("Ki-67 share", STATE_COLOURS[State.PROLIFERATING]),
    "hypoxic": ("hypoxic share", BLUE),
    "necrotic": ("necrotic share", STATE_COLOURS[State.NECROTIC]),
}
CD8 = {"core": ("CD8 core", VERMILLION), "margin": ("CD8 margin", BLUE)}
INVASION = "invasion depth"
UNITS = {
    "Share": ("* share",),
    "Ratio": ("M2:M1", "CD8 core:margin"),
    "Number per mm{dimensions}": ("CD8 tumour", "CD8 core", "CD8 margin"),
    "Vessels per mm²": ("MVD *",),
    "Area (mm²)": ("* area",),
    "Volume (mm³)": ("* volume",),
    "Kills per T cell and day": ("killing rate",),
    "Length (µm)": ("extent*", "cell radius *", "* length", INVASION),
    "Volume (µm³)": ("volume", "ECM laid", "ECM broken"),
}
"""Titles of panels, and patterns of the names of series that share the unit. Others are numbers."""
PATTERNS = ("-", (0, (5, 2)), (0, (1.5, 1.5)))  # where a colour comes again


@dataclass
class Panel:
    """Lines that share a unit: label -> (name in the series, colour)."""

    title: str
    lines: dict[str, tuple[str, str]] = field(default_factory=dict)
    whole: bool = False
    """Whether it counts things."""


def series_picture(
    series: Mapping[str, np.ndarray], scenario: Scenario, path: Path, names: Iterable[str] | None = None
) -> Path:
    """Write the time series of a run as a picture: cells, events, extent and substrates over time, or the series
    that are named. Raises RunError for a name that is not there."""
    from matplotlib.figure import Figure

    shown = _named(series, scenario, names) if names else panels(series, scenario)
    rows = 1 if len(shown) <= 3 else max(2, -(-len(shown) // 4))
    across = -(-len(shown) // rows)
    with style():
        figure = Figure(figsize=(0.6 + 4.3 * across, 0.4 + 2.6 * rows), layout="constrained")
        figure.get_layout_engine().set(w_pad=0.12, h_pad=0.1, wspace=0.04, hspace=0.05)
        time, unit = _time(np.asarray(series["time"], np.float64))
        places = figure.subplots(rows, across, squeeze=False).ravel()
        for axes, panel in zip(places, shown):
            _draw(axes, time, panel, series)
            axes.set_xlabel(f"time ({unit})")
        for axes in places[len(shown) :]:
            axes.remove()
        figure.suptitle(scenario.title or scenario.name, x=0.012, ha="left", fontsize=11, fontweight="bold")
        save(figure, Path(path))
    return path


def panels(series: Mapping[str, np.ndarray], scenario: Scenario) -> list[Panel]:
    """What there is to see: a panel for cells, events, extent, and one for each unit of substrates; empty ones and
    lines of zeros are left out."""
    found = [_cells(series, scenario), Panel("Events since the start", {n: (n, c) for n, c in EVENTS.items()}, True)]
    found.append(Panel("Shares of the tumour's cells", dict(SHARES)))
    found.append(Panel(f"CD8 T cells per mm{_power(scenario)}", dict(CD8)))
    if np.nan_to_num(np.asarray(series.get("cells", 0))).max(initial=0) > 1:
        found.append(_extent(scenario))
    found += [*_substrates(scenario), Panel("Matrix, mean over the domain", dict(MATRIX))]
    found.append(Panel("Vessels (µm)", dict(VESSELS)))
    found += _body(scenario) if scenario.body else []
    for panel in found:
        panel.lines = {label: line for label, line in panel.lines.items() if _seen(series, line[0])}
    found = [panel for panel in found if panel.lines]
    return found or [Panel("Cells", {"": ("cells", INK)}, True)]


def _power(scenario: Scenario) -> str:
    return "²" if scenario.domain.dimensions == 2 else "³"


def _seen(series: Mapping[str, np.ndarray], name: str) -> bool:
    return name in series and bool(np.nan_to_num(np.asarray(series[name])).any())


def _cells(series: Mapping[str, np.ndarray], scenario: Scenario) -> Panel:
    """Living cells, by type where there are several, else by state; and the dead."""
    states = {STATE_NAMES[s]: (STATE_NAMES[s], STATE_COLOURS[s]) for s in State if s != State.NON_CYCLING}
    if len(scenario.cell_types) > 1:
        lines = {t.name: (f"alive {t.name}", type_colour(scenario, i)) for i, t in enumerate(scenario.cell_types)}
        return Panel("Living cells, and dead", lines | {name: states[name] for name in DEAD}, True)
    if not any(_seen(series, name) for name in CYCLING):
        alive = {t.name: ("alive", type_colour(scenario, 0)) for t in scenario.cell_types}
        states = alive | {name: states[name] for name in DEAD}
    return Panel("Cells", states, True)


def _body(scenario: Scenario) -> list[Panel]:
    """What passes between the tissues of a body, and how many live in its organs."""
    body = scenario.body
    colours = [INK, *(type_colours(None)[i % len(type_colours(None))] for i in range(len(body.names)))]
    by_tissue = list(zip(body.names, colours))

    def lines(pattern: str) -> dict[str, tuple[str, str]]:
        return {name: (pattern.format(name), colour) for name, colour in by_tissue}

    colonies = {n: (f"{n}: colonies" if n in scenario.organs else f"colonised {n}", c) for n, c in by_tissue}
    blood = {"circulating": ("circulating", VERMILLION), "of these clusters": ("circulating clusters", PURPLE)}
    return [
        Panel("Cells that left, since the start", lines("left {}"), True),
        Panel("Cells in the blood", blood | {f"held in {n}": (f"held in {n}", c) for n, c in by_tissue}, True),
        Panel("Cells that came out, since the start", lines("came out in {}"), True),
        Panel("Living cells in organs", lines("{}: alive"), True),
        Panel("Colonies", colonies, True),
    ]


def _extent(scenario: Scenario) -> Panel:
    lines = {"": ("extent", INK)}
    if len(scenario.cell_types) > 1:
        types = enumerate(scenario.cell_types)
        lines = {t.name: (f"extent {t.name}", type_colour(scenario, i)) for i, t in types}
    return Panel("Extent (µm)", lines | {"invasion": (INVASION, PURPLE)})


def _substrates(scenario: Scenario) -> list[Panel]:
    found: dict[str, Panel] = {}
    for i, s in enumerate(scenario.substrates):
        panel = found.setdefault(s.unit, Panel(_mean(s.unit)))
        panel.lines[s.name] = (f"mean {s.name}", SUBSTRATE_COLOURS[i % len(SUBSTRATE_COLOURS)])
    return list(found.values())


def _mean(unit: str) -> str:
    return f"Mean over the domain ({pretty(unit)})" if unit else "Mean over the domain"


def _named(series: Mapping[str, np.ndarray], scenario: Scenario, names: Iterable[str]) -> list[Panel]:
    """The series that are named, those of one unit together."""
    units = dict.fromkeys(VOXEL_COLUMNS, "") | {s.name: s.unit for s in scenario.substrates}
    found: dict[str, Panel] = {}
    for name in dict.fromkeys(names):
        name = f"mean {name}" if name in units else name
        if name not in series:
            raise RequestError(no_such("time series", name, [n for n in series if n != "time"]).args[0])
        title = next((t for t, patterns in UNITS.items() if any(fnmatchcase(name, one) for one in patterns)), "Number")
        title, whole = title.format(dimensions=_power(scenario)), title == "Number"
        if name.startswith("mean "):
            title, whole = _mean(units[name.removeprefix("mean ")]), False
        elif (held := name.partition(" "))[0] in AMOUNTS and held[2] in units:
            unit = units[held[2]]
            title, whole = f"Amount ({pretty(unit)} µm³)" if unit else "Amount (µm³)", False
        panel = found.setdefault(title, Panel(title, whole=whole))
        panel.lines[name] = (name, [*SUBSTRATE_COLOURS, *type_colours(None)][len(panel.lines) % 10])
    return list(found.values())


def _time(minutes: np.ndarray) -> tuple[np.ndarray, str]:
    """Times in the unit that suits the length of the run."""
    span = minutes[-1]
    unit, length = ("min", 1) if span < 240 else ("h", 60) if span < 4 * 1440 else ("d", 1440)
    return minutes / length, unit


def _draw(axes: Any, time: np.ndarray, panel: Panel, series: Mapping[str, np.ndarray]) -> None:
    """Lines with their names at the right end, pushed apart where they would overlap."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.set_title(panel.title)
    values = {label: np.asarray(series[name], np.float64) for label, (name, _) in panel.lines.items()}
    colours = [colour for _, colour in panel.lines.values()]
    for i, label in enumerate(panel.lines):
        pattern = PATTERNS[colours[:i].count(colours[i]) % len(PATTERNS)]
        axes.plot(time, values[label], color=legible(colours[i], LIGHTEST), linestyle=pattern)
    top = max((float(np.nanmax(v)) for v in values.values() if np.isfinite(v).any()), default=0.0)
    axes.set_xlim(time[0], max(time[-1], time[0] + 1e-9))
    axes.set_ylim(0, 1.06 * top if top > 0 else 1.0)
    if panel.whole:
        axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    if panel.whole or top >= 10_000:
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: count(value)))
    ends = {label: float(v[np.isfinite(v)][-1]) for label, v in values.items() if np.isfinite(v).any()}
    place, gap = -np.inf, 0.075 * top
    for label in sorted(ends, key=lambda label: ends[label]):
        place = max(ends[label], place + gap)
        where = {"xycoords": ("axes fraction", "data"), "annotation_clip": False}
        colour = legible(panel.lines[label][1])
        axes.annotate(label, (1.015, place), color=colour, va="center", fontsize=8.5, **where)
