"""What is wrong with cells that attack is said in one sentence; what never acts is asked about."""

from __future__ import annotations

import pytest

from gputme import model
from gputme.engine import Simulation
from gputme.errors import RunError, ScenarioError
from gputme.report.overview import overview

TEXT = """
name = "killers"
[domain]
size = ["400 um", "400 um"]
voxel = "20 um"
[time]
end = "1 d"
step = "2 min"
[[cell_type]]
name = "killer"
cycle.model = "none"
motility.speed = "2 um/min"
attack = { rates = { target = 0.1 }, by = "hits", hit_rate = 0.1 }
[[cell_type]]
name = "target"
cycle.model = "none"
[[cells]]
type = "killer"
disc = { radius = 50 }
[[cells]]
type = "target"
disc = { radius = 50, centre = [100, 0] }
[output]
every = "1 h"
"""
DAMAGE = ("cell_type.killer.attack={rates={target=0.1}}",)
READS = (
    'rule=[{cell_type="target",signal="damage",direction="increases",behaviour="apoptosis",saturation=0.1,half_max=1}]'
)
HELD = (
    'rule=[{cell_type="killer",signal="held target custom:shield",direction="decreases",behaviour="attack effect",'
    "saturation=0,half_max=1}]"
)
KILLER = "cell_type.killer."


def asked(*overrides: str) -> list[str]:
    return model.warnings(model.loads(TEXT, overrides=overrides))


@pytest.mark.parametrize(("override", "sentence"), [
    ("attack.rates={nobody=1}", "cell_type.killer.attack.rates.nobody: there is no cell type 'nobody'"),
    ("immunogenicity={killer=-1}", "cell_type.killer.immunogenicity.killer: must not be negative, not -1"),
    ("attack.hits=0", "cell_type.killer.attack.hits: must be at least 1, not 0"),
    ("attack.hits=2.5", "cell_type.killer.attack.hits: must be a whole number, not 2.5"),
    ("attack.effect=1.2", "cell_type.killer.attack.effect: must be at most 1, not 1.2"),
    ("attack.rates.target=-1", "cell_type.killer.attack.rates.target: must not be negative, not -1 /min"),
    ('attack={ends="death",duration=5,by="hits",hit_rate=1}',
     'cell_type.killer.attack.duration: must not be given with ends = "death"'),
    ('attack={by="hits"}', 'cell_type.killer.attack.hit_rate: must be given with by = "hits"'),
])  # fmt: skip
def test_bad_input_is_one_sentence(override, sentence):
    with pytest.raises(ScenarioError) as error:
        model.loads(TEXT, overrides=(KILLER + override,))
    assert str(error.value).startswith(sentence)
    assert "\n" not in str(error.value)


def test_steps_too_long_to_tell_events_apart_are_refused():
    long = ("time.step=1 d", "time.end=10 d", "output.every=1 d", "output.series=1 d")
    with pytest.raises(ScenarioError) as error:
        model.loads(TEXT, overrides=long)
    most = "less than 1024 min where cells ('killer') attack, eat or fuse"
    assert str(error.value) == f"time.step: is 1440 min, and must be {most}"
    model.loads(TEXT, overrides=(*long, KILLER + "attack.rates={}"))


@pytest.mark.parametrize(("overrides", "sentence"), [
    ((KILLER + "attack.damage_rate=2",),
     'attack.damage_rate: has no effect with by = "hits"; it belongs to by = "damage"'),
    ((*DAMAGE, READS, KILLER + "attack.hits=3"),
     'attack.hits: has no effect with by = "damage"; it belongs to by = "hits"'),
    ((*DAMAGE, READS.replace("apoptosis", "necrosis"), KILLER + "attack.effect=0.5"),
     "cell_type.killer.attack.effect: has no effect: no rule sets the apoptosis of those that it damages"),
    (DAMAGE, "attack.by: nobody dies of damage: no rule of 'target' reads 'damage'"),
    ((READS,), "the cells take no damage (damage.rate is 0, no rule raises it, and none attacks them with damage)"),
    ((KILLER + "immunogenicity={target=2}",), "immunogenicity.target: has no effect: 'target' does not attack it"),
    ((HELD, "cell_type.killer.custom={shield={value=1}}"), "nobody that it attacks has the variable 'shield'"),
    ((HELD, "cell_type.target.custom={shield={value=1}}", KILLER + "attack.rates={}"), "'killer' attacks nobody"),
    (("time.step=6", KILLER + "motility.speed=3"),
     "killer.motility.speed: walks 18 um in a step of 6 min, and touches others within 16.8 um: neighbours are found"),
])  # fmt: skip
def test_what_never_acts_or_comes_too_late_is_asked_about(overrides, sentence):
    assert any(sentence in text for text in asked(*overrides)), asked(*overrides)


@pytest.mark.parametrize("overrides", [
    (), (*DAMAGE, READS), (*DAMAGE, READS, KILLER + "attack.effect=0.5"),
    (HELD, "cell_type.target.custom={shield={value=1}}"), ("time.step=6",),
    ("cell_type.target.immunogenicity={killer=0.5}",),
])  # fmt: skip
def test_what_is_sound_is_left_without_a_word(overrides):
    assert asked(*overrides) == []


def test_the_overview_says_whom_a_type_attacks():
    def told(*overrides: str) -> str:
        return dict(overview(model.loads(TEXT, overrides=overrides), 2, [1, 1]))["killer"]

    assert told().endswith("attacks target: holds one for 30 min on average, kills within 10 min on average")
    more = (KILLER + "attack.hits=3", KILLER + "attack.ends=death")
    assert told(*more).endswith("attacks target: holds one until it dies, kills by 3 hits, one every 10 min")
    assert told(*DAMAGE).endswith("attacks target: holds one for 30 min on average, does 1 damage a minute")


def test_attackers_without_victims_are_asked_about():
    text = TEXT.replace('type = "target"\ndisc', 'type = "killer"\ndisc')
    found = model.warnings(model.loads(text))
    assert "cell_type.killer.attack.rates: attacks nobody: there are no cells of 'target'" in found


def test_events_without_end_are_refused():
    fast = "attack={rates={target=1e9},by=\"hits\",hit_rate=0,duration=0.001}"
    near = "time.step=12"
    text = TEXT.replace("centre = [100, 0]", "centre = [10, 0]")
    simulation = Simulation(model.loads(text, overrides=(KILLER + fast, near)), backend="native")
    with pytest.raises(RunError, match=r"more than 4095 events .* in one step of 12 min: make the step .* smaller"):
        simulation.step()
