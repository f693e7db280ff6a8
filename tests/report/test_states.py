"""Which state a cell counts as, and the numbers that a frame is summed up in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import tiny

from gputme.engine import Simulation
from gputme.io import Frame
from gputme.report import State, facts, states
from gputme.report.states import substrate_at


def frame(xyz=((0, 0, 0),), oxygen=38.0, **columns):
    """A frame of the tiny scenario's domain with cells at the given places; columns not given are 0."""
    scenario = tiny()
    x, y, z = np.array(xyz, np.float32).T
    n = len(x)
    cells = {"id": np.arange(1, n + 1, dtype=np.uint64), "x": x, "y": y, "z": z}
    cells |= {name: np.zeros(n, np.uint8) for name in ("type", "death", "phase")}
    cells["radius"] = np.full(n, 8.0, np.float32)
    cells |= {name: np.asarray(values) for name, values in columns.items()}
    field = np.broadcast_to(np.float32(oxygen), scenario.domain.shape)
    made = Frame(
        index=0, tick=0, cells=cells, fields={"oxygen": field}, spacing=scenario.domain.spacing,
        origin=scenario.domain.lower, types=("tumour",),
    )  # fmt: skip
    return made, scenario


@pytest.mark.parametrize(("oxygen", "state"), [
    (38.0, State.PROLIFERATING),
    (8.4, State.PROLIFERATING),  # a tenth of the way from 5 to 38 mmHg is 8.3
    (8.2, State.QUIESCENT),
    (0.0, State.QUIESCENT),
])  # fmt: skip
def test_a_living_cell_is_quiescent_where_oxygen_leaves_less_than_a_tenth_of_its_rate(oxygen, state):
    assert states(*frame(oxygen=oxygen)).tolist() == [state]


def test_a_cell_that_a_rule_stops_is_quiescent():
    """The middle of a crowd, where pressure stops the cycle; its rim goes on. At time 0 no rule has been asked yet."""
    rule = "cell_type='tumour', signal='pressure', direction='decreases', behaviour='cycle entry', saturation=0"
    simulation = Simulation(tiny(f"rule=[{{{rule}, half_max=0.1, power=4}}]"), backend="numpy")
    assert (states(simulation.frame(0), simulation.scenario) == State.PROLIFERATING).all()
    simulation.run("10 min")
    before = dict(zip(simulation.cells["id"].tolist(), simulation.cells["pressure"].tolist()))
    simulation.step()
    cells, found = simulation.cells, states(simulation.frame(0), simulation.scenario)
    ids, alive = cells["id"].tolist(), cells["death"] == 0
    stayed = [i for i, cell in enumerate(ids) if cell in before and alive[i]]
    wanted = [State.QUIESCENT if (before[ids[i]] / 0.1) ** 4 > 9 else State.PROLIFERATING for i in stayed]
    assert len(set(wanted)) == 2
    assert found[stayed].tolist() == wanted
    chosen = simulation.frame(0, complete=False)
    assert (states(chosen, simulation.scenario)[stayed] == State.PROLIFERATING).all()


def test_death_comes_before_everything_else():
    made, scenario = frame([(0, 0, 0)] * 4, oxygen=0.0, death=np.array([0, 1, 2, 3], np.uint8))
    wanted = [State.QUIESCENT, State.APOPTOTIC, State.NECROTIC, State.NECROTIC]
    assert states(made, scenario).tolist() == wanted


def test_resting_phases_and_types_that_never_divide_are_quiescent():
    made, _ = frame([(0, 0, 0)] * 2, phase=np.array([0, 1], np.uint8))
    cycles = {"ki67-basic": [State.QUIESCENT, State.PROLIFERATING], "cytometry-3": [State.PROLIFERATING] * 2}
    for model, wanted in cycles.items():
        scenario = tiny(f"cell_type.tumour.cycle.model={model}", "cell_type.tumour.cycle.rates={}")
        assert states(made, scenario).tolist() == wanted
    still = tiny("cell_type.tumour.cycle.model=none", "cell_type.tumour.cycle.rates={}")
    assert states(made, still).tolist() == [State.QUIESCENT] * 2


@given(st.lists(st.floats(-89, 89), min_size=2, max_size=2), st.floats(-1, 1), st.floats(-1, 1))
def test_a_linear_field_is_read_exactly_between_voxel_centres(place, a, b):
    made, scenario = frame([(*place, 0)])
    x, y, _ = scenario.domain.voxel_centres()
    made.fields = {"oxygen": np.broadcast_to(a * x + b * y, scenario.domain.shape)}
    wanted = a * float(made.cells["x"][0]) + b * float(made.cells["y"][0])
    assert substrate_at(made, "oxygen")[0] == pytest.approx(wanted, abs=1e-9)


def test_facts_count_what_is_there():
    places = [(-30, 0, 0), (30, 0, 0), (0, 30, 0), (0, -30, 0)]
    made, scenario = frame(places, death=np.array([0, 0, 1, 2], np.uint8))
    field = np.full(scenario.domain.shape, 38.0)
    field[:, :, :5] = 4.0
    made.fields = {"oxygen": field}
    found = facts(made, scenario)
    assert (found.cells, found.by_type) == (4, {"tumour": 2})
    assert [found.by_state[s] for s in State] == [1, 1, 1, 1]
    assert (found.oxygen, found.lowest, found.hypoxic) == ("oxygen", 4.0, 0.5)
    assert found.radius == pytest.approx(30 * np.sqrt(2))


@pytest.mark.parametrize("dimensions", [2, 3])
def test_the_radius_of_a_full_disc_or_ball_is_its_radius(dimensions):
    rng = np.random.default_rng(3)
    xyz = rng.uniform(-70, 70, (40000, 3))
    if dimensions == 2:
        xyz[:, 2] = 0
    made, _ = frame(xyz[np.linalg.norm(xyz, axis=1) < 70])
    scenario = tiny() if dimensions == 2 else tiny("domain.size=[200, 200, 200]")
    assert facts(made, scenario).radius == pytest.approx(70, rel=0.01)


def test_a_complete_frame_says_what_happened():
    simulation = Simulation(tiny(), backend="numpy").run("20 min")
    found = facts(simulation.frame(0), simulation.scenario)
    assert found.happened == simulation.tissue.counts
    assert found.cells == simulation.tissue.cells.n
