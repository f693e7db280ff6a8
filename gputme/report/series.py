"""The time series of a run as small pictures side by side."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from gputme.model import Scenario
from gputme.report.states import State
from gputme.report.style import INK, STATE_COLOURS, TYPE_COLOURS, style

__all__ = ["series_picture"]

EVENTS = {"births": 0, "apoptoses": 1, "necroses": 2, "transitions": 3, "absorbed": 4}


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
        _radius(axes[1, 0], time, series)
        _substrates(axes[1, 1], time, series, scenario)
        for a in axes.flat:
            a.set_xlim(time[0], max(time[-1], time[0] + 1e-9))
            a.set_ylim(bottom=0)
            a.margins(y=0.08)
        for a in axes[1]:
            a.set_xlabel(f"time ({unit})")
        figure.suptitle(scenario.title or scenario.name, x=0.012, ha="left", fontsize=11, fontweight="bold")
        figure.savefig(path, dpi=150, pil_kwargs={"optimize": True})
    return path


def _time(minutes: np.ndarray) -> tuple[np.ndarray, str]:
    span = minutes[-1] if len(minutes) else 0.0
    return (
        (minutes, "min") if span < 240 else (minutes / 60, "h") if span < 4 * 1440 else (minutes / 1440, "d")
    )


def _cells(axes: Any, time: np.ndarray, series: Mapping[str, np.ndarray], scenario: Scenario) -> None:
    """Living cells (by type where there are several) and dead ones."""
    axes.set_title("Cells")
    names = [t.name for t in scenario.cell_types]
    if len(names) > 1:
        lines = {
            t.name: (series[f"cells {t.name}"], t.color or TYPE_COLOURS[i % len(TYPE_COLOURS)])
            for i, t in enumerate(scenario.cell_types)
        }
    else:
        lines = {"living": (series["alive"], STATE_COLOURS[State.PROLIFERATING])}
    for label, state in (("apoptotic", State.APOPTOTIC), ("necrotic", State.NECROTIC)):
        if np.any(series[label] > 0):
            lines[label] = (series[label], STATE_COLOURS[state])
    _lines(axes, time, lines)


def _events(axes: Any, time: np.ndarray, series: Mapping[str, np.ndarray]) -> None:
    axes.set_title("Events since the start")
    colours = (STATE_COLOURS[State.PROLIFERATING], STATE_COLOURS[State.APOPTOTIC], STATE_COLOURS[State.NECROTIC],
               *TYPE_COLOURS[2:])  # fmt: skip
    _lines(
        axes,
        time,
        {n: (series[n], colours[i]) for n, i in EVENTS.items() if n in series and np.any(series[n] > 0)},
    )


def _radius(axes: Any, time: np.ndarray, series: Mapping[str, np.ndarray]) -> None:
    axes.set_title("Radius (µm)")
    if "extent" in series:
        _lines(axes, time, {"": (series["extent"], INK)})


def _substrates(axes: Any, time: np.ndarray, series: Mapping[str, np.ndarray], scenario: Scenario) -> None:
    units = {s.unit for s in scenario.substrates}
    unit = f" ({units.pop()})" if len(units) == 1 and units != {""} else ""
    axes.set_title(f"Mean of the domain{unit}")
    lines = {
        s.name: (series[f"mean {s.name}"], TYPE_COLOURS[(i + 2) % len(TYPE_COLOURS)])
        for i, s in enumerate(scenario.substrates)
    }
    _lines(axes, time, lines)


def _lines(axes: Any, time: np.ndarray, lines: Mapping[str, tuple[np.ndarray, str]]) -> None:
    """Lines with their names at the right end, which reads faster than a legend; labels do not overlap."""
    if not lines:
        axes.text(0.5, 0.5, "none", transform=axes.transAxes, ha="center", color="#6B7280")
        return
    for values, colour in lines.values():
        axes.plot(time, values, color=colour)
    top = max(float(np.nanmax(values)) for values, _ in lines.values()) or 1.0
    place = -np.inf
    for label, (values, colour) in sorted(lines.items(), key=lambda item: float(item[1][0][-1])):
        place = max(float(values[-1]), place + 0.085 * top)
        axes.annotate(
            label, (1.015, place), xycoords=("axes fraction", "data"), color=colour, va="center", fontsize=8.5,
            annotation_clip=False,
        )  # fmt: skip
