"""Commands that look and change nothing: `info`, `scenarios`, `devices`."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gputme.cli.running import DEFAULT
from gputme.cli.speech import command, complain, say, wrapped

if TYPE_CHECKING:
    from gputme.io.reader import Run


@click.command(short_help="Say what a run or packed file holds.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--read-all", is_flag=True, help="Read every frame and say what is damaged.")
@click.option("--json", "as_json", is_flag=True, help="Print it as one JSON object, for programs.")
def info(run: Path, read_all: bool, as_json: bool) -> int:
    """Say what the run in the folder or packed file RUN holds.

    Rebuilds run.h5 from the frames where it is missing or damaged.
    """
    from gputme.errors import RunError
    from gputme.folders import scenario_of
    from gputme.io.reader import Run
    from gputme.report import paragraph
    from gputme.report.words import duration, size

    found = Run(run)
    meta, problems = found.meta, found.check() if read_all else found.problems
    files = [run] if found.packed else [p for p in run.rglob("*") if p.is_file()]
    if as_json:
        say(json.dumps(_facts(found, problems, files), indent=2, allow_nan=False))
        return 1 if problems else 0
    session = (meta.get("sessions") or [{}])[-1]
    say(f"{run}: {meta.get('scenario', 'a run')}, seed {meta.get('seed', '?')}, {meta.get('precision', '')}")
    made, backend, device = (session.get(key, "?") for key in ("gputme", "backend", "device"))
    say(f"gputme {made}, backend {backend}: {device}")
    if parent := meta.get("parent"):
        say(f"Branch of {parent['run']} from frame {parent['frame']} ({duration(parent['minutes'])})")
        for line in parent["changed"]:
            say(f"  {line}")
    if len(found):
        entries, complete = found.entries, [e for e in found.entries if e.complete]
        say(
            f"{len(found)} frames from {duration(entries[0].minutes)} to {duration(entries[-1].minutes)}, "
            f"{size(sum(p.stat().st_size for p in files))}; the last has {entries[-1].cells} cells"
        )
        end = meta.get("until", 0)
        if complete and complete[-1].tick < end and not found.packed:
            say(f"It was started for {duration(end / 1024)}; continue it with: {command()} resume {run}")
        say()
        try:
            wrapped(paragraph(found, scenario_of(found)))
        except RunError as error:
            problems = [*problems, str(error)]
    else:
        say("no frames")
    for problem in problems:
        complain(problem)
    if found.problems and not found.packed:
        found.rebuild()
        say("run.h5 has been rebuilt from the frames.")
    return 1 if problems else 0


def _facts(found: Run, problems: list[str], files: list[Path]) -> dict[str, Any]:
    """What `info` says, for programs: names stay, values are plain."""
    from gputme.columns import TICKS

    last = {name: float(values[-1]) for name, values in found.series.items() if len(values)}
    return {
        "path": str(found.path),
        "packed": found.packed,
        **{key: found.meta.get(key) for key in ("scenario", "seed", "precision", "gputme", "units", "parent")},
        "planned_minutes": found.meta.get("until", 0) / TICKS,
        "bytes": sum(p.stat().st_size for p in files),
        "frames": [
            {"frame": e.index, "minutes": e.minutes, "cells": e.cells, "complete": e.complete} for e in found.entries
        ],
        "series": {name: value if math.isfinite(value) else None for name, value in last.items()},
        "sessions": found.meta.get("sessions", []),
        "problems": problems,
    }


@click.command()
def scenarios() -> None:
    """List the packaged scenarios."""
    from gputme.model import names

    found = names()
    width = max(map(len, found), default=0)
    for name, title in found.items():
        say(f"{name:{width}}  {title}{'  (default)' if name == DEFAULT else ''}")


def library_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Entries of the library, for completion in shells."""
    from gputme.model.library import packaged

    return [name for name in packaged() if name.startswith(incomplete)]


@click.command(short_help="List packaged cell types, substrates and organs, or show one.")
@click.argument("name", required=False, shell_complete=library_names)
def library(name: str | None) -> None:
    """List the packaged cell types, substrates and organs; with NAME show that one: roles, needs, numbers and sources.

    A scenario takes one by inherits = "library:NAME" and overrides whatever it writes itself.
    """
    from gputme.errors import ScenarioError
    from gputme.model.binding import needs
    from gputme.model.library import KINDS, PREFIX, Library, packaged

    shelf = Library()
    if name is None:
        entries = [shelf.entry(known) for known in packaged()]
        width = max(len(entry.name) for entry in entries)
        for kind, what in KINDS.items():
            say(f"{what[0].upper()}{what[1:]}s")
            for entry in entries:
                if entry.kind == kind:
                    say(f"  {entry.name:{width}}  {entry.title}")
        return
    try:
        entry = shelf.entry(name.removeprefix(PREFIX))
    except LookupError as error:
        raise ScenarioError(str(error.args[0])) from None
    say(f'{entry.title} (inherits = "{PREFIX}{entry.name}" in a [[{entry.table_name}]])')
    wrapped(entry.description.strip())
    for role, meaning in entry.roles.items():
        say(f"  role {role}: {meaning}")
    for what, named in needs(entry).items():
        say(f"  {what}: {', '.join(named)}")
    for of, text in entry.texts.items():
        say(f"\n--- {of} ---\n{text.strip()}")


@click.command(short_help="Say what can compute here.")
def devices() -> None:
    """Say what can compute here, and what to install for more."""
    from gputme.backends import BACKENDS, available
    from gputme.memory import installed
    from gputme.report.words import size

    found = available()
    first = next(name for name in BACKENDS if found[name][0])
    for name in BACKENDS:
        present, sentence = found[name]
        remark = "  (used unless told otherwise)" if name == first else ""
        say(f"{'yes' if present else 'no ':3} {name:7} {sentence}{remark}")
    say(f"{len(os.sched_getaffinity(0))} CPU threads, {size(installed())} of memory")
