"""What a page says in words and numbers: what was simulated, on what, how it ended, and the time series."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np

from gputme.columns import TICKS
from gputme.io.frame import Frame
from gputme.io.reader import Run
from gputme.model import Scenario
from gputme.report.fibres import MEANINGS
from gputme.report.ground import FLAT
from gputme.report.journeys import journeys
from gputme.report.page.body import Shown, spread
from gputme.report.page.choosing import Choice
from gputme.report.page.framing import Packed, phases_of
from gputme.report.results import passage
from gputme.report.series import LIGHTEST, panels
from gputme.report.slice import MARGIN, SMALLEST_VIEW
from gputme.report.states import HYPOXIA, Facts, State, facts, oxygen_name
from gputme.report.style import STATE_COLOURS, STATE_NAMES, legible, pale, pretty, type_colours
from gputme.report.words import count, duration, percent, plural
from gputme.voxels import VOXEL_COLUMNS

__all__ = ["blobs", "told"]

POINTS = 1000  # rows of the time series that a page draws
DIGITS = 6
KEYS = 7  # numbers at the top
LEAD = 300  # letters that the first sentence of a description may have to stand below the title


def told(run: Run, ends: Sequence[Frame], shown: Sequence[Shown]) -> dict[str, Any]:
    """Everything of a page but its frames, as JSON has it: of its first tissue, and in ``organs`` what is different in
    the others."""
    from matplotlib.colors import to_rgb

    scenario, frames = shown[0].scenario, shown[0].frames
    state = {f.notes["number"]: f.state for f in frames}
    seen = [facts(frame, scenario, state.get(frame.index)) for frame in ends]
    description = " ".join(scenario.description.split())
    return {
        "title": scenario.title or scenario.name,
        "kicker": _kicker(run, scenario),
        "lead": f"{sentence}." if len(sentence := description.split(". ")[0].rstrip(".")) < LEAD and sentence else "",
        "description": description,
        "summary": pretty(f"{passage(*zip(ends, seen), scenario)} {journeys(run, scenario)}".strip()) if ends else "",
        "ended": _ended(run),
        "version": version("gputme"),
        "key": _key_numbers(*seen, _left(run, scenario)) if ends else [],
        "facts": _machine(run, scenario),
        "text": run.scenario_text,
        **_tissue(shown[0], 0),
        "organs": [_tissue(one, k) for k, one in enumerate(shown) if k],
        "spread": spread(run, scenario),
        "types": [
            {
                "name": t.name,
                "colour": _hex(to_rgb(c)),
                "pale": _hex(pale(c)),
                "nucleus": t.volume.nuclear_radius / t.volume.radius,
            }
            for t, c in zip(scenario.cell_types, type_colours(scenario))
        ],
        "states": [{"name": STATE_NAMES[s], "colour": STATE_COLOURS[s]} for s in State],
        "clones": _clones(frames),
        "series": _series(run, scenario),
    }


def blobs(tissue: int) -> str:
    """What the elements begin with that hold the frames of a tissue."""
    return f"organ-{tissue}-frame-" if tissue else "frame-"


def _tissue(one: Shown, number: int) -> dict[str, Any]:
    """What is said of each tissue by itself."""
    domain, choice, frames = one.scenario.domain, one.choice, one.frames
    return {
        "tissue": one.name,
        "blobs": blobs(number),
        "domain": {"low": list(domain.lower), "high": list(domain.upper), "dimensions": domain.dimensions},
        "focus": _focus(one.scenario, frames),
        "lattice": one.scenario.lattice is not None,
        "has": {"vessels": any(f.vessels for f in frames), "membrane": any(f.membrane for f in frames)},
        "columns": [_column(one.last, one.scenario, name, frames) for name in choice.columns],
        "fields": [_field(one.last, one.scenario, name, frames) for name in choice.fields],
        "grid": _grid(one.last, choice),
    }


def _focus(scenario: Scenario, frames: Sequence[Packed]) -> list[list[float]]:
    """The box that is seen at first, um: all cells of all frames with some room, as slices are; where there are
    vessels, or a lattice, the domain."""
    low, high = np.array(scenario.domain.lower, float), np.array(scenario.domain.upper, float)
    boxes = [f.box for f in frames if f.box is not None]
    if scenario.vessels is None and scenario.lattice is None and boxes:
        first, last = np.min([b[0] for b in boxes], axis=0), np.max([b[1] for b in boxes], axis=0)
        room = np.maximum(MARGIN * (last - first), (SMALLEST_VIEW - (last - first)) / 2)
        low, high = np.maximum(low, first - room), np.minimum(high, last + room)
    for a in range(scenario.domain.dimensions if boxes else 0):  # cells on a wall are whole
        low[a] = min(low[a], *(b[0][a] for b in boxes))
        high[a] = max(high[a], *(b[1][a] for b in boxes))
    return [[_short(v) for v in low], [_short(v) for v in high]]


def _hex(colour: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in colour)


def _kicker(run: Run, scenario: Scenario) -> str:
    """The line above the title."""
    domain = scenario.domain
    size = " × ".join(f"{length / 1000:.3g}" for length in domain.size[: domain.dimensions])
    return f"gputme · {scenario.name} · {size} mm · seed {run.meta.get('seed', scenario.seed)}"


def _ended(run: Run) -> str:
    """How far the run came, where that is not its end."""
    if not len(run):
        return "No frame was written yet."
    until, reached = run.meta.get("until"), run.entries[-1].tick
    if until and reached < until:
        return f"The run stands at {duration(reached / TICKS)} of {duration(until / TICKS)}."
    return ""


def _key_numbers(first: Facts, last: Facts, left: list[list[str]]) -> list[list[str]]:
    """The numbers that one looks at first: number, and what it is; ``left``: the last of them."""
    found = [[duration(last.minutes - first.minutes), "simulated"]]
    if first.cells or last.cells:
        before = f"{count(first.cells)} → " * (last.minutes > first.minutes)
        found.append([f"{before}{count(last.cells)}", "cells"])
    if births := last.happened.get("births", 0) - first.happened.get("births", 0):
        found.append([count(births), "births"])
    if dead := last.by_state[State.APOPTOTIC] + last.by_state[State.NECROTIC]:
        found.append([count(dead), "dead, not yet removed"])
    if kills := last.happened.get("kills", 0) - first.happened.get("kills", 0):
        found.append([count(kills), "kills by T cells"])
    if last.cells > 1:
        found.append(
            [f"{last.extent:.0f} µm", "extent" + f", from {first.extent:.0f}" * (last.minutes > first.minutes)]
        )
    if last.oxygen:
        found.append([f"{last.lowest:.3g} mmHg", f"lowest {last.oxygen}"])
        if last.hypoxic > 0:
            found.append([percent(last.hypoxic), f"of living cells below {HYPOXIA:g} mmHg"])
    most = KEYS - len(left)
    return [*(found if len(found) <= most else [line for line in found if line[1] != "births"][:most]), *left]


def _left(run: Run, scenario: Scenario) -> list[list[str]]:
    """How many cells left the tissue through its vessels of blood and lymph, and came out in organs, where there is a
    body."""
    body, series = scenario.body, run.series
    if not body or f"left {body.name}" not in series or not len(series["time"]):
        return []

    def total(names: Iterable[str]) -> str:
        return count(sum(int(series[name][-1]) for name in names if name in series))

    left = total([f"left {body.name}", f"entered lymph in {body.name}"])
    came_out = total(f"came out in {organ.name}" for organ in body.organs)
    return [[left, "left through vessels"], [came_out, "came out in organs"]]


def _machine(run: Run, scenario: Scenario) -> list[list[str]]:
    """What ran, on what: name and text of each line."""
    meta, domain = run.meta, scenario.domain
    sessions = meta.get("sessions") or [{}]
    nz, ny, nx = domain.shape
    axes = domain.dimensions
    size = " × ".join(f"{length:g}" for length in domain.size[:axes])
    voxels = " × ".join(map(str, (nx, ny, nz)[:axes]))
    lines = [["scenario", scenario.name], ["domain", f"{size} µm, {voxels} voxels"]]
    lines.append(["step", duration(scenario.time.step)])
    lines.append(["seed", str(meta.get("seed", scenario.seed))])
    if parent := meta.get("parent"):
        lines.append(["branch of", f"{parent['run']}, frame {parent['frame']} ({duration(parent['minutes'])})"])
        lines += [["changed", line] for line in parent.get("changed", [])]
    for key, word in (("gputme", "gputme"), ("python", "Python"), ("numpy", "NumPy")):
        if versions := dict.fromkeys(str(s[key]) for s in sessions if key in s):
            lines.append([word, ", ".join(versions)])
    lines.append(["precision", str(meta.get("precision", scenario.precision))])
    if computed := dict.fromkeys(f"{s['backend']}: {s.get('device', '')}" for s in sessions if "backend" in s):
        lines.append(["machine", "; ".join(computed)])
    if started := sessions[0].get("started"):
        resumed = f", resumed {plural(len(sessions) - 1, 'time')}" if len(sessions) > 1 else ""
        lines.append(["begun", f"{str(started).replace('T', ' ').replace('+00:00', ' UTC')}{resumed}"])
    return lines


def _clones(frames: Sequence[Packed]) -> list[int]:
    """The largest clones of the last frame, as many as have colours of their own."""
    if not frames:
        return []
    found, sizes = np.unique(frames[-1].lineage[2], return_counts=True)
    return [int(c) for c in found[np.argsort(-sizes, kind="stable")[:6]]]


def _span(name: str, frames: Sequence[Packed]) -> list[float]:
    """The least and the largest value in all frames, the same twice where all of them are one."""
    spans = [f.spans[name] for f in frames if name in f.spans]
    low, high = min((s[0] for s in spans), default=0.0), max((s[1] for s in spans), default=0.0)
    return [_short(low), _short(high)]


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _column(last: Frame, scenario: Scenario, name: str, frames: Sequence[Packed]) -> dict[str, Any]:
    units = {n: c.unit for n, c in last.columns.items()} | {"age": "min"}
    found = {"name": name, "unit": pretty(units.get(name, "")), "span": _span(f"cell {name}", frames)}
    return found | ({"labels": phases_of(scenario)[0]} if name == "phase" else {})


def _field(last: Frame, scenario: Scenario, name: str, frames: Sequence[Packed]) -> dict[str, Any]:
    low, high = _span(f"field {name}", frames)
    if high - low <= FLAT * abs(high):  # as in slices, colours then begin at 0, and the legend says one number
        low = high
    units = {c.name: c.unit for c in VOXEL_COLUMNS.values()} | {s.name: s.unit for s in scenario.substrates}
    found = {"name": name, "unit": pretty(units.get(name, "")), "span": [0.0 if 0 < low < high / 2 else low, high]}
    if name in MEANINGS:
        label, none, full = MEANINGS[name]
        found |= {"label": label, "ends": [none, full], "span": [0.0, 1.0], "matrix": True}
    if name == oxygen_name(scenario, last) and low < HYPOXIA < high:
        found["line"] = HYPOXIA
    return found


def _grid(frame: Frame | None, choice: Choice) -> dict[str, Any]:
    """Where the voxels of fields lie, after thinning."""
    if frame is None:
        return {"origin": [0, 0, 0], "spacing": [1, 1, 1]}
    return {
        "origin": list(frame.origin),
        "spacing": [step * k for step, k in zip(frame.spacing, reversed(choice.coarser))],
        "coarser": list(reversed(choice.coarser)),
    }


def _series(run: Run, scenario: Scenario) -> dict[str, Any]:
    """The panels that `series.png` has, with their values; every k-th row where there are very many."""
    series: Mapping[str, np.ndarray] = run.series
    time = np.asarray(series.get("time", ()), np.float64)
    if len(time) < 2:
        return {"time": [], "panels": []}
    every = -(-len(time) // POINTS)
    rows = np.unique([*range(0, len(time), every), len(time) - 1])
    drawn = []
    for panel in panels(series, scenario):
        lines = [
            {"label": label, "colour": _hex(legible(colour, LIGHTEST)), "values": _values(series[name][rows])}
            for label, (name, colour) in panel.lines.items()
        ]
        drawn.append({"title": pretty(panel.title), "whole": panel.whole, "lines": lines})
    return {"time": _values(time[rows]), "panels": drawn, "every": every}


def _values(values: np.ndarray) -> list[float | None]:
    return [_short(v) if math.isfinite(v) else None for v in np.asarray(values, np.float64).tolist()]
