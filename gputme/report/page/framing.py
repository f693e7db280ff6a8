"""One frame as a blob: cells, fields, vessels and the membrane, of which a page shows as much as was chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gputme.census import State
from gputme.columns import TICKS, Death
from gputme.errors import RunError
from gputme.io.frame import Frame
from gputme.io.reader import Run
from gputme.model import Scenario
from gputme.parameters import Parameters
from gputme.report.fibres import FIBRE
from gputme.report.page.choosing import CORE, Choice, share_of
from gputme.report.page.packing import MISSING, Part, blob, directions, places, scaled, whole
from gputme.report.states import states, types_of
from gputme.report.surface import INTEGRITY, crossings, holds, rings
from gputme.vessels.graph import Graph
from gputme.vocabulary import Behaviours

__all__ = ["POINTS", "Packed", "empty", "net_of", "packed", "phases_of", "read"]


VESSELS = ("x", "y", "z", "id", "a", "b", "radius", "flow")  # columns that are read of nodes and segments

POINTS = ("vessel points", "ruptured vessels")  # fields of a lattice
POINT = 0.8  # radius of a vessel on a point of a lattice, in steps of it


@dataclass(frozen=True)
class Packed:
    """One frame of a page."""

    notes: dict[str, Any]
    """What the page says of it at once."""
    text: str
    """The blob that it reads when the frame is shown."""
    state: np.ndarray
    """(N,): the `State` of all cells."""
    lineage: np.ndarray
    """(3, N): ids, parents and clones of the cells that it shows."""
    spans: dict[str, tuple[float, float]]
    """The least and the largest value of each column and field."""
    box: np.ndarray | None
    """(2, 3): from where to where cells reach, um; None without any."""
    vessels: bool
    membrane: bool
    """Whether there are any."""


def read(run: Run, scenario: Scenario, place: int, choice: Choice, organ: str = "") -> Frame | None:
    """What a page shows of the frame of the run at a place, or of an organ in it; None where that sleeps. Raises
    RunError where it cannot be read."""
    fields = {*choice.fields, *([INTEGRITY] if scenario.membrane else []), *(POINTS if scenario.lattice else ())}
    enters = Parameters(scenario).word(Behaviours.EXIT)
    return run.part(place, {*CORE, *choice.columns}, fields, VESSELS, [enters], organ)


def packed(frame: Frame, scenario: Scenario, choice: Choice, net: np.ndarray | None = None) -> Packed:
    """A frame, of which only what is shown is used; ``net``: of the membrane in space (`surface.rings`). Raises
    RunError where it cannot be read."""
    kinds = types_of(frame, scenario) if "type" in frame.cells else np.zeros(len(frame.cells["id"]), np.uint8)
    found = _states(frame, scenario, kinds)
    shown = _shown(frame, scenario, choice.most)
    cells = _cells(frame, scenario, choice, kinds, found, shown)
    behind = [_field(frame, name, choice.coarser) for name in choice.fields if name in frame.fields]
    tally = _tally(kinds, found)
    notes = {
        "number": frame.index, "minutes": frame.minutes, "cells": len(kinds), "shown": len(shown),
        "tally": tally,
    }  # fmt: skip
    spans = {p.name: p.span for p in (*cells, *behind) if p.name.startswith(("cell ", "field ")) and len(p.values)}
    lineage = np.stack([_column(frame, n, np.zeros(len(kinds), np.uint64))[shown] for n in ("id", "parent", "clone")])
    vessels, membrane = _vessels(frame, scenario), _membrane(frame, scenario, net)
    text = blob([*cells, *behind, *vessels, *membrane])
    return Packed(notes, text, found, lineage, spans, _box(frame), bool(vessels), bool(membrane))


def empty(notes: dict[str, Any], scenario: Scenario, **more: bool) -> Packed:
    """The frame of an organ at the time of another frame's ``notes``, with nobody in it."""
    none = np.zeros(0, np.uint8)
    parts = [whole("id", none, differences=True), *(places(a, none, 0, 1) for a in "xyz"[: scenario.domain.dimensions])]
    parts += [scaled("radius", none), whole("type", none), whole("state", none)]
    notes = {"number": notes["number"], "minutes": notes["minutes"], "cells": 0, "shown": 0, "tally": []} | more
    return Packed(notes, blob(parts), none, np.zeros((3, 0), np.uint64), {}, None, False, False)


def _box(frame: Frame) -> np.ndarray | None:
    if not len(frame.cells["id"]):
        return None
    radius = float(_column(frame, "radius", np.zeros(1)).max())
    places = [np.asarray(frame.cells[axis]) for axis in "xyz"]
    return np.array([[float(p.min()) - radius for p in places], [float(p.max()) + radius for p in places]])


def _column(frame: Frame, name: str, otherwise: np.ndarray) -> np.ndarray:
    return np.asarray(frame.cells[name]) if name in frame.cells else otherwise


def _states(frame: Frame, scenario: Scenario, kinds: np.ndarray) -> np.ndarray:
    """The state of each cell, (N,); of frames that do not hold enough, whether it lives at all."""
    if {"type", "death", "phase"} <= set(frame.cells):
        return states(frame, scenario)
    death = _column(frame, "death", np.zeros(len(kinds), np.uint8))
    found = np.full(len(kinds), State.NON_CYCLING, np.int8)
    found[death == Death.APOPTOTIC] = State.APOPTOTIC
    found[death >= Death.NECROTIC] = State.NECROTIC
    return found


def _shown(frame: Frame, scenario: Scenario, most: int) -> np.ndarray:
    """Which cells are shown, in the order of their ids: about so many, the same ones in all frames. Of space, half of
    them may be those that the planes through the middle of the domain cut: a cut with holes is no cut."""
    ids = np.asarray(frame.cells["id"])
    order = np.argsort(ids, kind="stable")
    if len(ids) <= most:
        return order
    share = share_of(ids[order])
    cut = np.zeros(len(ids), bool)
    if scenario.domain.dimensions == 3 and "radius" in frame.cells:
        radius, domain = np.asarray(frame.cells["radius"]), scenario.domain
        for axis, low, high in zip("xyz", domain.lower, domain.upper):
            cut |= np.abs(np.asarray(frame.cells[axis]) - (low + high) / 2) < radius
        cut = cut[order]
        cut &= share < most / 2 / max(int(cut.sum()), 1)
    rest = len(ids) - int(cut.sum())
    return order[cut | (share < (most - int(cut.sum())) / max(rest, 1))]


def _tally(kinds: np.ndarray, found: np.ndarray) -> list[list[int]]:
    """Type, state and number of all cells of the frame that there are."""
    numbers = np.bincount(kinds.astype(np.int64) * len(State) + found, minlength=1)
    return [[int(k) // len(State), int(k) % len(State), int(numbers[k])] for k in np.flatnonzero(numbers)]


def _cells(
    frame: Frame, scenario: Scenario, choice: Choice, kinds: np.ndarray, found: np.ndarray, shown: np.ndarray
) -> list[Part]:
    low, high = scenario.domain.lower, scenario.domain.upper
    usual = np.array([t.radius for t in scenario.cell_types] or [5.0])
    radius = _column(frame, "radius", usual[np.minimum(kinds, len(usual) - 1)])
    parts = [whole("id", np.asarray(frame.cells["id"])[shown], differences=True)]
    axes = "xyz"[: scenario.domain.dimensions]
    parts += [places(a, np.asarray(frame.cells[a])[shown], low[i], high[i]) for i, a in enumerate(axes)]
    parts += [scaled("radius", radius[shown], low=0.0), whole("type", kinds[shown])]
    parts.append(whole("state", found[shown]))
    for name in choice.columns:
        values = _values(frame, scenario, name, kinds)
        if values is not None:
            parts.append(_part(f"cell {name}", values[shown]))
    return parts


def _part(name: str, values: np.ndarray) -> Part:
    """Whole numbers as they are where a byte holds them, else steps."""
    small = values.dtype.kind in "bu" and values.max(initial=0) < MISSING
    return whole(name, values) if small else scaled(name, values)


def _values(frame: Frame, scenario: Scenario, name: str, kinds: np.ndarray) -> np.ndarray | None:
    """A column of the page; None where the frame does not hold it."""
    if name == "age":
        born = _column(frame, "birth", np.full(len(kinds), frame.tick))
        return (frame.tick - born) / TICKS
    if name not in frame.cells or np.asarray(frame.cells[name]).ndim != 1:
        return None
    values = np.asarray(frame.cells[name])
    if name == "phase":
        table = phases_of(scenario)[1]
        return table[kinds, np.minimum(values, table.shape[1] - 1)]
    if name in scenario.custom_names:
        has = np.array([name in t.custom for t in scenario.cell_types])[kinds]
        return np.where(has, values, np.nan)
    return values


def phases_of(scenario: Scenario) -> tuple[list[str], np.ndarray]:
    """The names of all phases, each once, and for each type (row) and phase (column) which of them it is."""
    own = [[phase.name for phase in t.cycle.phases] for t in scenario.cell_types]
    names = list(dict.fromkeys(name for row in own for name in row)) or [""]
    table = np.zeros((max(len(own), 1), max(map(len, own), default=0) or 1), np.uint8)
    for row, mine in enumerate(own):
        table[row, : len(mine)] = [names.index(name) for name in mine]
    return names, table


def _field(frame: Frame, name: str, coarser: Sequence[int]) -> Part:
    values = np.asarray(frame.fields[name])
    if name in FIBRE:  # up to sign: a mean of them would be none
        middles = (np.minimum(np.arange(0, n, k) + k // 2, n - 1) for n, k in zip(values.shape, coarser))
        values = values[np.ix_(*middles)]
        return directions(f"field {name}", values, values.shape)
    values = blocks(values, coarser)
    return scaled(f"field {name}", values, values.shape)


def blocks(values: np.ndarray, coarser: Sequence[int]) -> np.ndarray:
    """Means over blocks of so many voxels along each axis; the last blocks may be smaller."""
    values = np.asarray(values, np.float64)
    for axis, k in enumerate(coarser):
        if k > 1:
            starts = np.arange(0, values.shape[axis], k)
            sizes = np.diff([*starts, values.shape[axis]])
            values = np.add.reduceat(values, starts, axis) / sizes.reshape([-1 if a == axis else 1 for a in range(3)])
    return values


def _vessels(frame: Frame, scenario: Scenario) -> list[Part]:
    """Ends, radius and blood flow of each segment; those of a lattice are a short piece on each point of theirs."""
    if scenario.lattice is not None:
        return _vessel_points(frame, scenario)
    if not len(frame.nodes) or not len(frame.segments["id"]):
        return []
    graph = Graph.of(frame.nodes, frame.segments)
    low, high = scenario.domain.lower, scenario.domain.upper
    parts = [places(f"node {a}", graph.nodes.xyz[i], low[i], high[i]) for i, a in enumerate("xyz")]
    parts += [whole(f"segment {end}", rows) for end, rows in zip("ab", graph.ends())]
    parts.append(scaled("segment radius", graph.segments.radius, low=0.0))
    return [*parts, whole("segment flows", graph.segments.perfused.astype(np.uint8))]


def _vessel_points(frame: Frame, scenario: Scenario) -> list[Part]:
    """Points of a lattice with vessels, as pieces without length, hollow where the vessel is ruptured."""
    if not set(POINTS) <= set(frame.fields):
        return []
    there, torn = (np.asarray(frame.fields[name])[0] > 0 for name in POINTS)
    rows = np.nonzero(there | torn)
    if not len(rows[0]):
        return []
    low, high, none = scenario.domain.lower, scenario.domain.upper, np.zeros(len(rows[0]))
    xyz = [frame.origin[a] + (rows[1 - a] + 0.5) * frame.spacing[a] for a in (0, 1)] + [none + frame.origin[2]]
    parts = [places(f"node {a}", xyz[i], low[i], high[i]) for i, a in enumerate("xyz")]
    parts += [whole(f"segment {end}", np.arange(len(none), dtype=np.uint32)) for end in "ab"]
    parts.append(scaled("segment radius", none + POINT * min(frame.spacing[:2]), low=0.0))
    return [*parts, whole("segment flows", (~torn[rows]).astype(np.uint8))]


def _membrane(frame: Frame, scenario: Scenario, net: np.ndarray | None) -> list[Part]:
    """Pieces of the line that it is in two dimensions, or of its net, and which of them hold."""
    if scenario.membrane is None:
        return []
    try:
        if net is None:
            pieces, whole_ones = crossings(frame, scenario, 2, frame.origin[2])
        else:
            pieces, whole_ones = net, holds(frame, scenario, net.mean(axis=1))
    except RunError:
        return []
    if not len(pieces):
        return []
    low, high = scenario.domain.lower, scenario.domain.upper
    ends = [(e, i) for e in (0, 1) for i in range(pieces.shape[2])]
    parts = [places(f"membrane {'ab'[e]}{'xyz'[i]}", pieces[:, e, i], low[i], high[i]) for e, i in ends]
    return [*parts, whole("membrane holds", whole_ones.astype(np.uint8))]


def net_of(frame: Frame | None, scenario: Scenario) -> np.ndarray | None:
    """The net of the membrane in space, which is the same in all frames; None where there is none."""
    solid = frame is not None and scenario.membrane is not None and scenario.domain.dimensions == 3
    return rings(scenario, frame) if solid else None
