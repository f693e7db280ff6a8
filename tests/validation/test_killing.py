"""How killers kill, against the laws of the events, in sets of cells in contact; and how T cells of the library do."""

from __future__ import annotations

import numpy as np
import pytest
from duels import duels, times_of_death, until_all_died

from gputme.engine import Simulation
from gputme.model import load

SETS = 10000
HITS = (
    "cell_type.killer.attack.hits=3", "cell_type.killer.attack.rates.target=1000 /min",
    "cell_type.killer.attack.ends=death",
)  # fmt: skip


def mean_time(rate: float, memory: float = 50.0) -> float:
    """Mean time to the third hit in a row, where counts restart after so long without a hit (min)."""
    p = 1 - np.exp(-memory * rate)
    return 1 / rate + (1 + p) / (p**2 * rate)


@pytest.mark.parametrize(("between", "step"), [(20, 0.5), (20, 6.0), (30, 6.0), (60, 6.0), (120, 6.0)])
def test_a32_the_third_hit_kills(measured, tmp_path, between, step):
    simulation = duels(
        tmp_path, 1, 1, *HITS, f"cell_type.killer.attack.hit_rate={1 / between} /min", step=step, sets=SETS
    )
    expected = mean_time(1 / between)
    times = times_of_death(until_all_died(simulation, expected * 14))
    assert len(times) == SETS
    measured("A32", f"mean time to a kill, a hit every {between} min", expected, times.mean(), "3 %", "min")
    after, left = np.sort(times), 1 - np.arange(SETS) / SETS
    some = slice(0, int(SETS * 0.999), SETS // 60)
    curve = {f"hit every {between} min": (after[some] / 60, left[some])}
    measured.panel("A32", "targets left, three hits kill", "time (h)", "share", curve, log="y")


@pytest.mark.parametrize("step", [*(pytest.param(step, marks=pytest.mark.slow) for step in (0.5, 1.0, 2.0)), 6.0])
@pytest.mark.parametrize(("kill", "killed", "contact"), [(1 / 45, 0.571, 25.71), (1 / 15, 0.800, 12.00)])
def test_a33_attach_kill_and_detach_compete(measured, tmp_path, kill, killed, contact, step):
    """PhysiCell's 2018 attack, oncoprotein 1 and 2: a kill at 0.0667 /min times 1/3 or 1, letting go after 60 min.

    So many contacts that three standard errors are under 2 %: both are asked for, at every step.
    """
    sets = 25000
    mode = f"cell_type.killer.attack.hit_rate={kill} /min", "cell_type.killer.attack.duration=60 min"
    simulation = duels(tmp_path, 1, 1, *mode, step=step, sets=sets)
    until_all_died(simulation, 12 * 60)
    counts, columns = simulation.tissue.counts, simulation.tissue.cells.to_host()
    assert counts["kills"] == sets
    holds = counts["attacks"]
    what = f"share of contacts that kill, {killed:g} expected"
    tolerance = 3 * np.sqrt(killed * (1 - killed) / holds) + 0.0005
    measured("A33", what, killed, sets / holds, min(tolerance, 0.02 * killed), note=NOTE)
    mean, tolerance = columns["attack_time"].sum() / 1024 / holds, min(3 / np.sqrt(holds), 0.02) * contact
    measured("A33", f"mean contact, {contact:g} min expected", contact, mean, tolerance, "min")


NOTE = (
    "tolerances are three standard errors, and half a unit of the last digit that the target is given with, and never "
    "over 2 %; steps of 0.5, 1, 2 and 6 min"
)


SEEDS = (1, 2, 3)


def rate_of_kills(seed: int, *overrides: str) -> float:
    """Kills per T cell and day over the first six hours of `ctl-killing`."""
    simulation = Simulation(load("ctl-killing", [f"seed={seed}", *overrides])).run("6 h")
    return simulation.tissue.counts["kills"] / 1000 / 0.25


def test_b12_t_cells_kill_as_many_as_in_mice_whatever_the_step(measured):
    rates = {step: np.mean([rate_of_kills(seed, f"time.step={step} min") for seed in SEEDS]) for step in (0.5, 1, 2)}
    what = "kills per T cell and day over the first 6 h, mean of 3 seeds"
    measured("B12", what, 9, rates[1], 7, "1/d")
    for step in (0.5, 2):
        what = f"the same at a step of {step:g} min over that at 1 min"
        measured("B12", what, 1, rates[step] / rates[1], 0.05)


def test_b12_three_on_one_target_are_more_than_three_times_one(measured, tmp_path):
    """Hazards are the inverse of mean times; cells stand."""
    attack = load("ctl-killing").cell_type("CTL").attack
    mode = *HITS, f"cell_type.killer.attack.hit_rate={attack.hit_rate} /min"
    assert (attack.by, attack.hits, attack.memory, attack.ends) == ("hits", 3, 50, "death")
    means, curves = {}, {}
    for killers in (1, 2, 3):
        simulation = duels(tmp_path, killers, 1, *mode, step=2.0, sets=4000)
        times = np.sort(times_of_death(until_all_died(simulation, 3 * 1440)))
        assert len(times) == 4000
        means[killers] = times.mean()
        some = slice(0, 3990, 70)
        curves[f"{killers} T cell{'s' * (killers > 1)}"] = (times[some] / 60, 1 - np.arange(4000)[some] / 4000)
    hazard = {killers: 1 / (killers * mean) for killers, mean in means.items()}
    expected = mean_time(attack.hit_rate) / (3 * mean_time(3 * attack.hit_rate))
    what = "hazard on a target that three hold over three times that on one that one holds"
    measured("B12", what, "> 1", hazard[3] / hazard[1])
    measured("B12", f"{what}, as hits say", expected, hazard[3] / hazard[1], "5 %")
    measured.panel("B12", "targets left that T cells hold", "time (h)", "share", curves, log="y")
