"""`gputme run` and `gputme resume`."""

from __future__ import annotations

import math
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gputme.cli.speech import command, complain, say
from gputme.cli.telling import (
    announce,
    conclude,
    draw,
    introduce,
    remark,
    warn_of_edited_scenario,
    warn_of_other_version,
)
from gputme.errors import ScenarioError

if TYPE_CHECKING:
    from gputme.backends import Kernels
    from gputme.engine import Simulation
    from gputme.io.writer import RunFolder
    from gputme.model import Scenario
    from gputme.runner import Outcome

DEFAULT = "tme"
LARGE_CELL, LARGE_VOXEL = 1000, 60  # bytes, generous: what is smaller than this is not planned before it starts
BACKENDS = click.Choice(["auto", "numpy", "native", "cuda"])


def scenario_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Packaged scenarios, for completion in shells."""
    from gputme.model import names

    return [name for name in names() if name.startswith(incomplete)]


a_path = click.Path(path_type=Path)
set_option = click.option(
    "--set", "overrides", metavar="KEY=VALUE", multiple=True, help="Change a key of the scenario; repeatable."
)
until_option = click.option(
    "--until", metavar="TIME", help='Simulated time to stop at, such as "14 d", instead of the planned end.'
)
backend_option = click.option(
    "--backend", type=BACKENDS, default="auto", show_default=True, help="What computes."
)
report_option = click.option(
    "--report/--no-report", "paged", default=True, help="Make report.html, the page of the run, at its end."
)


@click.command(short_help="Run a scenario.")
@click.argument("scenario", default=DEFAULT, shell_complete=scenario_names)
@click.option("--out", metavar="RUN", type=a_path, help="Folder to write; the next free runs/NAME-NNN.")
@until_option
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), metavar="N", help="Seed of all randomness.")
@backend_option
@set_option
@click.option("--overwrite", is_flag=True, help="Replace the run that is in RUN.")
@report_option
def run(
    scenario: str,
    out: Path | None,
    until: str | None,
    seed: int | None,
    backend: str,
    overrides: tuple[str, ...],
    overwrite: bool,
    paged: bool,
) -> int:
    """Run SCENARIO: the name of a packaged one or the path of a TOML file.

    Without SCENARIO, runs tme, a tumour and its microenvironment.
    """
    from gputme.engine import Simulation, kernels_for
    from gputme.folders import new_folder
    from gputme.memory import resident
    from gputme.model import load

    chosen = [*overrides, *([] if seed is None else [f"seed={seed}"])]
    description = load(scenario, chosen)
    libraries, kernels = resident(), kernels_for(description, backend, say)
    _refuse_too_large(description, kernels, libraries)
    simulation = Simulation(description, backend=kernels, notify=say)
    cells, most = simulation.tissue.cells.n, description.numerics.max_cells
    if most != "auto" and cells > most:
        raise ScenarioError(f"numerics.max_cells = {most}, but the scenario starts with {cells} cells")
    end = _ticks(simulation, until)
    introduce(simulation, backend)
    remark(description)
    with new_folder(simulation, out, end, overwrite) as folder:
        outcome = _go(simulation, folder, end)
    del simulation  # its memory is what the pictures take
    return conclude(folder.path, description, outcome, paged)


@click.command(short_help="Continue a run, or branch from it.")
@click.argument("run", type=a_path)
@until_option
@backend_option
@set_option
@click.option("--frame", metavar="N|TIME", default="", help="Branch from this frame or time, not from the newest.")
@click.option("--out", metavar="RUN", type=a_path, help="Folder of the branch; the next free RUN-branch-N.")
@click.option("--overwrite", is_flag=True, help="Replace the run that is in the folder of the branch.")
@report_option
def resume(
    run: Path,
    until: str | None,
    backend: str,
    overrides: tuple[str, ...],
    frame: str,
    out: Path | None,
    overwrite: bool,
    paged: bool,
) -> int:
    """Continue the run in the folder RUN from its newest checkpoint, as if it had never stopped.

    With --set (or --frame, or --out), branch: go on with changed keys in a new folder, and leave RUN as it is.
    Without --backend, the one that the run had before is taken where it is present.
    """
    if overrides or frame or out is not None:
        return _branch(run, until, backend, overrides, frame, out, overwrite, paged)
    if overwrite:
        raise ScenarioError("--overwrite belongs to a branch: a run that is continued keeps what it has")
    from gputme.columns import TICKS
    from gputme.folders import continued
    from gputme.io.reader import Run
    from gputme.report import PAGE, PICTURES
    from gputme.report.words import duration

    simulation, folder = continued(run, backend, say)
    with folder:
        end = _ticks(simulation, until) if until else folder.meta.get("until", simulation.ticks())
        newest = folder.latest_complete()
        for sentence in folder.passed_over:
            complain(sentence)
        reached = 0 if newest is None else newest.tick
        introduce(simulation, backend, None if newest is None else len(newest.cells["id"]))
        warn_of_other_version(folder)
        warn_of_edited_scenario(folder)
        description, outcome = simulation.scenario, None
        if reached >= end:
            asked = f", and {duration(end / TICKS)} is no later" if until and end < reached else ""
            say(f"The run has reached {duration(reached / TICKS)} already{asked}; give a later time with --until.")
        else:
            folder.meta["until"] = end
            say(f"Going on from {duration(reached / TICKS)}.")
            outcome = _go(simulation, folder, end)
    del simulation
    if outcome:
        return conclude(folder.path, description, outcome, paged)
    if not all((folder.path / name).exists() for name in (*PICTURES, *[PAGE] * paged)):  # it was ended while it drew
        draw(Run(folder.path), description, paged)
    return 0


def _branch(
    run: Path, until: str | None, backend: str, overrides: tuple[str, ...], frame: str, out: Path | None,
    overwrite: bool, paged: bool,
) -> int:  # fmt: skip
    """Go on from a frame of ``run`` with changed keys, in a folder of its own."""
    from gputme.branching import branched
    from gputme.cli.picking import place_of
    from gputme.io.reader import Run
    from gputme.report.words import duration

    found = Run(run)
    number = found.entries[place_of(found, frame)].index if frame else None
    simulation, folder = branched(run, overrides, out, number, _time(until), backend, say, overwrite)
    with folder:
        end, parent = folder.meta["until"], folder.meta["parent"]
        introduce(simulation, backend)
        say(f"Branch of {run} from frame {parent['frame']} ({duration(parent['minutes'])}).")
        for line in parent["changed"] or ["nothing is changed"]:
            say(f"  {line}")
        description, outcome = simulation.scenario, _go(simulation, folder, end)
    del simulation
    return conclude(folder.path, description, outcome, paged)


def _go(simulation: Simulation, folder: RunFolder, end: int) -> Outcome:
    """Run with a live display; say what ended it before its time, and how it goes on."""
    from gputme import runner
    from gputme.cli.display import display

    say(f"Writing {folder.path}")
    with display(simulation.scenario.name) as report:
        outcome = runner.run(simulation, folder, end, report, announce)
    if outcome.exit_code:
        complain(outcome.message)
    if outcome.exit_code and outcome.goes_on:
        complain(f"Continue with: {command()} resume {shlex.quote(str(folder.path))}")
    return outcome


def _time(text: str | None) -> float | str | None:
    """A time as it was written; a bare number is in minutes, as in a scenario."""
    bare = text is not None and re.fullmatch(r"[+-]?[\d.]+([eE][+-]?\d+)?", text.strip())
    try:
        return float(text) if bare else text
    except ValueError:  # 1.2.3
        return text


def _ticks(simulation: Simulation, until: str | None) -> int:
    try:
        ticks = simulation.ticks(_time(until))
    except ValueError as error:
        raise ScenarioError(f"--until {error}") from None
    if ticks <= 0:
        raise ScenarioError(f"--until must be later than 0, not {until!r}")
    return ticks


def _refuse_too_large(scenario: Scenario, kernels: Kernels, libraries: int) -> None:
    """Raise ScenarioError where the start alone takes more than there is, before any of it is asked for."""
    from gputme.footprint import planned
    from gputme.memory import installed, room
    from gputme.memory_plan import Plan
    from gputme.piece import founders
    from gputme.report.words import count, size

    cells, voxels, most = founders(scenario), math.prod(scenario.domain.shape), scenario.numerics.max_cells
    if most != "auto":
        if cells > 2 * most:
            raise ScenarioError(f"numerics.max_cells = {most}, but the scenario starts with about {count(cells)} cells")
        return
    card = kernels.backend.card()
    about = LARGE_CELL * cells + LARGE_VOXEL * voxels * max(len(scenario.substrates), 1)
    if about < room() and (card is None or about < card.free):
        return
    memory = planned(scenario, kernels)[1]
    plan = Plan(memory, libraries, 0)  # organs sleep at the start
    need, there = plan.computing(cells), plan.on_device(cells)
    if card and there > card.free:
        raise ScenarioError(
            f"{scenario.name}: about {count(cells)} cells and {count(voxels)} voxels take {size(there)} of the GPU's "
            f"memory, and {size(card.free)} of its {size(card.total)} are free: make the domain or the populations "
            "smaller, or run it with --backend native (numerics.max_cells = N tries it all the same)"
        )
    if need > installed():
        raise ScenarioError(
            f"{scenario.name}: about {count(cells)} cells and {count(voxels)} voxels take {size(need)} of memory, and "
            f"this process may take {size(installed())}: make the domain or the populations smaller "
            "(numerics.max_cells = N tries it all the same)"
        )
