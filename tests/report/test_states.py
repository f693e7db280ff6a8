"""Which state a cell counts as, and the numbers that a frame is summed up in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny import TEXT, tiny

from gputme import census
from gputme.engine import Simulation
from gputme.io import Frame
from gputme.model import loads
from gputme.report import State, facts, states
from gputme.report.states import substrate_at
from gputme.runner import _Meter


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


def test_cells_in_a_resting_phase_are_quiescent():
    made, _ = frame([(0, 0, 0)] * 2, phase=np.array([0, 1], np.uint8))
    cycles = {"ki67-basic": [State.QUIESCENT, State.PROLIFERATING], "cytometry-3": [State.PROLIFERATING] * 2}
    for model, wanted in cycles.items():
        scenario = tiny(f"cell_type.tumour.cycle.model={model}", "cell_type.tumour.cycle.rates={}")
        assert states(made, scenario).tolist() == wanted


@pytest.mark.parametrize("cycle", [
    ("cell_type.tumour.cycle.model=none", "cell_type.tumour.cycle.rates={}"),
    ("cell_type.tumour.cycle.rates.live=0",),
])  # fmt: skip
def test_types_that_never_divide_are_neither_quiescent_nor_proliferating(cycle):
    made, _ = frame([(0, 0, 0)] * 2, oxygen=0.0, phase=np.array([0, 0], np.uint8), death=np.array([0, 1], np.uint8))
    assert states(made, tiny(*cycle)).tolist() == [State.NON_CYCLING, State.APOPTOTIC]
    row = Simulation(tiny(*cycle), backend="numpy").summary()
    assert row["alive"] == row["alive tumour"] == 49
    assert not {"proliferating tumour", "quiescent tumour"} & row.keys()


@pytest.mark.parametrize(("oxygen", "state"), [(38.0, State.PROLIFERATING), (10.0, State.QUIESCENT)])
def test_where_only_a_rule_starts_the_cycle_its_largest_rate_is_the_full_one(oxygen, state):
    """As in many published tables: the rate of the type is 0, oxygen raises it."""
    rule = "cell_type='tumour', signal='oxygen', direction='increases', behaviour='cycle entry', saturation=0.02"
    overrides = "cell_type.tumour.cycle.rates.live=0", f"rule=[{{{rule}, half_max=21, power=4}}]"
    simulation = Simulation(
        tiny(*overrides, f"substrate.oxygen.initial='{oxygen} mmHg'", "substrate.oxygen.faces='no-flux'",
             "cell_type.tumour.exchange.oxygen.uptake=0", "substrate.oxygen.decay=0"), backend="numpy",
    )  # fmt: skip
    simulation.step()
    found = states(simulation.frame(0), simulation.scenario)
    assert set(found[simulation.cells["death"] == 0]) == {state}


TWO = """
[[cell_type]]
name = "T cell"
[cell_type.apoptosis]
rate = "0.4 /h"
duration = "1 h"
[[cells]]
type = "T cell"
box = [["-80 um", "-80 um"], ["80 um", "80 um"]]
count = 60
packing = "random"
"""


@pytest.fixture(scope="module")
def mixed():
    """Dividing tumour cells with a low apoptosis rate among T cells, 30 min on."""
    text = TEXT.replace("[[cells]]", f"{TWO}[[cells]]", 1).replace('rate = "0.1 /h"', 'rate = "0.3 /h"', 1)
    return Simulation(loads(text), backend="numpy").run("30 min")


def test_series_progress_and_pictures_count_alike(mixed):
    """342 tumour cells where 82 are alive: nobody counts the dead among the living of their type."""
    row, cells, found = mixed.summary(), mixed.cells, states(mixed.frame(0), mixed.scenario)
    alive = cells["death"] == 0
    for t, name in enumerate(mixed.parameters.types):
        mine = found[cells["type"] == t]
        assert row[f"alive {name}"] == np.count_nonzero(alive & (cells["type"] == t)) == mixed.living()[name]
        for state in (State.APOPTOTIC, State.NECROTIC):
            assert row[f"{state.label} {name}"] == np.count_nonzero(mine == state)
    assert row["apoptotic T cell"] > 3
    assert row["apoptotic tumour"] > 0
    assert row["alive tumour"] == row["proliferating tumour"] + row["quiescent tumour"]
    assert row["alive"] == row["alive tumour"] + row["alive T cell"]
    assert row["cells"] == row["alive"] + row["apoptotic"] + row["necrotic"]
    told = _Meter(mixed, 1).now().cells
    assert told == mixed.living() | {"dead": row["apoptotic"] + row["necrotic"]}
    shown = facts(mixed.frame(0), mixed.scenario)
    assert shown.by_type == mixed.living()
    assert shown.by_state[State.NON_CYCLING] == row["alive T cell"]


def test_sizes_are_those_of_the_type(mixed):
    row, cells = mixed.summary(), mixed.cells
    for t, name in enumerate(mixed.parameters.types):
        mine = cells["type"] == t
        x, y = (cells[a][mine].astype(float) for a in "xy")
        assert row[f"extent {name}"] == pytest.approx(np.sqrt(2 * (x.var() + y.var())), rel=1e-12)
        living = cells["radius"][mine & (cells["death"] == 0)]
        assert row[f"cell radius {name}"] == pytest.approx(living.mean(dtype=float), rel=1e-12)
    assert row["extent T cell"] > 1.2 * row["extent tumour"]  # a square of 160 um against a disc of radius 60 um


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
    assert [found.by_state[s] for s in State] == [1, 1, 0, 1, 1]
    assert (found.oxygen, found.lowest, found.hypoxic) == ("oxygen", 4.0, 0.5)
    assert found.extent == pytest.approx(30 * np.sqrt(2))


@pytest.mark.parametrize("dimensions", [2, 3])
def test_the_extent_of_a_full_disc_or_ball_is_its_radius(dimensions):
    rng = np.random.default_rng(3)
    xyz = rng.uniform(-70, 70, (40000, 3))
    if dimensions == 2:
        xyz[:, 2] = 0
    made, _ = frame(xyz[np.linalg.norm(xyz, axis=1) < 70])
    scenario = tiny() if dimensions == 2 else tiny("domain.size=[200, 200, 200]")
    assert facts(made, scenario).extent == pytest.approx(70, rel=0.01)


def test_a_complete_frame_says_what_happened():
    simulation = Simulation(tiny(), backend="numpy").run("20 min")
    found = facts(simulation.frame(0), simulation.scenario)
    assert found.happened == simulation.tissue.counts
    assert found.cells == simulation.tissue.cells.n


def test_a_field_at_many_places_is_what_it_is_at_each(monkeypatch):
    rng = np.random.default_rng(0)
    field, places = rng.random((4, 5, 6)).astype(np.float32), rng.uniform(-10, 80, (3, 100))
    whole = census.value_at(field, (10, 12, 14), (0, 0, 0), places)
    monkeypatch.setattr(census, "PIECE", 7)
    assert census.value_at(field, (10, 12, 14), (0, 0, 0), places).tolist() == whole.tolist()
