"""Exchange over whole steps: what removed cells held, demands that a field cannot meet, saturation."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import tables

from gputme.engine import Simulation
from gputme.model import loads
from gputme.solvers.diffusion import Diffusion

BASE = """
name = "laws"
seed = {seed}
[domain]
size = {size}
voxel = "20 um"
[time]
end = "2 h"
step = "{step} min"
[[substrate]]
name = "debris"
diffusion = "{diffusion} um2/min"
decay = "{decay} /min"
initial = {initial}
scheme = "{scheme}"
[[cell_type]]
name = "tumour"
[cell_type.cycle]
model = "live"
rates = {{ live = 0.0 }}
[cell_type.apoptosis]
rate = "{death} /h"
duration = "{lasting} min"
[cell_type.exchange.debris]
{exchange}
[[cells]]
type = "tumour"
count = {cells}
{shape}
[numerics]
mechanics = false
{more}
"""
BOX, PLANE = '["100 um", "100 um", "100 um"]', '["100 um", "100 um"]'
DEBRIS = ("tumour", "dead", "increases", "debris secretion", 1.0, 0.5, 10.0, True)


def make(exchange="", rules=(), size=BOX, backend="auto", notify=lambda text: None, more="", **chosen) -> Simulation:
    sides = size.replace('"', "").replace("um", "").strip("[]").split(",")
    corners = [[f"{sign}{float(s) / 2} um" for s in sides] for sign in ("-", "")]
    values = dict(
        seed=1, step=1, diffusion=1e5, decay=0, initial=0, scheme="implicit", death=0, lasting=1e4, cells=40,
        shape=f"box = {corners}", more=more,
    ) | chosen  # fmt: skip
    if "precision" not in more:
        values["more"] += '\nprecision = "fp64"'
    text = BASE.format(exchange=exchange, size=size, **values)
    keys = ("cell_type", "signal", "direction", "behaviour", "saturation", "half_max", "power", "applies_to_dead")
    for rule in rules:
        pairs = [f"{k} = {v!r}" if not isinstance(v, bool) else f"{k} = {str(v).lower()}" for k, v in zip(keys, rule)]
        text += "\n[[rule]]\n" + "\n".join(pairs) + "\n"
    return Simulation(loads(text), backend=backend, notify=notify)


def ruled(simulation: Simulation, row: int = 0) -> dict[int, float]:
    cells = simulation.tissue.cells
    return dict(zip(cells.id[: cells.n].tolist(), np.array(cells.row("ruled", row)[: cells.n]).tolist()))


def content(simulation: Simulation) -> float:
    return simulation.fields["debris"].astype(float).sum() * 8000


# ------------------------------------------------------------------------------------------------ the dead


@pytest.mark.parametrize("precision", ["fp32", "fp64"])
@pytest.mark.parametrize("scheme", ["implicit", "steady", "explicit"])
def test_every_backend_iterates_to_the_same_bits(scheme, precision):
    """Saturating uptake, demands that are not met, cells that die and are removed with what they hold."""
    seen = {}
    for label, kernels in tables(precision).items():
        simulation = make(
            "vmax = 40\nkm = 2\nexport = -900\nuptake = 1\ntracked = true", [DEBRIS], initial=5, death=3, lasting=3,
            scheme=scheme, diffusion=20 if scheme == "explicit" else 1e4, decay=0.1, backend=kernels,
            more=f'precision = "{precision}"',
        ).run("8 min")  # fmt: skip
        seen[label] = simulation.fields["debris"].tobytes(), simulation.summary(), dict(simulation.notices.said)
    assert all(value == seen["numpy"] for value in seen.values())
    assert seen["numpy"][1]["unmet debris"] > 0
    assert seen["numpy"][1]["removed debris"] != 0  # negative where they gave more than they took


# ------------------------------------------------------------------------------------------------ balances


@pytest.mark.parametrize("backend", ["numpy", "native"])
def test_field_cells_and_removed_cells_hold_what_there_was(backend):
    try:
        simulation = make(
            "uptake = 1\ntracked = true", initial=100, death=3, lasting=20, backend=backend, cells=60
        )
    except Exception as error:
        pytest.skip(str(error))
    start = content(simulation)
    simulation.run("2 h")
    row = simulation.summary()
    assert row["removals"] > 20
    assert row["removed debris"] > 0.01 * start
    assert content(simulation) + row["internal debris"] + row["removed debris"] == pytest.approx(start, rel=1e-9)
    frame = simulation.frame(0)
    assert simulation.restore(frame).summary() == row


@pytest.mark.parametrize("scheme", ["implicit", "explicit"])
@pytest.mark.parametrize("size", [BOX, PLANE])
@pytest.mark.parametrize("step", [0.5, 6])
def test_what_a_field_does_not_hold_is_not_taken_and_counted(scheme, size, step, backend_name):
    """Ten cells demand 4000 of their surroundings each minute; after some minutes nothing is left."""
    simulation = make(
        "export = -4000\ntracked = true", size=size.replace("100", "60"), step=step, initial=5, scheme=scheme,
        backend=backend_name, diffusion=1e5 if scheme == "implicit" else 20, cells=10,
    )  # fmt: skip
    start, demand = content(simulation), 10 * 4000
    spent = 0.0
    while spent < 2 * start:
        simulation.step()
        spent += demand * step
        row, debt = simulation.summary(), simulation.tissue.numbers(simulation.tissue.debts)[0]
        assert simulation.fields["debris"].min() >= 0
        assert abs(debt) * 8000 < 1e-6 * start
        assert content(simulation) + row["internal debris"] == pytest.approx(start, rel=1e-6)
        assert row["internal debris"] + row["unmet debris"] == pytest.approx(spent, rel=1e-6)
        if spent < 0.5 * start and scheme == "implicit":
            assert abs(row["unmet debris"]) < 1e-3 * spent  # there is plenty
    assert content(simulation) < (2e-3 if scheme == "implicit" else 0.9) * start
    assert not simulation.notices.said


def test_a_demand_on_an_empty_field_leaves_no_debt_that_eats_what_comes_later():
    rule = ("tumour", "time", "increases", "debris secretion", 5.0, 60.0, 16.0, False)
    late = make("export = -1000\ntarget = 100", [rule], initial=0).run("2 h")
    free = make("target = 100", [rule], initial=0).run("2 h")
    taken = (content(free) - content(late)) / content(free)
    assert 0 < taken < 0.9
    assert late.summary()["unmet debris"] > 0.1 * 40 * 1000 * 120


def test_a_field_that_runs_empty_is_solved_in_a_few_passes(monkeypatch):
    """Also while a front of empty voxels spreads, and once nothing is left but what rounding leaves."""
    passes = []
    step = Diffusion.step
    monkeypatch.setattr(Diffusion, "step", lambda *given, **named: (passes.append(1), step(*given, **named))[1])
    chosen = dict(initial=3, diffusion=500, step=6, cells=30, more='precision = "fp32"')
    simulation, most = make("export = -1000", **chosen), 0
    for _ in range(30):
        passes.clear()
        simulation.step()
        most = max(most, len(passes))
    assert simulation.fields["debris"].max() < 1e-9
    assert not simulation.notices.said
    assert most <= 15


# ------------------------------------------------------------------------------------------------ saturation


@pytest.mark.parametrize("step", [0.5, 1, 6])
def test_a_well_mixed_transient_is_backward_euler_of_saturating_uptake(step, backend_name):
    """du/dt = -R u / (km + u) in one voxel: each step is solved, from plenty down to nothing."""
    size = '["20 um", "20 um", "20 um"]'
    simulation = make("vmax = 40\nkm = 2", size=size, initial=38, cells=1, step=step, backend=backend_name)
    cells = simulation.cells
    rate = 40 * sum(cells[part][0] for part in ("fluid", "nuclear", "cytoplasmic")) / 8000
    u, now, worst = 38.0, 38.0, 0.0
    for _ in range(8):
        simulation.step()
        for _ in range(1000):  # the exact transient
            now *= np.exp(-rate * step / 1000 / (2 + now))
        worst = max(worst, abs(simulation.fields["debris"][0, 0, 0] - now) / 38)
        b = u - 2 - rate * step  # u' (2 + u') = u (2 + u') - rate dt u'
        u = (b + np.sqrt(b * b + 8 * u)) / 2
        assert simulation.fields["debris"][0, 0, 0] == pytest.approx(u, rel=2e-3, abs=4e-3)
    assert worst < simulation.stepper.fields.choice(0).error_estimate  # which `check` states
    assert not simulation.notices.said


@pytest.mark.parametrize("vmax", [1, 30, 1000])
@pytest.mark.parametrize("km", [0.1, 5])
@pytest.mark.parametrize("size", [BOX, PLANE])
def test_the_first_step_of_a_steady_field_is_converged(vmax, km, size, backend_name):
    exchange = f"vmax = {vmax}\nkm = {km}"
    chosen = dict(size=size, decay=0.5, initial=38, scheme="steady", cells=300 if size == BOX else 20)

    fields = []
    for tolerance in (1e-4, 1e-10):
        simulation = make(exchange, more=f"tolerance = {tolerance}\nmax_cycles = 100\npicard = 100", **chosen)
        walled = simulation.scenario.with_("substrate.debris.faces", {"fixed": 38})
        simulation = Simulation(walled, backend=backend_name)
        simulation.step()
        assert not simulation.notices.said
        fields.append(simulation.fields["debris"])

    assert np.abs(fields[0] - fields[1]).max() < 2e-3 * 38
    assert fields[1].min() < 37.9


def test_iterations_that_stop_before_their_tolerance_are_said_once():
    told = []
    simulation = make("vmax = 1000\nkm = 0.1", initial=38, more="picard = 2", notify=told.append)
    simulation.run("5 min")
    assert len(told) == 1
    assert told[0].startswith("Note: debris: in the step from 0 min what its cells take still changed the field by")
