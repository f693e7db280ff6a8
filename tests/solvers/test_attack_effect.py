"""Whatever weakens those who do damage thins the deaths by it, while they hold their target: exact laws at any step."""

from __future__ import annotations

import numpy as np
import pytest
from duels import duels, times_of_death
from scipy import stats

RATE = 0.2  # 1/min, of apoptosis, once there is any damage to speak of
TYPES = """
[[cell_type]]
name = "killer"
apoptosis = { rate = 0 }
attack = { rates = { target = "1e6 /min" }, damage_rate = "1e6 /min", ends = "death" }
[[cell_type]]
name = "target"
apoptosis = { rate = 0, duration = "1000 d" }
[[rule]]
cell_type = "target"
signal = "damage"
direction = "increases"
behaviour = "apoptosis"
saturation = "0.2 /min"
half_max = 1
power = 4
"""
KILLER = "cell_type.killer.attack."


@pytest.mark.parametrize(("killers", "step"), [(1, 0.5), (1, 1), (1, 2), (1, 6), (2, 6)])
def test_those_who_are_held_die_at_the_rules_rate_times_the_effect(tmp_path, step, killers):
    """Times of death are exponential from the step on that first reads the damage; two killers of one effect are as
    effective as one."""
    simulation = duels(tmp_path, killers, 1, KILLER + "effect=0.25", step=step, types=TYPES).run("4 h")
    times = times_of_death(simulation)
    assert len(times) > 1490  # exp(-12) of them live on
    assert stats.kstest(times - step, stats.expon(scale=1 / (0.25 * RATE)).cdf).pvalue > 0.003


def test_without_effect_nobody_dies_of_damage(tmp_path, backend_name):
    simulation = duels(tmp_path, 1, 1, KILLER + "effect=0", types=TYPES, backend=backend_name, sets=100).run("2 h")
    assert simulation.tissue.counts["apoptoses"] == 0
    assert simulation.cells["damage"].max() > 1e6


@pytest.mark.parametrize("step", [0.5, 2.0, 6.0])
def test_a_target_that_is_let_go_dies_at_the_rules_rate(tmp_path, step):
    """Held without effect for 3 min, free for as long on average: deaths go with the time in which nobody holds."""
    keys = ("effect=0", "ends=fixed", "duration=3 min", "rates.target=0.3333333 /min")
    slow = TYPES.replace("0.2 /min", f"{RATE / 10} /min")
    simulation = duels(tmp_path, 1, 1, *(KILLER + key for key in keys), step=step, types=slow)
    simulation.run("60 min")  # nobody is without damage any longer
    columns = simulation.tissue.cells.to_host()
    before, held = (columns["death"] == 1).sum(), columns["attack_time"].sum() / 1024
    simulation.run("120 min")
    columns = simulation.tissue.cells.to_host()
    target, dead = columns["type"] == 1, columns["death"] == 1
    lived = np.where(dead, np.maximum(columns["phase_start"] / 1024 - 60, 0), 60)[target].sum()
    free = lived - (columns["attack_time"].sum() / 1024 - held)
    assert 0.4 < free / lived < 0.6
    least, most = stats.poisson.interval(0.997, RATE / 10 * free)
    assert least <= dead.sum() - before <= most


def test_full_effect_changes_no_bit(tmp_path):
    """Where a rule could lower it, and does not."""
    rule = '''
[[rule]]
cell_type = "killer"
signal = "time"
direction = "decreases"
behaviour = "attack effect"
saturation = 0
half_max = "1e7 d"
power = 8
'''
    without, with_ = (duels(tmp_path, 2, 2, types=types, sets=300).run("1 h") for types in (TYPES, TYPES + rule))
    assert [s.tissue.cells.blunting for s in (without, with_)] == [0, 1]
    before, after = (s.tissue.cells.to_host() for s in (without, with_))
    assert (before["death"] == 1).sum() > 100
    assert all(np.array_equal(values, after[name]) for name, values in before.items())
