"""Which schemes and steps are chosen, and why: what `gputme check` prints."""

from __future__ import annotations

from gputme.engine import Simulation
from gputme.model import Scenario
from gputme.report.words import duration
from gputme.solvers.mechanics import ACCURACY

__all__ = ["schemes"]


def schemes(simulation: Simulation, whole: Scenario | None = None) -> list[tuple[str, str]]:
    """What was chosen for each substrate and for mechanics, and why. The simulation must have made a step.

    ``whole``: the scenario that the simulation is a piece of; how cells stand in it shows only when it runs.
    """
    scenario, lines = whole or simulation.scenario, []
    for index, substrate in enumerate(scenario.substrates):
        choice = simulation.stepper.fields.choice(index, scenario.domain)
        step = duration(scenario.time.step / max(choice.substeps, 1))
        text = f"{choice.scheme}, {choice.substeps} x {step}: {choice.why}"
        if choice.error_estimate:
            text += (
                f"; a sudden change is off by at most {100 * choice.error_estimate:.2g} % while it relaxes"
            )
        lines.append((substrate.name, text))
    if not scenario.numerics.mechanics:
        lines.append(("mechanics", "off"))
    elif whole:
        lines.append(("mechanics", "counted anew in each step from where the cells then are"))
    elif simulation.tissue.cells.n:
        number = round(scenario.time.step / simulation.tissue.last_dt)
        why = "the number that the scenario asks for"
        if not scenario.numerics.mechanics_step:
            why = (
                "counted anew in each step from stability, a tenth of a radius of movement, "
                f"and {ACCURACY:g} of a radius of error"
            )
        lines.append(("mechanics", f"{number} x {duration(simulation.tissue.last_dt)} at the start: {why}"))
    return lines
