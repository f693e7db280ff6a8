"""What the library's effector T cell does besides killing: memory of hypoxia, cytokines after a contact, exhaustion."""

from __future__ import annotations

import numpy as np
import pytest

from gputme.engine import Simulation
from gputme.model import loads

HEAD = """
name = "one"
seed = 1
[domain]
size = ["200 um", "200 um"]
voxel = "20 um"
[time]
end = "2 d"
step = "6 min"
[[cell_type]]
name = "target"
apoptosis = { rate = 0, duration = "1000 d" }
[[cell_type]]
name = "killer"
inherits = "library:ctl"
roles.target = "target"
motility.speed = 0
apoptosis.rate = 0
cycle.rates = { live = 0 }
"""
OXYGEN = """
[[substrate]]
name = "oxygen"
unit = "mmHg"
initial = "38 mmHg"
static = true
"""
IFN = """
[[substrate]]
name = "IFN-gamma"
diffusion = "600 um2/min"
"""


def cells(kind: str, x: float, more: str = "") -> str:
    """One cell of a type."""
    shape = f'disc = {{ centre = ["{x} um", "0 um"], radius = "1 um" }}'
    return f'[[cells]]\ntype = "{kind}"\ncount = 1\n{shape}\n{more}\n'


@pytest.mark.parametrize(
    ("hours", "left"), [(0, 1), (5, 1), (7, 0.7), (50, 0.7), (70, 0.4), (160, 0.4), (200, 0.12), (1000, 0.12)]
)
def test_hours_of_hypoxia_leave_less_of_the_power_to_kill(hours, left):
    """In tiers, and none of it comes back with oxygen."""
    text = HEAD + OXYGEN + cells("killer", 0, f"overrides = {{ hypoxic-hours = {hours} }}")
    found = Simulation(loads(text), backend="numpy").run("1 h").cells
    assert found["breath"][0] == pytest.approx(left, rel=0.02)
    assert found["hypoxic-hours"][0] == hours


def test_hours_are_counted_below_the_threshold_alone():
    for pressure, hours in ((7.6, 12), (7.8, 0)):
        text = HEAD + OXYGEN.replace("38", str(pressure)) + cells("killer", 0)
        found = Simulation(loads(text), backend="numpy").run("12 h").cells
        assert found["hypoxic-hours"][0] == pytest.approx(hours, abs=0.01)


def test_interferon_gamma_is_secreted_until_six_hours_after_the_last_hold():
    """The target dies soon: what is in the field, which loses nothing, stops to rise."""
    text = HEAD + IFN + cells("killer", 0) + cells("target", 12)
    text = text.replace("motility", 'attack.hit_rate = "0.03 /min"\nmotility', 1)
    simulation = Simulation(loads(text), backend="numpy")
    total, last = {}, 0.0
    for hour in np.arange(0.5, 16, 0.5):
        found = simulation.run(f"{hour} h").cells
        total[hour] = simulation.fields["IFN-gamma"].sum(dtype=np.float64)
        last = hour if found["held_id"].any() else last
    assert simulation.tissue.counts["kills"] == 1
    assert 0 < last < 7
    assert total[last + 5.5] > 1.005 * total[last + 5]
    assert total[15.5] == pytest.approx(total[last + 7], rel=1e-5)


def test_nobody_secretes_who_has_held_nobody():
    simulation = Simulation(loads(HEAD + IFN + cells("killer", 0)), backend="numpy").run("3 h")
    assert simulation.fields["IFN-gamma"].max() == 0


def test_pd1_exhausts_who_holds_a_target_that_shows_its_ligand():
    """At 0.1 /d times H, a half where b = 6."""
    exhausted = '[[cell_type]]\nname = "exhausted"\ninherits = "library:cd8-exhausted"\n'
    text = HEAD.replace('duration = "1000 d" }', 'duration = "1000 d" }\ncustom.PD-L1.value = 6') + exhausted
    described = loads(text + cells("killer", 0))
    (switch,) = described.switches
    assert (switch.origin, switch.to, switch.rate) == ("killer", "exhausted", pytest.approx(0.1 / 1440))
    (term,) = switch.signals
    assert (term.signal, term.half_max, term.power) == ("bound PD-1", 6, 2)
