"""A branch: a run that goes on from a frame of another one with changed keys, in a folder of its own."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gputme.checkpoint import upgraded
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.errors import RequestError, RunError, ScenarioError
from gputme.folders import backend_of, new_folder, scenario_of
from gputme.io.frame import Frame
from gputme.io.inputs import FOLDER as INPUTS
from gputme.io.reader import Run
from gputme.io.writer import RunFolder
from gputme.model import Scenario, loads
from gputme.parameters import Parameters

__all__ = ["branched", "changes", "next_branch"]

FIRST_OF_MATRIX = ("density", "fibre", "centre", "anisotropy", "crosslink", "regions", "file")


def branched(
    path: Path | str,
    overrides: Iterable[str] = (),
    out: Path | str | None = None,
    frame: int | None = None,
    until: float | str | None = None,
    backend: str = "auto",
    notify: Callable[[str], None] = lambda text: None,
    overwrite: bool = False,
) -> tuple[Simulation, RunFolder]:
    """A simulation that stands at a frame of the run in ``path`` and has other keys, and its own new run folder.

    ``frame``: the number of a complete frame, the newest unless given; ``out``: RUN-branch-N unless given. The
    notes of the new run say which run and frame it comes from, and what was changed. Raises RunError for frames that
    nothing continues from, ScenarioError for keys that belong to time 0 or give cells and fields their shape.
    """
    parent = Run(path)
    if parent.packed:
        raise RequestError(f"{path}: is a packed run, which can be read but not continued; branch from its folder")
    before, start = scenario_of(parent), _chosen(parent, frame)
    folder = parent.path / INPUTS
    after = loads(parent.scenario_text, base_dir=folder, overrides=overrides, read_tables=False, confined=True)
    _refuse(before, after, start)
    simulation = Simulation(after, backend=backend_of(parent.meta, backend), notify=notify)
    try:
        end = simulation.ticks(until)
    except ValueError as error:
        raise ScenarioError(f"--until {error}") from None
    if end <= start.tick:
        raise ScenarioError(f"the branch would end where it begins, at {start.minutes:g} min: give a later --until")
    simulation.restore(adapted(start, Parameters(before), simulation.parameters))
    notes = {
        "run": parent.path.resolve().name,
        "frame": start.index,
        "minutes": start.minutes,
        "changed": changes(parent.scenario_text, after.source_text),
    }
    out = next_branch(parent.path) if out is None else out
    return simulation, new_folder(simulation, out, end, overwrite, parent=notes)


def next_branch(run: Path) -> Path:
    """The next free RUN-branch-N beside a run."""
    run = run.resolve() if run.name in ("", "..") else run
    pattern = re.compile(re.escape(run.name) + r"-branch-(\d+)")
    taken = [int(m[1]) for m in (pattern.fullmatch(p.name) for p in run.parent.glob("*")) if m]
    return run.with_name(f"{run.name}-branch-{max(taken, default=0) + 1}")


def changes(before: str, after: str) -> list[str]:
    """What differs between two scenarios' texts: ``key: old -> new``, one line per key."""
    old, new = (dict(_leaves(tomllib.loads(text))) for text in (before, after))
    keys = [key for key in dict.fromkeys([*old, *new]) if old.get(key) != new.get(key)]
    return [f"{key}: {old.get(key, 'the default')} -> {new.get(key, 'the default')}" for key in keys]


def _leaves(table: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a TOML document under its dotted key; entries of lists go by their name."""
    if isinstance(table, dict):
        for key, value in table.items():
            yield from _leaves(value, f"{path}.{key}" if path else key)
    elif isinstance(table, list) and table and all(isinstance(entry, dict) for entry in table):
        for i, entry in enumerate(table):
            yield from _leaves(entry, f"{path}.{entry.get('name', i)}")
    else:
        yield path, table


def _chosen(parent: Run, number: int | None) -> Frame:
    """The frame of this number, or the newest that is complete and can be read."""
    complete = [i for i, entry in enumerate(parent.entries) if entry.complete]
    if number is None:
        for i in reversed(complete):
            try:
                return parent.read(i)
            except RunError:
                continue
        raise RunError(f"{parent.path}: has no complete frame to go on from")
    known = [entry.index for entry in parent.entries]
    if number not in known:
        there = f"frames {known[0]} to {known[-1]}" if known else "no frames"
        raise RequestError(f"{parent.path}: there is no frame {number}; the run has {there}")
    i = known.index(number)
    if i not in complete:
        listed = ", ".join(str(known[c]) for c in complete)
        raise RequestError(f"{parent.path}: frame {number} holds a selection; complete, to go on from, are {listed}")
    return parent.read(i)


def _refuse(before: Scenario, after: Scenario, start: Frame) -> None:
    """One sentence for what a branch cannot change, because cells and fields have it in them or it is over."""

    def fixed(what: str, read: Callable[[Scenario], Any], why: str) -> None:
        if read(before) != read(after):
            raise ScenarioError(f"a branch cannot change {what}, {why}; start a new run")

    shape = "which the cells and fields of the frame have"
    fixed("the domain's size, place and voxel", lambda s: (s.domain.lower, s.domain.upper, s.domain.shape), shape)
    fixed("which substrates there are", lambda s: [(x.name, x.unit) for x in s.substrates], shape)
    fixed("which cell types there are", lambda s: [x.name for x in s.cell_types], shape)
    fixed("the custom variables", lambda s: s.custom_names, shape)
    fixed("which behaviours vary", lambda s: list(s.own_words), shape)
    fixed("the phases of a cycle", lambda s: [[p.name for p in t.cycle.phases] for t in s.cell_types], shape)
    fixed("which internal amounts are tracked", lambda s: Parameters(s).tracked, shape)
    fixed("whether there is a matrix ([matrix])", lambda s: s.matrix is not None, shape)
    fixed("whether there is a basement membrane ([membrane])", lambda s: s.membrane is not None, shape)
    fixed("where the basement membrane lies", _surface, shape)
    fixed("whether fluid flows between cells ([interstitium])", lambda s: s.interstitium is not None, shape)
    fixed("whether there are vessels ([vessels])", lambda s: s.vessels is not None, shape)
    fixed("which organs there are, and which are tissues", _organs, "which cells in the blood are numbered by")
    fixed("the precision", lambda s: s.precision, "in which the frame was computed")
    over = f"which are those of time 0, and it goes on at {start.minutes:g} min"
    fixed("the first cells ([[cells]])", lambda s: s.populations, over)
    fixed("the first bonds", lambda s: s.bonds, over)
    fixed("first values of substrates (initial)", lambda s: [x.initial for x in s.substrates], over)
    fixed("first values of the matrix (density, fibre, ...)", lambda s: _first(s.matrix, FIRST_OF_MATRIX), over)
    fixed("the first vessels", lambda s: _first(s.vessels, ("vessels", "nodes", "segments", "bed", "spacing")), over)
    fixed("whether and where tips on a lattice began", _lattice, over)
    fixed("first values of the membrane (integrity)", lambda s: _first(s.membrane, ("integrity", "regions")), over)
    if start.tick % after.time.step_ticks:
        step = after.time.step_ticks / TICKS
        raise ScenarioError(f"a branch at {start.minutes:g} min needs a step that divides it: {step:g} min does not")


def _organs(scenario: Scenario) -> list[Any]:
    return [*(scenario.body.names[1:] if scenario.body else ()), *scenario.organs]


def _first(part: Any, keys: Iterable[str]) -> list[Any]:
    """What these keys of a table say, if it is there."""
    return [getattr(part, key) for key in keys] if part is not None else []


def _lattice(scenario: Scenario) -> list[Any]:
    return _first(scenario.vessels and scenario.vessels.lattice, ("tips", "tumour"))


def _surface(scenario: Scenario) -> list[Any]:
    return _first(scenario.membrane, ("plane", "duct", "sphere", "file"))


def adapted(frame: Frame, old: Parameters, new: Parameters) -> Frame:
    """A complete frame with the rows of ruled behaviours that other rules need.

    The living get theirs in the next step anyway; the dead keep what they had, and do in what no rule set before
    what their type's dead do.
    """
    frame = upgraded(frame, old)
    organs = {
        name: adapted(organ, *(Parameters(of.scenario.organs[name]) for of in (old, new)))
        for name, organ in frame.organs.items()
    }
    frame = replace(frame, organs=organs)
    if old.ruled == new.ruled:
        return frame
    kinds, dead = np.asarray(frame.cells["type"]), np.asarray(frame.cells["death"]) > 0
    kept, made, factors = frame.state["ruled"], {}, dict(zip(*new.ceasing))
    for number in new.ruled:
        if (word := new.word(number)) in kept:
            made[word] = kept[word]
            continue
        values = new.table[kinds, number].astype(frame.cells["x"].dtype)
        if number in factors:
            values = np.where(dead, values * factors[number][kinds].astype(values.dtype), values)
        made[word] = values
    return replace(frame, state={**frame.state, "ruled": made})
