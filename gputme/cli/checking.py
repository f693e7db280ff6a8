"""`gputme check`: is a scenario valid, what does it take, what is chosen, do the backends agree."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from gputme.cli.running import DEFAULT, introduce, say, scenario_names, set_option

if TYPE_CHECKING:
    from gputme.engine import Simulation
    from gputme.model import Scenario
    from gputme.report.agreement import Agreement

STEPS = 30  # of the comparison of backends


@click.command()
@click.argument("scenario", default=DEFAULT, shell_complete=scenario_names)
@set_option
@click.option("--backends", type=click.Choice(["all"]), help="Also run a short piece on each and compare.")
def check(scenario: str, overrides: tuple[str, ...], backends: str | None) -> int:
    """Validate SCENARIO; say how much memory it takes, which schemes and steps are chosen, and why.

    With --backends all, run 30 steps on every backend that is present and compare each with NumPy.
    """
    from gputme.engine import Simulation
    from gputme.model import load
    from gputme.report.plan import resident

    description = load(scenario, overrides)
    say(f"{scenario}: valid")
    if backends:
        return _compare(description)
    libraries = resident()
    simulation = Simulation(description, notify=say)
    introduce(simulation, "auto")
    _plan(simulation, libraries)
    return 0


def _plan(simulation: Simulation, libraries: int) -> None:
    """Print the memory plan, and what was chosen. ``libraries``: bytes that Python took before."""
    from gputme.report.plan import measured, schemes
    from gputme.report.words import count, size

    plan, cells = measured(simulation), simulation.tissue.cells.n
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    cell = f"{plan.per_cell:.0f} B (columns {plan.columns:.0f}, solvers {plan.workspaces:.0f})"
    shared = plan.per_voxel - plan.field
    voxel = f"{plan.per_voxel:.1f} B (its own {plan.field:.1f}, its share of the rest {shared:.1f})"
    lines = [
        ("Python and libraries", size(libraries)),
        ("per cell", cell),
        ("per voxel and substrate", voxel),
    ]
    for number in sorted({cells, 10 * cells, 10**6}):
        need = libraries + plan.total(number)
        remark = "" if need < memory else f", more than the {size(memory)} of this machine"
        lines.append((f"with {count(number)} cells", f"{size(need)} in all at the most{remark}"))
    say("\nMemory")
    _table(lines)
    say("\nSchemes and steps")
    _table(schemes(simulation))


def _table(lines: list[tuple[str, str]]) -> None:
    width = max((len(name) for name, _ in lines), default=0)
    for name, text in lines:
        say(f"  {name:{width}}  {text}")


def _compare(description: Scenario) -> int:
    """Print the agreement table; 0 where all backends have the same cells and fates."""
    from gputme.backends import BACKENDS, available
    from gputme.report.agreement import agreement

    present = available()
    for name in BACKENDS:
        say(f"{name:7} {present[name][1]}")
    others = [name for name in BACKENDS if present[name][0] and name != "numpy"]
    if not others:
        say("only numpy is present: nothing to compare")
        return 0
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
