"""Cells enter as a Poisson process that fields thin, in an order that nothing but their times decides."""

from __future__ import annotations

import numpy as np
import pytest

from gputme import backends
from gputme.backends import Kernels
from gputme.backends.native import NativeBackend
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.model import loads
from gputme.solvers.fate import reorder

STEPS = (0.5, 1, 2, 6)
TEXT = """
name = "entering"
seed = {seed}
[domain]
size = [200, 200{depth}]
voxel = 10
[time]
end = "2 h"
step = {step}
[[substrate]]
name = "factor"
static = true
initial_ramp = {{ axis = "x", low = 0, high = 4 }}
[[cell_type]]
name = "T"
apoptosis.rate = {death}
[[cell_type]]
name = "other"
apoptosis.rate = 0
[numerics]
mechanics = {mechanics}
"""


def simulated(
    entries: str, step: float = 1, seed: int = 1, backend: str | Kernels = "auto", solid: bool = False,
    death: float = 0, mechanics: bool = False, more: str = "",
) -> Simulation:  # fmt: skip
    """Two hours of cells that enter and stay where they are."""
    depth, forces = ", 200" if solid else "", str(mechanics).lower()
    text = TEXT.format(seed=seed, step=step, depth=depth, death=death, mechanics=forces)
    return Simulation(loads(text + entries + more), backend=backend)


def entry(where: str, rate: float, **more: object) -> str:
    lines = "".join(f"{key} = {value}\n" for key, value in more.items())
    return f'[[recruitment]]\ntype = "T"\n{where}\nrate = {rate}\n{lines}'


def far_from_uniform(u: np.ndarray) -> float:
    """The statistic of Kolmogorov and Smirnov, times sqrt(n): 1.63 is passed in 1 % of the samples."""
    u, n = np.sort(u), len(u)
    above, below = np.arange(1, n + 1) / n - u, u - np.arange(n) / n
    return max(above.max(), below.max()) * n**0.5


SPHERE = "sphere = { centre = [10, -5], radius = 60 }"


@pytest.mark.parametrize("solid", [False, True])
@pytest.mark.parametrize("step", STEPS)
def test_numbers_and_times_are_those_of_a_poisson_process_at_any_step(step, solid):
    """Counts over two hours at 6 /min within 3 standard errors over three seeds, waiting times exponential."""
    counts, waits = [], []
    for seed in range(3):
        simulation = simulated(entry(SPHERE, 6), step, seed, solid=solid).run()
        birth = simulation.cells["birth"]
        counts.append(len(birth))
        waits.append(np.diff(np.sort(birth)))
        assert simulation.tissue.counts["recruited"] == len(birth)
    assert abs(np.mean(counts) - 720) < 3 * (720 / 3) ** 0.5
    waits = np.concatenate(waits) + 0.5
    assert far_from_uniform(1 - np.exp(-waits * 6 / TICKS)) < 1.95  # 0.1 %
    assert np.array_equal(simulation.cells["fate_time"], np.full(len(birth), simulation.tissue.tick))


@pytest.mark.parametrize("step", STEPS)
def test_times_within_steps_are_evenly_spread(step):
    birth = simulated(entry(SPHERE, 20), step).run().cells["birth"]
    assert far_from_uniform((birth % round(step * TICKS) + 0.5) / round(step * TICKS)) < 1.95


@pytest.mark.parametrize("solid", [False, True])
@pytest.mark.parametrize("where", [SPHERE, "shell = { inner = 50, outer = 80 }", "box = [[-90, 10], [20, 90]]"])
def test_places_are_evenly_spread_over_a_region(where, solid):
    cells = simulated(entry(where, 20), 6, solid=solid).run().cells
    x, y, z = (cells[a].astype(np.float64) for a in "xyz")
    assert z.any() == solid
    if "box" in where:
        assert far_from_uniform((x + 90) / 110) < 1.95
        assert far_from_uniform((y - 10) / 80) < 1.95
        assert not solid or far_from_uniform((z + 100) / 200) < 1.95
        return
    (cx, cy), inner, outer = ((10, -5), 0, 60) if "sphere" in where else ((0, 0), 50, 80)
    power = 3 if solid else 2
    r = ((x - cx) ** 2 + (y - cy) ** 2 + z**2) ** (power / 2)
    assert far_from_uniform((r - inner**power) / (outer**power - inner**power)) < 1.95
    assert far_from_uniform(np.arctan2(y - cy, x - cx) / (2 * np.pi) + 0.5) < 1.95


@pytest.mark.parametrize("solid", [False, True])
@pytest.mark.parametrize("outer", [45, 90])
def test_a_shell_may_follow_the_farthest_cell_of_a_type(solid, outer):
    """Those that enter in the last hour lie beyond where the others are then; outside the domain nobody enters."""
    shell = f'shell = {{ centre = [0, 0], inner = 10, outer = {outer}, beyond = "other" }}'
    group = 'radius = 30 }\npacking = "random"\ncount = 40\n'
    others = f'[[cells]]\ntype = "other"\n{"sphere" if solid else "disc"} = {{ {group}'
    simulation = simulated(entry(shell, 20, start=60), 6, solid=solid, more=others)
    cells = simulation.tissue.cells
    cells.x[3] = 45.0  # farther out than all others, and there after the run has begun
    cells.y[3] = cells.z[3] = 0.0
    columns = simulation.run().cells
    mine = columns["type"] == 0
    x, y, z = (columns[a].astype(np.float64)[mine] for a in "xyz")
    r = np.sqrt(x**2 + y**2 + z**2)
    assert r.min() > 55
    assert max(np.abs(v).max() for v in (x, y, z)) <= 100
    if outer == 45:
        power = 3 if solid else 2
        assert far_from_uniform((r**power - 55**power) / (90**power - 55**power)) < 1.95
        assert abs(mine.sum() - 1200) < 3 * 1200**0.5
    else:
        assert r.max() > 100


@pytest.mark.parametrize("solid", [False, True])
def test_through_faces_they_enter_in_proportion_to_area_in_the_outermost_voxels(solid):
    """Per mm2, so also the number goes with the area: three of 200 x 200 (x 10) um."""
    area = 3 * 200 * (200 if solid else 10) / 1e6
    rate = 8 / area
    simulation = simulated(entry('faces = ["x_min", "x_max", "y_max"]', rate, per='"mm2"'), 6, solid=solid).run()
    x, y, n = simulation.cells["x"], simulation.cells["y"], simulation.tissue.cells.n
    assert abs(n - 960) < 3 * 960**0.5
    layers = [x < -90, x > 90, y > 90]
    assert np.any(layers, axis=0).all()
    inner = [layers[0] & (y < 90), layers[1] & (y < 90), layers[2] & (abs(x) < 90)]
    for layer, share in zip(inner, (0.95 / 3, 0.95 / 3, 0.9 / 3)):
        assert abs(layer.sum() - share * n) < 3 * (n * share * (1 - share)) ** 0.5


@pytest.mark.parametrize("direction", ["increases", "decreases"])
@pytest.mark.parametrize("step", [0.5, 6])
def test_a_field_raises_or_lowers_entry_where_it_is(direction, step):
    """The factor rises along x from 0 to 4; half-maximum 1, power 2: in each quarter as many as H, or 1 - H, says."""
    signal = f'[{{ substrate = "factor", half_max = 1, power = 2, direction = "{direction}" }}]'
    x = np.concatenate([
        simulated(entry("box = [[-100, -100], [100, 100]]", 20, signal=signal), step, seed).run().cells["x"]
        for seed in range(2)
    ])  # fmt: skip
    middle = (np.arange(20) + 0.5) / 5  # of the voxels along x, between which the field is interpolated
    u = np.interp((np.arange(2000) + 0.5) / 10, (np.arange(20) + 0.5) * 10, middle)
    h = u**2 / (1 + u**2) if direction == "increases" else 1 / (1 + u**2)
    wanted = 2 * 20 * 120 * h.reshape(4, 500).mean(axis=1) / 4
    found = np.histogram(x, [-100, -50, 0, 50, 100])[0]
    assert (abs(found - wanted) < 3 * wanted**0.5).all(), (found, wanted)


def test_a_mean_over_the_domain_acts_everywhere_alike():
    signal = '[{ substrate = "factor", half_max = 2, power = 3, read = "mean" }]'
    x = simulated(entry("box = [[-100, -100], [100, 100]]", 20, signal=signal), 6).run().cells["x"]
    assert abs(len(x) - 1200) < 3 * 1200**0.5
    assert far_from_uniform((x.astype(np.float64) + 100) / 200) < 1.95


def test_start_and_end_are_kept_to_the_tick():
    birth = simulated(entry(SPHERE, 30, start=33.25, end=50.125), 6).run().cells["birth"]
    assert 33.25 * TICKS <= birth.min() < birth.max() < 50.125 * TICKS
    n = 30 * (50.125 - 33.25)
    assert abs(len(birth) - n) < 3 * n**0.5


@pytest.mark.parametrize("step", STEPS)
def test_cells_live_from_their_entry_on_so_that_their_number_does_not_depend_on_the_step(step):
    """Entry at 20 /min, death at 0.1 /min: after t the living are a Poisson number of mean 200 (1 - exp(-t / 10 min)).
    Were entries to be counted from the next step on, 6 min would make it 55 more."""
    alive = [simulated(entry(SPHERE, 20), step, seed, death=0.1).run("1 h").living()["T"] for seed in range(4)]
    mean = 200 * (1 - np.exp(-6))
    assert abs(np.mean(alive) - mean) < 3 * (mean / 4) ** 0.5


@pytest.mark.parametrize("step", STEPS)
def test_a_lifespan_counts_from_entry(step):
    """Entry at 20 /min, death at 12 min: after that a Poisson number of mean 240 lives, and each died at its tick."""
    text = TEXT.format(seed=3, step=step, depth="", death=0, mechanics="false") + entry(SPHERE, 20)
    simulation = Simulation(loads(text, overrides=["cell_type.T.apoptosis.lifespan=12"]), backend="numpy").run("1 h")
    assert abs(simulation.living()["T"] - 240) < 3 * 240**0.5
    cells = simulation.cells
    dead = cells["death"] > 0
    np.testing.assert_array_equal(cells["phase_start"][dead], cells["birth"][dead] + 12 * TICKS)
    assert (cells["birth"][~dead] > simulation.tissue.tick - 12 * TICKS).all()


@pytest.mark.parametrize("step", [1, 6])
def test_the_capacity_is_reached_and_kept(step):
    """Two recruitments of one type, one with a lower capacity; dead cells make room."""
    both = entry(SPHERE, 5, capacity=40) + entry("sphere = { radius = 30 }", 5, capacity=60)
    simulation = simulated(both, step)
    most = []
    while simulation.time < 120:
        simulation.step()
        most.append(simulation.living()["T"])
    assert max(most) == most[-1] == 60 == simulation.tissue.counts["recruited"]
    dying = simulated(entry(SPHERE, 5, capacity=40), step, death=0.02).run()
    assert dying.living()["T"] <= 40 < dying.tissue.counts["recruited"]


def test_the_capacity_counts_those_of_the_start_and_lets_in_who_comes_first():
    cells = '[[cells]]\ntype = "T"\ncount = 5\ndisc = { radius = 40 }\n'
    free = simulated(entry(SPHERE, 2), 6, more=cells).run().cells
    full = simulated(entry(SPHERE, 2, capacity=12), 6, more=cells).run().cells
    assert len(full["id"]) == 12
    for name in ("id", "x", "birth", "parent", "clone"):
        assert full[name].tobytes() == free[name][:12].tobytes()


def test_ids_follow_time_then_the_order_of_the_recruitments():
    simulated_ = simulated(entry(SPHERE, 40) + entry("sphere = { radius = 30 }", 40), 6).run()
    cells = simulated_.cells
    order = np.argsort(cells["id"])
    birth, x, y = (cells[name][order] for name in ("birth", "x", "y"))
    assert (np.diff(birth) >= 0).all()
    assert (cells["clone"] == cells["id"]).all()
    assert not cells["parent"].any()
    same = np.flatnonzero(np.diff(birth) == 0)
    alone = [simulated(entry(where, 40), 6).run().cells for where in (SPHERE, "sphere = { radius = 30 }")]
    first = set(zip(alone[0]["birth"].tolist(), alone[0]["x"].tolist()))
    assert len(same) > 3
    for i in same:  # never one of the second before one of the first
        of_first = [(birth[j], x[j]) in first for j in (i, i + 1)]
        assert of_first != [False, True], (birth[i], y[i])


LIVELY = entry(
    'faces = ["x_min"]', 2, phase='"random"', signal='[{ substrate = "factor", half_max = 0.1 }]'
) + entry("sphere = { radius = 90 }", 2, capacity=60, overrides="{ a = 2 }")  # fmt: skip
GROWING = """
[[cell_type]]
name = "grown"
inherits = "T"
[cell_type.cycle]
model = "ki67-advanced"
rates = {{ "Ki67-" = 0.1 }}
durations = {{ "Ki67+ premitotic" = 20, "Ki67+ postmitotic" = 5 }}
[cell_type.custom.a]
normal = [1, 1]
[cell_type.motility]
speed = 2
[cell_type.oxygen]
substrate = "factor"
"""
ABSORB = TEXT.replace("voxel = 10\n", 'voxel = 10\nwalls = {{ x_max = "absorb" }}\n')


def lively(backend: str | Kernels, step: float = 1) -> Simulation:
    """Cells that enter, walk, divide, die and are absorbed by a wall."""
    text = ABSORB.format(seed=5, step=step, depth="", death=0.01, mechanics="true") + GROWING.format()
    text += LIVELY.replace('"T"', '"grown"') + entry('faces = ["x_max"]', 1)
    text = text.replace('name = "T"\n', 'name = "T"\nmotility.speed = 2\n')
    text += '[[cells]]\ntype = "other"\ndisc = { radius = 20 }\n'
    return Simulation(loads(text), backend=backend)


def same(a: Simulation, b: Simulation) -> bool:
    one, other = a.frame(0), b.frame(0)
    order = [np.argsort(f.cells["id"]) for f in (one, other)]
    columns = all(one.cells[c][order[0]].tobytes() == other.cells[c][order[1]].tobytes() for c in one.cells)
    return columns and one.state["counts"] == other.state["counts"] and one.cells.keys() == other.cells.keys()


def test_every_backend_and_any_number_of_threads_give_the_same_bits():
    tables = [backends.create("numpy", "fp32")]
    if backends.available()["native"][0]:
        tables += [Kernels(NativeBackend("fp32", threads=2, eager=True), "fp32"), backends.create("native", "fp32")]
    found = [lively(k).run("40 min") for k in tables]
    assert found[0].tissue.counts["recruited"] > 100
    assert all(same(found[0], other) for other in found[1:])


def test_the_order_of_memory_changes_nothing(kernels):
    plain, shuffled = lively(kernels), lively(kernels)
    rng = np.random.default_rng(2)
    for _ in range(30):
        plain.step()
        cells = shuffled.tissue.cells
        reorder(cells, kernels.array(rng.permutation(cells.n), np.int32))
        shuffled.step()
    assert same(plain, shuffled)


def test_a_run_stops_and_goes_on_while_cells_enter(kernels):
    whole = lively(kernels)
    for _ in range(15):
        whole.step()
    other = lively(kernels).restore(whole.frame(1))
    for simulation in (whole, other):
        simulation.run("40 min")
    assert same(whole, other)


@pytest.mark.parametrize("step", [0.5, 6])
def test_the_number_of_cells_adds_up(kernels, step):
    simulation = lively(kernels, step)
    n = simulation.tissue.cells.n
    counts = simulation.run("1 h").tissue.counts
    assert min(counts[name] for name in ("births", "apoptoses", "absorbed", "recruited")) > 5
    left = counts["removals"] + counts["absorbed"]
    assert simulation.tissue.cells.n == n + counts["births"] + counts["recruited"] - left
    assert simulation.summary()["recruited"] == counts["recruited"]
    assert (simulation.cells["birth"] >= 0).all()


def test_the_phase_and_the_variables_that_are_given_hold():
    cells = lively("numpy").run("3 min").cells
    a, born = cells["a"], (cells["parent"] == 0) & (cells["type"] == 2)
    far = born & (cells["x"] > -60)
    assert far.any()
    assert (a[far & (cells["birth"] > 2 * TICKS)] == 2).all()
    assert len(set(a[born & ~far].tolist())) > 2


def test_without_recruitment_nothing_is_there_or_launched():
    simulation = simulated("", more='[[cells]]\ntype = "T"\ndisc = { radius = 40 }\n')
    assert simulation.stepper.recruitment is None
    simulation.run("3 min")
    assert simulation.tissue.counts["recruited"] == 0


def test_a_frame_of_a_run_without_the_count_begins_at_none(kernels):
    before = simulated("", backend=kernels, more='[[cells]]\ntype = "T"\ndisc = { radius = 40 }\n').run("3 min")
    frame = before.frame(1)
    del frame.state["counts"]["recruited"]
    assert before.restore(frame).tissue.counts["recruited"] == 0
