"""Fields of whole scenarios: what the plan says is what runs, and what does not converge is said once."""

from __future__ import annotations

import numpy as np
import pytest

from gputme.engine import Simulation
from gputme.errors import ScenarioError
from gputme.model import loads
from gputme.report.plan import schemes

BOX = """
name = "box"
[domain]
size = ["200 um", "200 um", "200 um"]
voxel = "20 um"
[time]
end = "10 min"
[[substrate]]
name = "oxygen"
unit = "mmHg"
diffusion = "{diffusion} um2/min"
decay = "10 /min"
faces = {{ fixed = "38 mmHg" }}
scheme = "{scheme}"
{more}
"""
EVERYWHERE = 'diffusion_map = [{{ sphere = {{ radius = "200 um" }}, factor = {} }}]'


def box(diffusion, scheme="auto", more="", **kwargs) -> Simulation:
    return Simulation(loads(BOX.format(diffusion=diffusion, scheme=scheme, more=more)), **kwargs)


@pytest.mark.parametrize("factor", [1e-6, 1e-3, 20, 1e3, 1e4, 1e6])
@pytest.mark.parametrize("scheme", ["auto", "steady"])
def test_a_factor_everywhere_is_another_coefficient(scheme, factor, backend_name):
    there, plain = (
        box(d, scheme, more, backend=backend_name)
        for d, more in ((1e5 / factor, EVERYWHERE.format(factor)), (1e5, ""))
    )
    assert schemes(there) == schemes(plain)
    for simulation in (there, plain):
        simulation.run("3 min")
    np.testing.assert_allclose(there.fields["oxygen"], plain.fields["oxygen"], rtol=1e-4)


def test_a_plan_of_a_large_scenario_knows_its_fastest_region():
    """Also where the piece that is tried in its place has none of it."""
    more = 'diffusion_map = [{ box = [["-100 um", "-100 um", "80 um"], ["100 um", "100 um", "100 um"]], factor = 50 }]'
    simulation = box(40, more=more, backend="numpy")
    domain = simulation.scenario.domain
    middle = domain.model_copy(update={"size": (200.0, 200.0, 40.0)})
    part = Simulation(simulation.scenario.model_copy(update={"domain": middle}), backend="numpy")
    assert part.stepper.fields.choice(0).scheme == "explicit"
    assert part.stepper.fields.choice(0, domain) == simulation.stepper.fields.choice(0)
    assert simulation.stepper.fields.choice(0).scheme == "implicit"


def test_an_explicit_scheme_without_end_is_refused_before_it_runs():
    with pytest.raises(ScenarioError, match=r"substrate 'oxygen': scheme 'explicit' would take .* more than 1000"):
        box(1e6, "explicit")


@pytest.mark.parametrize("scheme", ["auto", "explicit"])
@pytest.mark.parametrize("diffusion", [10, 40, 60, 300])
def test_what_the_plan_says_is_what_runs(scheme, diffusion, monkeypatch):
    simulation = box(diffusion, scheme, backend="numpy")
    solver, choice = simulation.stepper.fields.solvers[0], simulation.stepper.fields.choice(0)
    steps = []
    monkeypatch.setattr(solver, "_sequence", lambda *args: [lambda: steps.append(args)] * 2)
    monkeypatch.setattr(solver.grid, "solve", lambda *args: (0, 0.0))
    if choice.scheme == "explicit":
        monkeypatch.setattr(solver, "_sequence", lambda *args: [lambda: steps.append(args)])
    simulation.step()
    assert solver.scheme == choice.scheme
    assert len(steps) == (choice.substeps if choice.scheme == "explicit" else 2)  # before the solve, and after it


def test_what_stops_before_its_tolerance_is_said_once_with_what_and_where():
    told = []
    simulation = Simulation(
        loads(BOX.format(diffusion=1e5, scheme="steady", more="") + "[numerics]\nmax_cycles = 1\ntolerance = 1e-9\n"),
        backend="numpy", notify=told.append,
    )  # fmt: skip
    for _ in range(3):
        simulation.step()
    assert len(told) == len(simulation.notices.said) == 1
    assert told[0].startswith("Note: oxygen: in the step from 0 min the solve stopped after 1 cycles with")


def test_what_converges_says_nothing(backend_name):
    assert not box(1e5, backend=backend_name).run("5 min").notices.said
