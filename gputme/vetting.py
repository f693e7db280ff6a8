"""Can a run go on from a frame? Asked of every value before anything runs: kernels trust what they are given.

A damaged frame is found by its checksums; this finds what is whole and still impossible, in frames of format 1 and in
files that somebody made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from gputme.attached import faults_of
from gputme.columns import HEADING, POSITION, CellColumn, Death
from gputme.errors import NoWayOn
from gputme.io.frame import Frame
from gputme.parameters import Parameters
from gputme.state import Tissue
from gputme.state.voxels import BOOKS
from gputme.vessels import sound
from gputme.voxels import FIBRE, voxels_used

__all__ = ["vet"]

LATEST = 2**53  # ticks; beyond, a time in minutes is no longer exact


def vet(
    frame: Frame, parameters: Parameters, columns: Mapping[str, CellColumn], real: np.dtype,
    rows: Mapping[str, list[str]], older: bool = False,
) -> None:  # fmt: skip
    """Raises NoWayOn with one sentence for the first thing that no run of these parameters could have written.

    ``columns``: those that its cells have; ``rows``: the names of the rows of each stack (``checkpoint.named_stacks``);
    ``older``: the frame was written in format 1, which let a daughter stand across a wall until the walls acted on it
    in the next step.
    """
    for fault in _faults(frame, parameters, columns, np.dtype(real), rows, older):
        raise NoWayOn(f"frame {frame.index}: {fault}; no run goes on from it: branch from another one with --frame N")


def _faults(
    frame: Frame, parameters: Parameters, columns: Mapping[str, CellColumn], real: np.dtype,
    rows: Mapping[str, list[str]], older: bool,
) -> Iterator[str]:  # fmt: skip
    yield from _state(frame, parameters, rows["internal"])
    n = len(frame.cells["id"])
    saved = {name: column for name, column in columns.items() if column.saved}
    found = {name: (frame.cells.get(name), column.type(real)) for name, column in saved.items()}
    found |= {name: (frame.cells.get(name), real) for name in (*rows["custom"], *rows["internal"])}
    found |= {name: (frame.cells.get(name), np.uint64) for name in rows["attached"]}
    inner, ruled = frame.state.get("inner"), frame.state["ruled"]
    found |= {f"ruled {name}": (ruled.get(name), real) for name in rows["ruled"]}
    if inner is not None:  # exact positions; x, y and z are those that users see
        found |= {name: (frame.cells.get(name), np.float64) for name in POSITION}
        found |= {f"inner {name}": (inner.get(name), real) for name in POSITION}
    for name, (values, dtype) in found.items():
        yield from _array(f"the column {name!r}", values, np.dtype(dtype), (n,))
    for name in parameters.substrates:
        shape = parameters.scenario.domain.shape
        yield from _array(f"the field {name!r}", frame.fields.get(name), real, shape)
    yield from _voxels(frame, parameters, real)
    yield from _vessels(frame, parameters)
    if n:
        yield from _cells(frame, parameters, saved, older)
        if rows["attached"]:
            yield from faults_of(frame.cells)


def _state(frame: Frame, parameters: Parameters, tracked: list[str]) -> Iterator[str]:
    """The scalars, and the tables of scalars and rows."""
    kinds = {"tick": int, "next_id": int, "seed": int, "last_dt": float}
    kinds |= dict.fromkeys(("debts", "unmet", "solved", "removed", "counts", "ruled"), dict)
    kinds |= {"inner": dict} if "inner" in frame.state else {}
    for name, kind in kinds.items():
        if type(frame.state.get(name)) is not kind:
            yield f"{name!r} should be of type {kind.__name__} and is {type(frame.state.get(name)).__name__}"
    state = frame.state
    if state["tick"] != frame.tick or not 0 <= frame.tick < LATEST:
        yield f"its time is tick {frame.tick}, and its state is of tick {state['tick']}"
    if not 0 < state["next_id"] < 2**63:
        yield f"the next cell would be number {state['next_id']}"
    if not 0 <= state["last_dt"] < np.inf:
        yield f"the last step of mechanics took {state['last_dt']} min"
    substrates = parameters.substrates
    tables = {"debts": (substrates, float), "unmet": (substrates, float), "removed": (tracked, float)}
    tables |= {"solved": (substrates, int), "counts": (Tissue.COUNTS, int)}
    for what, (names, kind) in tables.items():
        for name in names:
            value: Any = state[what].get(name)
            if type(value) is not kind or not np.isfinite(value) or (kind is int and not 0 <= value < 2**63):
                yield f"{what} of {name!r} is {value!r}"
    if any(tick > frame.tick for tick in state["solved"].values()):
        yield "a field was solved for a time that has not come"


def _voxels(frame: Frame, parameters: Parameters, real: np.dtype) -> Iterator[str]:
    """What voxels carry beside substrates: within bounds, fibres of length 1."""
    columns = voxels_used(parameters)
    for name, column in columns.items():
        values, (least, most) = frame.fields.get(name), column.bounds
        yield from _array(f"the field {name!r}", values, real, parameters.scenario.domain.shape)
        if (outside := (np.asarray(values) < least) | (np.asarray(values) > most)).any():
            yield f"the field {name!r} is {np.asarray(values)[outside][0]}, not from {least:g} to {most:g}"
    fibre = [np.asarray(frame.fields[name], np.float64) for name, column in columns.items() if column.at in FIBRE]
    if fibre and (np.abs(np.sqrt(sum(part**2 for part in fibre)) - 1) > 1e-3).any():
        yield "a fibre of its matrix is no unit vector"
    books = frame.state.get("matrix")
    if columns and (not isinstance(books, dict) or any(type(books.get(name)) is not int for name in BOOKS)):
        yield f"what has been laid down and broken down of the matrix is {books!r}"


def _vessels(frame: Frame, parameters: Parameters) -> Iterator[str]:
    """The tables of vessels, where the scenario has them, and what these have delivered."""
    if parameters.scenario.vessels is None:
        return
    state = frame.state
    for name in ("vessels", "tips", "delivered"):
        if not isinstance(state.get(name), dict):
            yield f"{name!r} should be a table and is {type(state.get(name)).__name__}"
            return
    yield from sound.faults(frame.nodes, frame.segments, state["tips"], state["vessels"])
    for name in parameters.substrates:
        if type(value := state["delivered"].get(name)) is not float or not np.isfinite(value):
            yield f"delivered of {name!r} is {value!r}"


def _array(what: str, values: Any, dtype: np.dtype, shape: tuple[int, ...]) -> Iterator[str]:
    if values is None:
        yield f"it lacks {what}"
        return
    values = np.asarray(values)
    if values.dtype != dtype or values.shape != shape:
        yield f"{what} is {values.dtype} {values.shape}, not {dtype} {shape}"
    elif dtype.kind == "f" and not np.isfinite(values).all():
        yield f"{what} is {values[~np.isfinite(values)][0]} in {np.count_nonzero(~np.isfinite(values))} places"


def _cells(
    frame: Frame, parameters: Parameters, columns: Mapping[str, CellColumn], older: bool
) -> Iterator[str]:
    """What the values of columns must be; types, shapes and finite numbers have been seen to."""
    cells, scenario, tick = frame.cells, parameters.scenario, frame.tick
    get = {name: np.asarray(cells[name]) for name in columns}
    ids, kind, death = get["id"], get["type"], get["death"]

    def within(name: str, low: Any, high: Any, of: np.ndarray | None = None) -> Iterator[str]:
        values = get[name] if of is None else of
        bad = np.flatnonzero((values < low) | (values > high))
        if len(bad):
            i = bad[0]
            least, most = (np.broadcast_to(limit, values.shape)[i] for limit in (low, high))
            more = f" (and in {len(bad) - 1} more cells)" if len(bad) > 1 else ""
            yield f"{name} is {values[i]} in cell {ids[i]}{more}, which is not between {least} and {most}"

    next_id = frame.state["next_id"]
    yield from within("id", 1, next_id - 1)
    if len(np.unique(ids)) != len(ids):
        yield "two cells have the same id"
    yield from within("parent", 0, next_id - 1)
    yield from within("clone", 0, next_id - 1)
    types = len(parameters.types)
    yield from within("type", 0, types - 1)
    if (kind >= types).any():
        return
    phases = np.array([max(len(t.cycle.phases), 1) for t in scenario.cell_types])
    yield from within("phase", 0, phases[kind] - 1)
    yield from within("death", Death.ALIVE, Death.LYSED)
    yield from within("phase_start", -LATEST, tick)
    yield from within("birth", -LATEST, tick)
    yield from within("fate_time", np.where(death == Death.ALIVE, tick, -LATEST), tick)
    for name, column in columns.items():
        yield from within(name, *column.bounds)
    if (get["radius"] <= 0).any():
        yield f"radius = {get['radius'].min()} in cell {ids[get['radius'].argmin()]}, which is not larger than 0"
    if set(HEADING) <= get.keys():
        length = np.sqrt(sum(get[name].astype(np.float64) ** 2 for name in HEADING))
        yield from within("the length of (mx, my, mz)", 0, 1.001, length)
    domain = scenario.domain
    margin = 2 * float(get["radius"].max()) if older else 0.0
    inner = frame.state.get("inner")
    for name, low, high, centre in zip(POSITION, domain.lower, domain.upper, domain.centre):
        give = margin + 4 * float(np.finfo(get[name].dtype).eps) * max(abs(low), abs(high))
        yield from within(name, low - give, high + give)
        if inner is not None:
            apart = get[name] - (centre + np.asarray(inner[name], np.float64))
            yield from within(f"the way from inner to outer {name}", -1e-3, 1e-3, apart)
