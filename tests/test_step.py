"""A whole step: every backend takes the same decisions bit for bit, and nothing but the tissue matters."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import tables

from gputme.engine import Simulation
from gputme.model import loads
from gputme.step import Stepper

SCENARIO = """
name = "busy"
seed = 7
[domain]
size = [240, 200, 160]
voxel = 20
[time]
end = "2 d"
[[substrate]]
name = "oxygen"
unit = "mmHg"
diffusion = 1e5
decay = 0.1
initial = "38 mmHg"
faces = { fixed = "38 mmHg" }
[[substrate]]
name = "factor"
diffusion = 1000
decay = 0.05
[[cell_type]]
name = "tumour"
cycle = { model = "cytometry-3", rates = { G0G1 = 0.02, S = 0.02, G2M = 0.03 } }
oxygen = { necrosis_starts = 14, necrosis_full = 8, proliferation_full = 38 }
apoptosis = { rate = 0.0005, duration = 60 }
damage = { rate = 0.01, repair = 0.001 }
exchange = { oxygen = { uptake = 10, tracked = true }, factor = { secretion = 5, target = 1 } }
custom = { clone_strength = { normal = [1, 0.2], mutation_sd = 0.1 } }
[[cell_type]]
name = "immune"
volume = { total = 711, nuclear = 150 }
mechanics = { adhesion = 0 }
motility = { speed = 4, persistence = 5, bias = 0.5, chemotaxis = [{ substrate = "factor" }] }
exchange = { oxygen = { vmax = 30, km = 2.5 } }
transitions = { tumour = 0.0002 }
[[rule]]
cell_type = "tumour"
signal = "pressure"
direction = "decreases"
behaviour = "cycle entry"
saturation = 0
half_max = 1
[[rule]]
cell_type = "immune"
signal = "contact with tumour"
direction = "decreases"
behaviour = "migration speed"
saturation = 0.5
half_max = 0.5
power = 2
[[cells]]
type = "tumour"
sphere = { radius = 45 }
phase = "random"
[[cells]]
type = "immune"
count = 20
packing = "random"
box = [[-110, -90, -70], [110, 90, 70]]
"""


def state_of(simulation: Simulation) -> dict[str, np.ndarray]:
    """Everything a checkpoint holds, cells in the order of their ids."""
    frame = simulation.frame(0)
    order = np.argsort(frame.cells["id"])
    ruled = {f"ruled {k}": v[order] for k, v in frame.state["ruled"].items()}
    rest = {k: np.array(list(v.values()) if isinstance(v, dict) else v) for k, v in frame.state.items() if k != "ruled"}
    return {k: v[order] for k, v in frame.cells.items()} | dict(frame.fields) | ruled | rest


def assert_same(a: dict[str, np.ndarray], b: dict[str, np.ndarray], what: str) -> None:
    assert a.keys() == b.keys()
    for name in a:
        assert a[name].shape == b[name].shape, f"{what}: {name}"
        assert a[name].tobytes() == b[name].tobytes(), f"{what}: {name} differs in the last bits"


def simulate(kernels, steps: int, text: str = SCENARIO) -> Simulation:
    simulation = Simulation(loads(text), backend=kernels)
    for _ in range(steps):
        simulation.step()
    return simulation


@pytest.fixture(scope="module")
def course(kernels):
    """The busy scenario after some steps, computed once for each backend: {steps: (state, frame)}."""
    simulation, found = Simulation(loads(SCENARIO), backend=kernels), {}
    for steps in (0, 10, 20, 40, 60):
        while simulation.time < steps:
            simulation.step()
        found[steps] = state_of(simulation), simulation.frame(steps)
    return found


@pytest.mark.parametrize("precision", ["fp32", "fp64"])
def test_every_backend_gives_the_same_bits(precision):
    text = SCENARIO + f'\n[numerics]\nprecision = "{precision}"\n'
    states = {label: state_of(simulate(k, 60, text)) for label, k in tables(precision).items()}
    expected = states.pop("numpy")
    assert expected["counts"][0] > 50, "the scenario must be busy enough to mean something"
    for label, state in states.items():
        assert_same(state, expected, label)


@pytest.mark.slow
def test_the_same_bits_after_a_thousand_steps():
    """A growing spheroid: cells, fates and lineage on every backend, one and two threads, loops in reverse."""
    simulations = {label: Simulation("spheroid", backend=k) for label, k in tables("fp32").items()}
    for simulation in simulations.values():
        for _ in range(1000):
            simulation.step()
    expected = state_of(simulations.pop("numpy"))
    for label, simulation in simulations.items():
        assert_same(state_of(simulation), expected, label)


def test_a_step_depends_on_nothing_but_the_tissue(kernels, course):
    """Every cache and workspace is thrown away before each step."""
    fresh = Simulation(loads(SCENARIO), backend=kernels)
    for _ in range(40):
        fresh.stepper = Stepper(fresh.parameters, kernels)
        fresh.step()
    assert_same(state_of(fresh), course[40][0], "a fresh stepper in every step")


def test_memory_order_does_not_matter(kernels, course):
    """Sorting memory every step, rarely or never gives the same bits."""
    rarely = state_of(simulate(kernels, 40, SCENARIO + "\n[numerics]\nreorder = 1000\n"))
    assert_same(rarely, course[40][0], "memory left unsorted")


def test_without_mechanics_cells_only_walk(kernels):
    """Forces off: cells that do not migrate stay where they are, overlapping or not; there is no pressure."""
    text = SCENARIO + "\n[numerics]\nmechanics = false\n"
    start, end = simulate(kernels, 0, text).cells, simulate(kernels, 5, text).cells
    there = {i: k for k, i in enumerate(end["id"])}
    divided = set(end["parent"])
    still = [k for k, i in enumerate(start["id"]) if start["type"][k] == 0 and i in there and i not in divided]
    assert len(still) > 10
    for axis in "xyz":
        assert np.array_equal(start[axis][still], end[axis][[there[start["id"][k]] for k in still]])
    assert not {"pressure", "px", "started"} & set(end)
    walkers = [k for k, t in enumerate(start["type"]) if t == 1]
    assert any(start["x"][k] != end["x"][there[start["id"][k]]] for k in walkers)


def test_a_walk_has_one_tick_for_each_of_its_random_numbers(kernels):
    """More sub-steps of motion than ticks (1/1024 min): runs end and turn as often as their persistence says."""
    minutes, speed, persistence, count = 10 / 64, 40, 0.01, 1500
    text = f"""
    name = "walkers"
    seed = 3
    [domain]
    size = [400, 400]
    voxel = 20
    [time]
    end = 1
    step = {1 / 64}
    [numerics]
    mechanics = false
    mechanics_step = {1 / 64 / 64}
    [[cell_type]]
    name = "walker"
    motility = {{ speed = {speed}, persistence = {persistence} }}
    [[cells]]
    type = "walker"
    count = {count}
    packing = "random"
    box = [[-100, -100], [100, 100]]
    """
    start, end = (simulate(kernels, steps, text).cells for steps in (0, 10))
    a, b = np.argsort(start["id"]), np.argsort(end["id"])
    square = sum((end[axis][b] - start[axis][a]) ** 2 for axis in "xy")
    expected = 2 * speed**2 * persistence * (minutes - persistence * (1 - np.exp(-minutes / persistence)))
    assert abs(square.mean() - expected) < 4 * square.std() / np.sqrt(count)


def test_cells_that_a_wall_absorbs_are_gone_and_counted(kernels):
    text = SCENARIO.replace("voxel = 20", 'voxel = 20\nwalls = { x_min = "absorb", x_max = "absorb" }')
    text = text.replace("bias = 0.5", "bias = 0").replace("[domain]", "[numerics]\nreorder = 7\n[domain]")
    simulation = simulate(kernels, 90, text)
    tissue, start = simulation.tissue, simulate(kernels, 0, text)
    assert tissue.counts["absorbed"] > 3
    left = tissue.counts["births"] - tissue.counts["removals"] - tissue.counts["absorbed"]
    assert tissue.cells.n == start.tissue.cells.n + left
    walls = simulation.scenario.domain.lower[0], simulation.scenario.domain.upper[0]
    assert not np.isin(simulation.cells["x"], walls).any()


def test_seed_matters():
    other = simulate(tables("fp32")["numpy"], 5, SCENARIO.replace("seed = 7", "seed = 8"))
    same = simulate(tables("fp32")["numpy"], 5)
    assert not np.array_equal(other.cells["x"], same.cells["x"])


def test_two_simulations_live_in_one_process(kernels, course):
    """Interleaved steps change nothing."""
    a, b = (Simulation(loads(SCENARIO), backend=kernels) for _ in range(2))
    for _ in range(10):
        a.step()
        b.step()
    assert_same(state_of(a), course[10][0], "interleaved")


def test_restored_from_a_frame_it_continues_bit_for_bit(kernels, course):
    again = Simulation(loads(SCENARIO), backend=kernels).restore(course[20][1])
    for _ in range(20):
        again.step()
    assert_same(state_of(again), course[40][0], "restored")


def test_number_of_cells_is_births_less_removals(course):
    founders, frame = len(course[0][1].cells["id"]), course[60][1]
    ids, counts = frame.cells["id"], frame.state["counts"]
    assert len(ids) == founders + counts["births"] - counts["removals"] - counts["absorbed"]
    assert len(np.unique(ids)) == len(ids)
    assert ids.max() < frame.state["next_id"]
