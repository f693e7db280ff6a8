"""What is valid but would ruin a run is named; what is sound is left without a word."""

from __future__ import annotations

import math

import pytest
from minimal import MINIMAL, TUMOUR, broken

from gputme import model
from gputme.errors import ScenarioError
from gputme.model.plausible import BOUNDS, doubling_time, frames, widening

RULE = """
[[rule]]
cell_type = "tumour"
signal = "{}"
direction = "{}"
behaviour = "{}"
saturation = {}
half_max = 0.5
"""
CD8 = '\n[[cells]]\ntype = "CD8 T"\ndisc = { radius = 50, centre = [200, 0] }\n'
SOUND = MINIMAL + CD8


def found(text: str) -> str:
    return "\n".join(model.warnings(model.loads(text)))


def test_a_sound_scenario_has_no_warning():
    assert found(SOUND) == ""


@pytest.mark.parametrize("name", model.names())
def test_packaged_scenarios_have_no_warning(name):
    assert model.warnings(model.load(name)) == []


@pytest.mark.parametrize(("old", "new", "sentence"), [
    ('end = "2 d"', "end = 3", "time.end: the simulated time is 3 min, usual is at least 60 min (3 steps)"),
    ('["600 um", "600 um"]\nvoxel = "20 um"', '["1 m", "1 m"]\nvoxel = "1 mm"', "an edge of the domain is 1e+06 um"),
    ('voxel = "20 um"', 'voxel = "300 um"', "domain.voxel along x: a voxel's edge is 300 um, usual is at most 200 um"),
    ('"1e5 um2/min"', '"1e5 mm2/min"', "a diffusion coefficient is 1e+11 um2/min, usual is at most 1e+06 um2/min"),
    ('fixed = "38 mmHg"', 'fixed = "3800 mmHg"', "substrate.oxygen.faces: a partial pressure is 3800 mmHg"),
    ('speed = "1 um/min"', 'speed = "1 mm/min"', "CD8 T.motility.speed: a migration speed is 1000 um/min"),
    (TUMOUR, TUMOUR + "volume.total = 1e6\n", "cell_type.tumour.volume: a cell's radius is 62.04 um"),
    (TUMOUR, TUMOUR + "apoptosis.rate = 1\n", "apoptosis.rate: the mean time to a death or a transition is 1 min"),
    ('{ model = "live" }', '{ model = "live", rates = { live = 1 } }', "a type that divides is 0.6931 min"),
    ('radius = "100 um" }', 'radius = "100 um" }\npacking = "random"\ncount = 5000', "they overlap"),
    (TUMOUR, TUMOUR + "mechanics.adhesion = 20\n", "adhesion (20 um/min) is stronger than repulsion (10 um/min)"),
    ('fixed = "38 mmHg"', "fixed = 0", "substrate.oxygen: is 0 everywhere and for ever"),
    ('uptake = "10 /min"', 'uptake = "1000 /min"', "packed cells, which voxels of 20 um make 13 % too wide"),
    (CD8, "", "cell_type.CD8 T: has no cells at the start, and no type that has turns into it"),
])  # fmt: skip
def test_the_implausible_is_named(old, new, sentence):
    assert old in SOUND
    assert sentence in found(SOUND.replace(old, new, 1))


@pytest.mark.parametrize(("rule", "sentence"), [
    (("dead", "increases", "oxygen secretion", 1), "never acts: only dead cells have the signal 'dead'"),
    (("pressure", "increases", "apoptosis", 0), "acts the other way: its saturation of 0 lies below the base of 5.3"),
    (("oxygen", "decreases", "migration speed", 0), "never acts: its saturation of 0 lies at the base of 0"),
    (("damage", "increases", "apoptosis", 1e-3), "never acts: the cells take no damage"),
    (("oxygen", "increases", "migration bias", 0.5), "has no effect: 'tumour' does not move"),
])  # fmt: skip
def test_a_rule_that_can_never_act_is_named(rule, sentence):
    assert sentence in found(SOUND + RULE.format(*rule))


def test_a_decreasing_rule_above_the_base_is_named_with_its_place():
    said = found(SOUND.replace("saturation = 0", "saturation = 0.01"))
    assert said.startswith("rule.0: 'tumour': 'pressure' decreases 'cycle entry' acts the other way")
    assert "its saturation of 0.01 lies above the base of 0.00072" in said


def test_a_rule_for_the_dead_that_applies_to_them_is_left_alone():
    rule = RULE.format("dead", "increases", "oxygen secretion", 1) + "applies_to_dead = 1\n"
    assert "never acts" not in found(SOUND + rule)
    secreting = SOUND.replace('uptake = "10 /min"', 'uptake = "10 /min"\nsecretion = 1')
    assert "never acts" not in found(secreting + rule)  # the dead go on
    assert "never acts" in found(secreting + rule.replace("applies_to_dead = 1", ""))


def test_a_type_that_others_turn_into_is_no_type_without_cells():
    assert found(broken(TUMOUR, TUMOUR + "transitions = { 'CD8 T' = 0.001 }\n")) == ""
    ruled = MINIMAL + RULE.format("pressure", "increases", "transition to CD8 T", 0.001)
    assert "has no cells" not in found(ruled)


@pytest.mark.parametrize(("cycle", "minutes"), [
    ({"model": "none"}, math.inf),
    ({"model": "live", "rates": {"live": "0.0432 /h"}}, math.log(2) / (0.0432 / 60)),
    ({"model": "live", "durations": {"live": "20 h"}}, 1200.0),
    ({"model": "cytometry-3", "durations": {"G0G1": 300, "S": 200, "G2M": 100}}, 600.0),
])  # fmt: skip
def test_doubling_times(cycle, minutes):
    assert doubling_time(model.Cycle(**cycle)) == pytest.approx(minutes, rel=1e-9)


def test_frames_are_counted_as_they_are_written():
    assert frames(model.loads(SOUND)) == 21
    assert frames(model.loads(SOUND.replace('end = "2 d"', 'end = "10 min"') + "[output]\nevery = 3\n")) == 5


def test_every_bound_is_a_range():
    assert all(bound.low < bound.high for bound in BOUNDS.values())


@pytest.mark.parametrize("color", ["tab:red", "#d62728", "#abc", "crimson", "C3", "0.5"])
def test_a_colour_is_taken_as_it_is_drawn(color):
    assert model.loads(broken(TUMOUR, TUMOUR + f'color = "{color}"\n')).cell_types[0].color == color


@pytest.mark.parametrize("color", ["orang", "", "#12345", "tab:rde", "x" * 1000])
def test_an_unknown_colour_is_refused(color):
    with pytest.raises(ScenarioError, match=r"cell_type.tumour.color: '.* is no colour; write '#d62728'"):
        model.loads(broken(TUMOUR, TUMOUR + f'color = "{color}"\n'))


def test_a_short_time_with_its_unit_is_meant():
    assert "time.end" not in found(SOUND.replace('end = "2 d"', 'end = "10 min"'))
    assert "a number without a unit is in minutes" in found(SOUND.replace('end = "2 d"', "end = 10"))
    assert "time.end" in found(SOUND.replace('end = "2 d"', 'end = "3000 d"'))


def test_uptake_that_saturates_counts_at_the_value_that_is_brought_in():
    """Far above km the uptake is vmax, so a field falls off over sqrt(D c / vmax), not sqrt(D km / vmax)."""
    text = SOUND.replace('uptake = "10 /min"', 'vmax = "1000 mmHg/min"\nkm = "1 mmHg"')
    assert "falls off" not in found(text)
    assert "falls off" in found(text.replace('fixed = "38 mmHg"', 'fixed = "0.1 mmHg"'))


def test_the_widening_by_voxels_is_that_of_central_differences():
    depth, edge = 10.0, 20.0
    ratio = math.exp(-edge / (depth * (1 + widening(depth, edge))))  # of one voxel's value to the next
    assert (1 - 2 * ratio + ratio**2) / edge**2 == pytest.approx(ratio / depth**2)


def test_few_cells_do_not_pack():
    """What one cell takes up in its voxel is no tissue that a field could fall off in; what divides may become one."""
    single = MINIMAL.replace('uptake = "10 /min"', 'uptake = "1000 /min"') + "count = 1\n"
    assert "falls off" in found(single)
    assert "falls off" not in found(single.replace('{ model = "live" }', '{ model = "none" }'))


def test_an_export_that_is_written_as_zero_is_an_option_and_one_that_is_forgotten_is_not():
    waste = '[[substrate]]\nname = "waste"\ndiffusion = 1000\n\n'
    text = SOUND.replace("[[cell_type]]", waste + "[[cell_type]]", 1)
    assert "substrate.waste: is 0 everywhere and for ever" in found(text)
    assert "waste" not in found(text.replace(TUMOUR, TUMOUR + "exchange.waste.export = 0\n"))


LOTS = SOUND + """
[[cell_type]]
name = "undecided"
cycle.model = "none"

[[switch]]
from = "undecided"
to = "CD8 T"
rate = "1 /min"
"""


def test_a_switch_may_be_quick_that_only_draws_what_cells_begin_as():
    assert "switch" not in found(LOTS)
    grows = LOTS.replace('cycle.model = "none"', 'cycle.model = "live"')
    returns = LOTS.replace('name = "tumour"\n', 'name = "tumour"\ntransitions = { undecided = 1e-6 }\n', 1)
    for text in (grows, returns):
        assert "switch.0.rate: the mean time to a death or a transition is 1 min" in found(text)
