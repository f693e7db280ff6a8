"""Which schemes and steps are chosen, and why: what `gputme check` prints."""

from __future__ import annotations

from gputme.engine import Simulation
from gputme.model import Scenario
from gputme.report.words import duration, percent

__all__ = ["schemes"]


def schemes(simulation: Simulation, whole: Scenario | None = None) -> list[tuple[str, str]]:
    """What was chosen for each substrate and for mechanics, and why. The simulation must have made a step.

    ``whole``: the scenario that the simulation is a piece of; how cells stand in it shows only when it runs.
    """
    scenario, lines = whole or simulation.scenario, []
    if lattice := scenario.lattice:
        many = lattice.steps(scenario.time.step)
        return [("lattice", f"{many} x {duration(lattice.step)}, as the scenario asks: explicit, each cell in turn")]
    for index, substrate in enumerate(scenario.substrates):
        choice = simulation.stepper.fields.choice(index, scenario.domain)
        minutes = choice.every * scenario.time.step
        step = f", {choice.substeps} x {duration(minutes / choice.substeps)}" if choice.substeps else ""
        step += f" in every {choice.every} steps" if choice.every > 1 else ""
        text = f"{choice.scheme}{step}: {choice.why}"
        if choice.error_estimate:
            text += (
                f"; a sudden change is off by at most {100 * choice.error_estimate:.2g} % while it relaxes"
            )
            text += f" (on the mean; what cells begin it sees up to {duration(minutes)} later)" * (choice.every > 1)
        lines.append((substrate.name, text))
    if not scenario.numerics.mechanics:
        lines.append(("mechanics", "off"))
    elif whole:
        lines.append(("mechanics", f"counted anew for each cell in each step, {_why(scenario)}"))
    elif simulation.tissue.cells.n:
        lines.append(("mechanics", _motion(simulation)))
    return lines


def _why(scenario: Scenario) -> str:
    error = scenario.numerics.mechanics_error
    return f"from stability, a tenth of a radius of movement, and {error:g} of a radius of error"


def _motion(simulation: Simulation) -> str:
    """How cells went through the first step, and why."""
    numerics, dt = simulation.scenario.numerics, simulation.tissue.last_dt
    number = round(simulation.scenario.time.step / dt)
    if numerics.mechanics_step:
        return f"{number} x {duration(dt)}: for all cells, as the scenario asks"
    levels = simulation.stepper.mechanics.levels
    several, most = int(levels[1:].sum()), 2 ** int(levels.nonzero()[0].max(initial=0))
    how = f"{number} x {duration(dt)} at the start"
    if several:
        who = f"{percent(several / levels.sum())} of the cells" if several < levels.sum() else "all cells"
        how += f", in which {who} take 2 to {most} steps" if most > 2 else f", in which {who} take 2 steps"
    return f"{how}: counted anew for each cell in each step, {_why(simulation.scenario)}"
