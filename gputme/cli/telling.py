"""What is said around a run: what is about to be computed, what differs from before, and what came of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from gputme.cli.speech import command, complain, say, wrapped
from gputme.memory import give_back

if TYPE_CHECKING:
    from gputme.engine import Simulation
    from gputme.io.reader import Run
    from gputme.io.writer import RunFolder
    from gputme.model import Scenario
    from gputme.runner import Outcome


def introduce(simulation: Simulation, asked: str, cells: int | None = None, whole: Scenario | None = None) -> None:
    """What is about to be computed, and on what; ``cells``: how many there are, where not those that the simulation
    has now; ``whole``: the scenario that it is a piece of."""
    from gputme.report.words import plural

    scenario, backend = whole or simulation.scenario, simulation.kernels.backend
    cells = simulation.tissue.cells.n if cells is None else cells
    nz, ny, nx = scenario.domain.shape
    grid = f"{nx} x {ny}" + (f" x {nz}" if scenario.domain.dimensions == 3 else "")
    say(f"{scenario.name}: {scenario.title}" if scenario.title else scenario.name)
    substrates = ", ".join(s.name for s in scenario.substrates) or "no substrate"
    parts = [("about " if whole else "") + plural(cells, "cell"), f"{grid} voxels", substrates, f"seed {scenario.seed}"]
    say("; ".join([*parts, scenario.precision]))
    say(f"Backend {backend.name}: {backend.describe()}{_why(backend.name, asked)}")


def _why(name: str, asked: str) -> str:
    """Why this backend was taken: it was asked for, or what is missing for a faster one."""
    from gputme import backends

    if asked != "auto":
        return " (as asked)"
    missing = backends.BACKENDS[: backends.BACKENDS.index(name)]
    if not missing:
        return " (the fastest that is present)"
    present = backends.available()
    reasons = [re.split(r"[:;(]", present[b][1])[0].strip() for b in missing if not present[b][0]]
    return (
        f" ({', '.join(reasons)}: see {command()} devices)"
        if reasons
        else " (as the scenario or the run says)"
    )


def remark(scenario: Scenario) -> None:
    """Say what is valid but hardly meant, the first of it."""
    from gputme.model import warnings

    if left_out := len(scenario.left_out):
        what = "1 entry" if left_out == 1 else f"{left_out} entries"
        say(f"Note: {what} of library types left out for want of what they name; `{command()} check` lists them.")
    found = warnings(scenario)
    for sentence in found[:3]:
        say(f"Note: {sentence}")
    if len(found) > 3:
        say(f"Note: and {len(found) - 3} more, which `{command()} check` prints.")


def warn_of_other_version(folder: RunFolder) -> None:
    sessions = folder.meta["sessions"]
    made, now = (session.get("gputme", "of an unknown version") for session in (sessions[0], sessions[-1]))
    if made != now:
        say(f"Note: made by gputme {made}, this is {now}; results may differ from an uninterrupted run.")


def warn_of_edited_scenario(folder: RunFolder) -> None:
    """Say so where somebody has edited scenario.toml: a run goes on with the scenario that it was started with."""
    path = folder.path / "scenario.toml"
    try:
        edited = not path.is_symlink() and path.read_text(encoding="utf-8") != folder.scenario_text
    except (OSError, ValueError):
        return
    if edited:
        say(f"Note: {path} has been edited; the run goes on as it was started. Change keys with --set (a branch).")


def announce(minutes: float, event: str) -> None:
    """A first event, as it happens."""
    from gputme.report.words import duration

    say(f"At {duration(minutes)}: the {event}.")


def conclude(path: Path, scenario: Scenario, outcome: Outcome, paged: bool = True) -> int:
    """Show results, pictures, the page (where ``paged``) and places of a run that reached its end or was stopped;
    return the exit code."""
    from gputme.io.reader import Run
    from gputme.report import paragraph
    from gputme.report.words import clock

    if outcome.exit_code and outcome.exit_code < 128:  # it failed: what it left is looked at with info and plot
        return outcome.exit_code
    give_back()
    found = Run(path)
    say()
    wrapped(paragraph(found, scenario))
    say()
    each = 1000 * outcome.wall / max(outcome.steps, 1)
    say(f"{outcome.steps} steps in {clock(outcome.wall)} ({each:.3g} ms each)")
    say(f"frames    {path}/frames  ({len(found)}; they open in ParaView)")
    say(f"series    {path}/run.h5")
    draw(found, scenario, paged)
    return outcome.exit_code


def draw(found: Run, scenario: Scenario, paged: bool = True) -> None:
    """The pictures and the page of a run, and where they are."""
    from gputme.report import PAGE, pictures, write_page

    made: list[Path] = []
    try:
        made = pictures(found, scenario, found.path)
    except Exception as error:  # the run is whole without them
        complain(f"the pictures could not be drawn: {error!r}")
    for picture in made:
        say(f"picture   {picture}")
    if not paged:
        return
    try:
        page = write_page(found, scenario, found.path / PAGE, picture=made[0] if made and len(found) else None)
    except Exception as error:
        complain(f"the page could not be made: {error!r}")
        return
    say(f"page      {page}  (opens in any browser)")
