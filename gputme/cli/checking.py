"""`gputme check`: is a scenario valid, what does it take, what is chosen, do the backends agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gputme.cli.running import DEFAULT, scenario_names, set_option
from gputme.cli.speech import say
from gputme.cli.telling import introduce

if TYPE_CHECKING:
    from gputme.backends import Card
    from gputme.engine import Simulation
    from gputme.memory_plan import Plan
    from gputme.model import Scenario
    from gputme.report.agreement import Agreement

STEPS = 30  # of the comparison of backends
MOST_WARNINGS = 20


@click.command(short_help="Validate a scenario; memory, schemes, steps.")
@click.argument("scenario", default=DEFAULT, shell_complete=scenario_names)
@set_option
@click.option("--backends", type=click.Choice(["all"]), help="Also run a short piece on each and compare.")
def check(scenario: str, overrides: tuple[str, ...], backends: str | None) -> int:
    """Validate SCENARIO; say how much memory it takes, which schemes and steps are chosen, and why.

    With --backends all, run 30 steps on every backend that is present and compare each with NumPy.
    """
    from gputme.engine import kernels_for
    from gputme.folders import keepable
    from gputme.footprint import planned
    from gputme.memory import resident
    from gputme.memory_plan import Plan, drawing_libraries, in_blood, organs
    from gputme.model import load
    from gputme.piece import entering, founders, is_small
    from gputme.report.overview import overview

    description = load(scenario, overrides)
    keepable(description)
    if backends:
        code = _compare(description)
        say(f"{scenario}: valid")
        return code
    libraries, pictures = resident(), drawing_libraries()
    whole = None if is_small(description) else description
    simulation, memory = planned(description, kernels_for(description, notify=say))
    say(f"{scenario}: valid")  # now that the cells have found their places, and solvers have taken it
    if whole is None:
        for text in simulation.notices.said.values():
            say(f"Note: {text}")
    by_type = [] if whole else _at_start(simulation)
    number = founders(whole) if whole else sum(by_type)
    introduce(simulation, "auto", number, whole)
    say("\nWhat is simulated")
    _table(overview(description, number, by_type))
    _warnings(description)
    plan = Plan(memory, libraries, pictures, organs(description, simulation.kernels))
    _memory(plan, number, entering(description), simulation.kernels.backend.card())
    if description.body:
        _body(plan, in_blood(simulation))
    _schemes(simulation, whole)
    return 0


def _at_start(simulation: Simulation) -> list[int]:
    """Cells of each type at time 0: the simulation has made the steps that memory was counted in."""
    now = simulation.cells
    kinds = now["type"][(now["parent"] == 0) & (now["birth"] <= 0)].tolist()
    return [kinds.count(t) for t in range(len(simulation.scenario.cell_types))]


def _warnings(description: Scenario) -> None:
    """Print what is valid but implausible, or without effect."""
    from gputme.model import warnings
    from gputme.report.words import plural

    found = [*description.warnings, *warnings(description)]
    if found:
        say(f"\n{plural(len(found), 'warning')} of what is valid but hardly meant (bounds: docs/scenario-reference.md)")
    for sentence in found[:MOST_WARNINGS]:
        say(f"  {sentence}")
    if len(found) > MOST_WARNINGS:
        say(f"  and {len(found) - MOST_WARNINGS} more")
    if description.left_out:
        say("\nLeft out of what the library has, as it names what is not here")
    for sentence in description.left_out:
        say(f"  {sentence}")


def _memory(plan: Plan, cells: int, entering: int, card: Card | None) -> None:
    """Print the memory plan of a run that has ``cells`` at the start, and to which ``entering`` may come; ``card``: the
    device's own memory."""
    from gputme.memory import installed
    from gputme.model.settings import MOST_CELLS
    from gputme.report.words import plural, size

    each = plan.memory
    shared = each.per_voxel - each.field
    lines = [
        ("Python and libraries", f"{size(plan.libraries)}, and {size(plan.pictures)} for those that draw"),
        ("per cell", f"{each.per_cell:.0f} B (columns {each.columns:.0f}, solvers {each.workspaces:.0f})"),
        (
            "per voxel and substrate",
            f"{each.per_voxel:.1f} B (its own {each.field:.1f}, its share of the rest {shared:.1f})",
        ),
    ]
    for number in sorted({*(min(n, max(cells, MOST_CELLS)) for n in (cells, cells + entering, 10 * cells)), 10**6}):
        parts = f"{size(plan.computing(number))} computing and writing, then {size(plan.drawing(number))} drawing"
        text = f"{size(plan.peak(number))} at the most: {parts}"
        if plan.peak(number) > installed():
            text += f"; more than the {size(installed())} that this process may take"
        if card:
            text += f"; {size(plan.on_device(number))} on the GPU"
            if plan.on_device(number) > card.free + card.used + card.kept:
                text += ", more than is free"
        lines.append((f"with {plural(number, 'cell')}", text))
    if card:
        free = card.free + card.used + card.kept  # what this trial has taken is given back
        lines.append(("GPU", f"{size(free)} of {size(card.total)} free: arrays lie there, frames and pictures here"))
    say("\nMemory (all that the process takes: libraries, arrays, frames on their way to disk, pictures at the end)")
    _table(lines)


def _body(plan: Plan, carried: float) -> None:
    """Print what organs and the blood have in the plan of memory."""
    from gputme.report.words import plural, size

    say("\nOf these, the rest of the body (an organ takes nothing while it sleeps; above, all are awake)")
    lines = []
    for organ in plan.organs:
        each = organ.memory
        begins = f"{size(organ.computing)} with {plural(organ.cells, 'cell')} to begin with"
        lines.append((organ.name, f"{begins}, and {each.per_cell + each.frames * each.saved:.0f} B for each more"))
    lines.append(("blood", f"{size(carried)} for each cell in it, which come on top"))
    _table(lines)


def _schemes(simulation: Simulation, whole: Scenario | None) -> None:
    """Print what was chosen for each substrate and for mechanics, and what the base step may miss."""
    from gputme.report.hazards import frozen
    from gputme.report.plan import schemes

    say("\nSchemes and steps")
    _table(schemes(simulation, whole))
    for sentence in frozen(simulation.parameters):
        say(f"Note: {sentence}.")


def _table(lines: list[tuple[str, str]]) -> None:
    width = max((len(name) for name, _ in lines), default=0)
    for name, text in lines:
        say(f"  {name:{width}}  {text}")


def _compare(description: Scenario) -> int:
    """Print the agreement table; 0 where all backends have the same cells and fates."""
    from gputme.backends import BACKENDS, available
    from gputme.piece import is_small, piece
    from gputme.report.agreement import agreement

    present = available()
    for name in BACKENDS:
        say(f"{name:7} {present[name][1]}")
    others = [name for name in BACKENDS if present[name][0] and name != "numpy"]
    if not others:
        say("only numpy is present: nothing to compare")
        return 0
    if not is_small(description):
        say("The scenario is large: a piece of it is compared.")
        description = piece(description)
    found = agreement(description, others, STEPS, say)
    say()
    for line in table(found):
        say(line)
    return 0 if all(a.same_cells and a.same_fates for a in found) else 1


def table(found: list[Agreement]) -> list[str]:
    """Largest difference from NumPy: a line per column and field, a column per backend."""
    names = list(dict.fromkeys(column for a in found for column in a.differences))
    width = max([len(name) for name in names] + [len("largest difference")])
    head = "largest difference".ljust(width) + "".join(f"{a.backend:>12}" for a in found)
    lines = [head + f"{'of up to':>12}", "-" * (len(head) + 12)]
    for label, get in (("same ids", "same_cells"), ("same fates", "same_fates"), ("same bits", "identical")):
        lines.append(label.ljust(width) + "".join(f"{'yes' if getattr(a, get) else 'NO':>12}" for a in found))
    for name in names:
        values = "".join(f"{a.differences.get(name, float('nan')):>12.3g}" for a in found)
        lines.append(name.ljust(width) + values + f"{found[0].scales.get(name, 0.0):>12.3g}")
    return lines
