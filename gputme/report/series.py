"""The time series of a run as small pictures side by side."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gputme.census import State
from gputme.model import Scenario
from gputme.report.style import (
    BLUE,
    INK,
    MUTED,
    ORANGE,
    PURPLE,
    SKY,
    STATE_COLOURS,
    STATE_NAMES,
    style,
    type_colour,
)

__all__ = ["series_picture"]

EVENTS = {
    "births": STATE_COLOURS[State.PROLIFERATING],
    "apoptoses": STATE_COLOURS[State.APOPTOTIC],
    "necroses": STATE_COLOURS[State.NECROTIC],
    "transitions": BLUE,
    "absorbed": PURPLE,
}
CYCLING = (STATE_NAMES[State.PROLIFERATING], STATE_NAMES[State.QUIESCENT])
DEAD = (STATE_NAMES[State.APOPTOTIC], STATE_NAMES[State.NECROTIC])
SUBSTRATES = (BLUE, ORANGE, PURPLE, SKY)


def series_picture(series: Mapping[str, np.ndarray], scenario: Scenario, path: Path) -> Path:
    """Write the time series of a run as a picture: cells, events, size and substrates over time."""
    from matplotlib.figure import Figure

    with style():
        figure = Figure(figsize=(9.2, 5.6), layout="constrained")
        figure.get_layout_engine().set(w_pad=0.12, h_pad=0.1, wspace=0.04, hspace=0.05)
        axes = figure.subplots(2, 2, sharex=True)
        time, unit = _time(np.asarray(series["time"]))
        _cells(axes[0, 0], time, series, scenario)
        _events(axes[0, 1], time, series)
        _extent(axes[1, 0], time, series, scenario)
        _substrates(axes[1, 1], time, series, scenario)
        for a in axes.flat:
            a.set_xlim(time[0], max(time[-1], time[0] + 1e-9))
            a.set_ylim(0, 1.06 * max(a.dataLim.y1, 1e-9))
        for a in axes[1]:
            a.set_xlabel(f"time ({unit})")
        figure.suptitle(scenario.title or scenario.name, x=0.012, ha="left", fontsize=11, fontweight="bold")
        figure.savefig(path, dpi=150, pil_kwargs={"optimize": True})
    return path


def _time(minutes: np.ndarray) -> tuple[np.ndarray, str]:
    """Times in the unit that suits the length of the run."""
    span = minutes[-1]
    unit, length = ("min", 1) if span < 240 else ("h", 60) if span < 4 * 1440 else ("d", 1440)
    return minutes / length, unit


def _cells(axes: Any, time: np.ndarray, series: Mapping[str, np.ndarray], scenario: Scenario) -> None:
    """Living cells, by type where there are several, else by state; and the dead. Lines of zeros are left out."""
    axes.set_title("Living cells, and dead")
    lines = {STATE_NAMES[s]: (STATE_NAMES[s], STATE_COLOURS[s]) for s in State if s != State.NON_CYCLING}
    if len(scenario.cell_types) > 1:
        of_types = {t.name: (f"alive {t.name}", type_colour(scenario, i)) for i, t in enumerate(scenario.cell_types)}
        lines = of_types | {name: line for name, line in lines.items() if name in DEAD}
    elif not any(series[name].any() for name in CYCLING if name in series):
        lines["alive"] = ("alive", STATE_COLOURS[State.NON_CYCLING])
    present = {n: (series[key], colour) for n, (key, colour) in lines.items() if key in series}
    _lines(axes, time, {name: line for name, line in present.items() if np.nan_to_num(line[0]).any()})


def _events(axes: Any, time: np.ndarray, series: Mapping[str, np.ndarray]) -> None:
    axes.set_title("Events since the start")
    _lines(axes, time, {n: (series[n], colour) for n, colour in EVENTS.items() if series[n].any()})


def _extent(axes: Any, time: np.ndarray, series: Mapping[str, np.ndarray], scenario: Scenario) -> None:
    """The extent of all cells, or of each type where there are several."""
    axes.set_title("Extent (µm)")
    lines = {"": ("extent", INK)}
    if len(scenario.cell_types) > 1:
        lines = {t.name: (f"extent {t.name}", type_colour(scenario, i)) for i, t in enumerate(scenario.cell_types)}
    _lines(axes, time, {name: (series[key], colour) for name, (key, colour) in lines.items() if key in series})


def _substrates(axes: Any, time: np.ndarray, series: Mapping[str, np.ndarray], scenario: Scenario) -> None:
    units = {s.unit for s in scenario.substrates}
    unit = f" ({units.pop()})" if len(units) == 1 and units != {""} else ""
    axes.set_title(f"Mean over the domain{unit}")
    names = [s.name for s in scenario.substrates]
    _lines(
        axes,
        time,
        {n: (series[f"mean {n}"], SUBSTRATES[i % len(SUBSTRATES)]) for i, n in enumerate(names)},
    )


def _lines(axes: Any, time: np.ndarray, lines: Mapping[str, tuple[np.ndarray, str]]) -> None:
    """Lines with their names at the right end, pushed apart where they would overlap; those without a value not."""
    lines = {label: line for label, line in lines.items() if np.isfinite(line[0]).any()}
    if not lines:
        axes.text(0.5, 0.5, "none", transform=axes.transAxes, ha="center", color=MUTED)
        return
    for values, colour in lines.values():
        axes.plot(time, values, color=colour)
    gap = 0.075 * max(float(np.nanmax(values)) for values, _ in lines.values())
    place = -np.inf
    ends = {label: float(values[np.isfinite(values)][-1]) for label, (values, _) in lines.items()}
    for label, (_, colour) in sorted(lines.items(), key=lambda item: ends[item[0]]):
        place = max(ends[label], place + gap)
        where = {"xycoords": ("axes fraction", "data"), "annotation_clip": False}
        axes.annotate(label, (1.015, place), color=colour, va="center", fontsize=8.5, **where)
