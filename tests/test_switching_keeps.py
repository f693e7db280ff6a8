"""What a cell keeps when it turns into another type: all it holds, and its phase where both have the same cycle."""

from __future__ import annotations

import numpy as np
import pytest

from gputme import backends
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.model import loads

TEXT = """
name = "plasticity"
seed = 4
{transitions}
domain = {{ size = {size}, voxel = 50 }}
time = {{ end = "20 h", step = {step} }}
numerics.mechanics = false
[[cell_type]]
name = "E"
apoptosis.rate = 0
cycle = {{ model = "custom", phase = [
    {{ name = "G", duration = "2 h", spread = {spread} }},
    {{ name = "S", duration = "1 h", grows = true, divides = true }},
] }}
damage.rate = 0.01
custom = {{ memory = {{ value = 5 }}, dye = {{ value = 8, inherit = "halve" }} }}
[[cell_type]]
name = "M"
inherits = "E"
custom = {{ memory = {{ value = 3 }}, dye = {{ value = 2, inherit = "halve" }} }}
{more}
[[switch]]
from = "E"
to = "M"
rate = {rate}
[[switch]]
from = "M"
to = "E"
rate = {rate}
[[cells]]
type = "E"
count = 500
packing = "random"
box = {box}
"""
OTHER_CYCLE = 'cycle = { model = "none" }'


def simulation(kernels, rate=0.2, step=6, dimensions=3, spread=0.0, transitions="", more=""):
    half = [400] * dimensions
    size, box = [800] * dimensions, [[-h for h in half], half]
    text = TEXT.format(size=size, step=step, rate=rate, box=box, spread=spread, transitions=transitions, more=more)
    return Simulation(loads(text), backend=kernels)


@pytest.mark.parametrize(("step", "dimensions"), [(0.5, 3), (1, 2), (2, 3), (6, 2), (6, 3)])
def test_a_switch_does_not_restart_a_cycle(fastest, step, dimensions):
    """At one switch in 5 min all cells divide after 3 h and again after 6 h, to the tick."""
    made = simulation(fastest, step=step, dimensions=dimensions).run("2.9 h")
    assert made.tissue.counts["births"] == 0
    assert made.tissue.counts["transitions"] > 10_000
    made.run("3.1 h")
    assert set(made.cells["phase_start"]) == {180 * TICKS}
    assert made.tissue.counts["births"] == 500
    made.run("6.1 h")
    assert made.tissue.counts["births"] == 1500
    assert set(made.cells["phase_start"]) == {360 * TICKS}


def test_drawn_durations_are_those_of_cells_that_never_switch(kernels):
    still, switching = (simulation(kernels, rate, spread=0.1).run("2.4 h") for rate in (0, 0.2))
    starts = [made.cells["phase_start"][np.argsort(made.cells["id"])] for made in (still, switching)]
    assert np.array_equal(*starts)
    assert len(set(starts[0])) > 300


@pytest.mark.parametrize("step", [0.5, 6])
def test_damage_and_volumes_go_on_through_switches(fastest, step):
    still, switching = (simulation(fastest, rate, step=step).run("2.5 h") for rate in (0, 0.2))
    order = [np.argsort(made.cells["id"]) for made in (still, switching)]
    for name in ("damage", "fluid", "nuclear", "cytoplasmic", "nuclear_target", "memory", "dye"):
        values = [made.cells[name][o] for made, o in zip((still, switching), order)]
        np.testing.assert_allclose(*values, rtol=1e-5, err_msg=name)
    assert np.allclose(switching.cells["damage"], 1.5)


def test_a_doubled_nucleus_grows_towards_that_of_the_new_type(kernels):
    larger = 'volume = { total = "2494 um3", nuclear = "1080 um3" }'
    made = simulation(kernels, more=larger).run("2.9 h")
    target, kind = made.cells["nuclear_target"], made.cells["type"]
    assert np.allclose(target[kind == 0], 2 * 540 * 0.25)
    assert np.allclose(target[kind == 1], 2 * 1080 * 0.25)


def test_another_cycle_begins_in_its_first_phase(kernels):
    made = simulation(kernels, rate=0.01, more=OTHER_CYCLE).run("2.5 h")
    assert "carried" not in made.tissue.cells.columns
    fresh = made.cells["type"] == 1
    assert not made.cells["phase"][fresh].any()
    assert (made.cells["phase_start"][fresh] > 0).all()
    assert np.allclose(made.cells["nuclear_target"][fresh], 540 * 0.25)
    np.testing.assert_allclose(made.cells["damage"], 1.5, rtol=1e-5)


def test_as_physicell_has_it_all_but_volumes_and_amounts_begin_anew(kernels):
    made = simulation(kernels, rate=0.01, transitions='transitions = "physicell"').run("1.9 h")
    cells, switched = made.cells, made.cells["phase_start"] > 0
    assert 100 < switched.sum() < 500
    assert not cells["phase"].any()
    since = 114 - cells["phase_start"] / TICKS
    np.testing.assert_allclose(cells["damage"], 0.01 * since, rtol=1e-5)
    assert np.array_equal(cells["memory"][cells["type"] == 1], np.full((cells["type"] == 1).sum(), 3.0))
    assert set(cells["dye"]) == {8}


@pytest.mark.skipif(not backends.available()["native"][0], reason="needs a compiler")
@pytest.mark.parametrize("transitions", ["", 'transitions = "physicell"'])
def test_backends_agree_bit_for_bit_and_so_does_a_run_that_was_stopped(transitions):
    one, other = (simulation(name, spread=0.1, transitions=transitions) for name in ("numpy", "native"))
    one.run("6 h")
    other.run("3 h")
    resumed = simulation("native", spread=0.1, transitions=transitions)
    resumed.restore(other.frame(0))
    resumed.run("6 h")
    places = [np.argsort(made.cells["id"]) for made in (one, resumed)]
    for name in one.cells:  # custom variables, too
        assert np.array_equal(*(made.cells[name][o] for made, o in zip((one, resumed), places))), name
    assert one.tissue.counts == resumed.tissue.counts


ONE_WAY = """
name = "gain-and-loss"
seed = 4
domain = {{ size = {size}, voxel = 50 }}
time = {{ end = "3 h", step = {step} }}
[[cell_type]]
name = "naive"
motility.speed = 0
custom.youth = {{ value = 7 }}
custom.kept = {{ value = 5 }}
transitions.effector = 0.02
[[cell_type]]
name = "effector"
custom.kept = {{ value = 3 }}
custom.PD-1 = {{ value = 2 }}
custom.power = {{ uniform = [1, 4] }}
[[rule]]
cell_type = "effector"
signal = "custom:PD-1"
direction = "increases"
behaviour = "migration speed"
saturation = 1
half_max = 2
[[cells]]
type = "naive"
count = 200
packing = "random"
box = {box}
"""


@pytest.mark.parametrize(("step", "dimensions"), [(0.5, 2), (2, 3), (6, 2), (6, 3)])
def test_a_variable_that_the_old_type_lacked_begins_as_in_a_new_cell_and_one_that_the_new_type_lacks_is_lost(
    kernels, step, dimensions
):
    half = [400] * dimensions
    text = ONE_WAY.format(size=[800] * dimensions, step=step, box=[[-h for h in half], half])
    run = Simulation(loads(text), backend=kernels).run("1 h")
    already = run.cells["id"][run.cells["type"] == 1]
    run.step()  # whoever turned in the last step has begun by the end of the next
    turned = np.isin(run.cells["id"], already)  # memory is sorted in a step
    assert 50 < turned.sum() < 190
    for name, before, after in (("youth", 7, 0), ("kept", 5, 5), ("PD-1", 0, 2)):
        assert set(run.cells[name][turned]) == {after}
        still = run.cells["type"] == 0
        assert set(run.cells[name][still]) == {before}
    power = run.cells["power"][turned]
    assert power.min() >= 1
    assert power.max() <= 4
    assert abs(power.mean() - 2.5) < 4 * (3 / np.sqrt(12)) / np.sqrt(turned.sum())


def test_what_began_with_a_turn_is_not_drawn_anew_and_does_not_depend_on_a_stop(kernels):
    text = ONE_WAY.format(size=[800, 800], step=6, box=[[-400, -400], [400, 400]])
    whole = Simulation(loads(text), backend=kernels).run("1 h")
    power, turned = dict(zip(whole.cells["id"], whole.cells["power"])), set(whole.cells["id"][whole.cells["type"] == 1])
    again = Simulation(loads(text), backend=kernels).restore(whole.frame(0))
    for run in (whole, again):
        run.run("2 h")
    assert np.array_equal(whole.cells["power"], again.cells["power"])
    later = dict(zip(whole.cells["id"], whole.cells["power"]))
    begun = [i for i in turned if power[i]]
    assert len(begun) > 40
    assert all(later[i] == power[i] for i in begun)


UNREAD = """
name = "unread"
seed = 4
domain = {{ size = [800, 800], voxel = 50 }}
time = {{ end = "3 h", step = 6 }}
[[cell_type]]
name = "stem"
apoptosis.rate = 0
custom.stemness = {{ value = 7 }}
custom.kept = {{ value = 5 }}
{way}
[[cell_type]]
name = "other"
apoptosis.rate = 0
custom.kept = {{ value = 3 }}
{more}
[[cells]]
type = "stem"
count = 100
packing = "random"
box = [[-400, -400], [400, 400]]
"""
ASYMMETRIC = """
cycle = { model = "live", rates.live = "1 /h" }
division.asymmetric = { other = 0.5 }
"""


@pytest.mark.parametrize("more", ["", "custom.fate = { value = 2 }"], ids=["loses", "loses-and-gains"])
@pytest.mark.parametrize("way", ["transitions.other = 0.02", ASYMMETRIC], ids=["turns", "divides"])
def test_variables_begin_and_are_lost_where_no_rule_and_no_signal_reads_anything(kernels, way, more):
    run = Simulation(loads(UNREAD.format(way=way, more=more)), backend=kernels).run("1 h")
    already = run.cells["id"][run.cells["type"] == 1]
    run.step()
    turned, still = np.isin(run.cells["id"], already), run.cells["type"] == 0
    assert turned.sum() > 20
    assert still.sum() > 20
    assert set(run.cells["stemness"][turned]) == {0}
    assert set(run.cells["stemness"][still]) == {7}
    assert set(run.cells["kept"]) == {5}
    if more:
        assert set(run.cells["fate"][turned]) == {2}
        assert set(run.cells["fate"][still]) == {0}


CHAIN = """
name = "chain"
seed = 4
domain = {{ size = [800, 800], voxel = 50 }}
time = {{ end = "4 h", step = {step} }}
[[cell_type]]
name = "first"
apoptosis.rate = 0
custom.own = {{ value = 7 }}
transitions.second = {rate}
[[cell_type]]
name = "second"
apoptosis.rate = 0
custom.between = {{ value = 2 }}
transitions.third = {rate}
[[cell_type]]
name = "third"
apoptosis.rate = 0
custom.own = {{ value = 3 }}
custom.late = {{ uniform = [1, 4] }}
[[cells]]
type = "first"
count = 100
packing = "random"
box = [[-400, -400], [400, 400]]
"""


@pytest.mark.parametrize(("step", "rate", "own"), [(0.5, 0.02, 3), (60, 10, 7)], ids=["stays-between", "at-once"])
def test_whoever_turns_twice_within_one_step_has_turned_once(fastest, step, rate, own):
    """What a type in between lacks is lost by whoever stays in it for a step, and only by them."""
    run = Simulation(loads(CHAIN.format(step=step, rate=rate)), backend=fastest).run("2 h")
    already = run.cells["id"][run.cells["type"] == 2]
    run.step()
    there = np.isin(run.cells["id"], already)
    assert there.sum() > 20
    assert np.median(run.cells["own"][there]) == own
    assert set(run.cells["between"][there]) == {0}
    assert run.cells["late"][there].min() >= 1
    assert run.cells["late"][there].max() <= 4
