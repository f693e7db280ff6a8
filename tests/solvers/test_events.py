"""What an event changes acts from its own time on: volumes do not depend on the step, at 0.5, 1, 6 or 30 min."""

from __future__ import annotations

import numpy as np
import pytest
from colonies import Colony
from scipy.integrate import quad

from gputme import backends
from gputme.columns import TICKS
from gputme.model import CellType
from gputme.ops.fate._relax import relaxation
from gputme.solvers.phenotype import fate_tables

STEPS = [0.5, 1.0, 6.0, 30.0, 60.0]
PARTS = ("fluid", "nuclear", "cytoplasmic")
ALIVE, APOPTOTIC, NECROTIC = range(3)


def kind(cycle: dict | None = None, apoptosis: float = 0.0, necrosis: float = 0.0, name: str = "a", **more) -> CellType:
    """A cell type whose dead stay."""
    deaths = dict(apoptosis={"rate": apoptosis, "duration": 1e6}, necrosis={"rate": necrosis, "duration": 1e6})
    return CellType(name=name, cycle=cycle or {"model": "none"}, **deaths, **more)


def law(cell_type: CellType, *path: tuple[int, float, float]) -> np.ndarray:
    """Fluid, nucleus and cytoplasm of a newborn cell after stretches of (state, minutes, target of the nucleus)."""
    states, volume = fate_tables([cell_type]).volumes[0], cell_type.volume
    solid = 1 - volume.fluid_fraction
    f, n, c = volume.total * volume.fluid_fraction, volume.nuclear * solid, (volume.total - volume.nuclear) * solid
    for state, minutes, target in path:
        r = relaxation(minutes, **vars(states[state]))
        f = r[0] * f + r[1] * n + r[2] * c + r[3] * target
        n, c = r[4] * n + r[5] * target, r[6] * c + r[7] * target
    return np.array([f, n, c])


def parts(colony: Colony) -> np.ndarray:
    """Fluid, nucleus and cytoplasm of all cells, (3, n), in the order of their ids."""
    return np.array([getattr(colony, part) for part in PARTS], np.float64)


def doomed(k, cell_type: CellType, minutes: float, **columns) -> Colony:
    """One cell that dies at a given time: its hazards are certain, and its window opens one tick before."""
    return Colony(k, 1, cell_type, fate_time=np.array([round(minutes * TICKS) - 1]), **columns)


@pytest.fixture(params=["numpy", "native"])
def k(request):
    there, why = backends.available()[request.param]
    if not there:
        pytest.skip(why)
    return backends.create(request.param, "fp64")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("death", [APOPTOTIC, NECROTIC])
@pytest.mark.parametrize("minutes", [17.3125, 30.0, 59.5])
def test_a_cell_that_dies_at_a_given_time_shrinks_or_swells_from_then_on(k, step, death, minutes):
    cell_type = kind(**{("apoptosis", "necrosis")[death - 1]: 1e7})
    grown = np.array([270.0])  # alive, it grows towards twice its nucleus
    colony = doomed(k, cell_type, minutes, nuclear_target=grown).step(step, round(60 / step))
    assert (colony.death[0], colony.phase_start[0]) == (death, minutes * TICKS)
    wanted = law(cell_type, (ALIVE, minutes, 270.0), (death, 60 - minutes, 0.0))
    np.testing.assert_allclose(parts(colony)[:, 0], wanted, rtol=1e-12)
    at_death = law(cell_type, (ALIVE, minutes, 270.0)).sum()
    assert colony.rupture[0] == pytest.approx(2 * at_death, rel=1e-12)
    assert 4 / 3 * np.pi * colony.radius[0] ** 3 == pytest.approx(wanted.sum(), rel=1e-12)


@pytest.mark.parametrize("step", STEPS)
def test_daughters_grow_from_their_birth_on_and_halves_are_those_of_the_division(k, step):
    """Divisions every 17 min, three in an hour: within one long step, at its end, in several short ones."""
    cell_type = kind({"model": "live", "durations": {"live": 17.0}})
    target = cell_type.volume.nuclear * 0.25
    colony = Colony(k, 2, cell_type, nuclear_target=np.full(2, 2 * target)).step(step, round(60 / step))
    assert colony.n == 16
    volumes = law(cell_type, (ALIVE, 17, 2 * target)) / 2
    for minutes in (17, 17, 9):  # after a division the target is that of a newborn, twice it while a cell grows
        r = relaxation(minutes, **vars(fate_tables([cell_type]).volumes[0][ALIVE]))
        f, n, c = volumes
        volumes = np.array([
            r[0] * f + r[1] * n + r[2] * c + r[3] * 2 * target, r[4] * n + r[5] * 2 * target,
            r[6] * c + r[7] * 2 * target,
        ]) / (2 if minutes == 17 else 1)  # fmt: skip
    np.testing.assert_allclose(parts(colony), np.repeat(volumes[:, None], 16, axis=1), rtol=1e-12)


@pytest.mark.parametrize("step", STEPS)
def test_a_cell_that_turns_grows_towards_its_new_size_from_then_on(k, step):
    small, large = kind(transitions={"b": 1e7}), kind(name="b", volume={"total": 5000, "nuclear": 1000})
    colony = Colony(k, 1, small, large, fate_time=np.array([round(20 * TICKS) - 1])).step(step, round(60 / step))
    assert (colony.type[0], colony.phase_start[0]) == (1, 0)  # the same cycle goes on
    f, n, c = law(small, (ALIVE, 20, 135.0))
    r, target = relaxation(40.0, **vars(fate_tables([large]).volumes[0][ALIVE])), 250.0
    wanted = [r[0] * f + r[1] * n + r[2] * c + r[3] * target, r[4] * n + r[5] * target, r[6] * c + r[7] * target]
    np.testing.assert_allclose(parts(colony)[:, 0], wanted, rtol=1e-12)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("death", [APOPTOTIC, NECROTIC])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_volume_of_all_corpses_does_not_depend_on_the_step(step, death, seed):
    """At steps of 0.5, 1 and 6 min it was 0.75, 1.5 and 9.8 % too large at 60 min: the dead answered a step late."""
    name = ("apoptosis", "necrosis")[death - 1]
    cell_type, rate, n = kind(**{name: 0.01}), 0.01, 20_000
    colony = Colony(backends.create("auto"), n, cell_type, seed=seed).step(step, round(60 / step))
    found = parts(colony)[:, colony.death == death].sum()

    def corpse(s: float, power: int) -> float:
        return rate * np.exp(-rate * s) * law(cell_type, (ALIVE, s, 135.0), (death, 60 - s, 0.0)).sum() ** power

    mean, square = (quad(corpse, 0, 60, args=(power,))[0] for power in (1, 2))
    scatter = np.sqrt(n * (square - mean**2))
    assert abs(found - n * mean) < 3.5 * scatter
    assert scatter / (n * mean) < 0.015


@pytest.mark.parametrize("step", STEPS)
def test_damage_is_that_of_the_time_lived_and_both_daughters_have_it(k, step):
    from gputme.vocabulary import Behaviours

    cell_type = kind({"model": "live", "durations": {"live": 40.0}})
    colony = Colony(k, 2, cell_type, rates={Behaviours.DAMAGE_RATE: 0.5, Behaviours.DAMAGE_REPAIR: 0.05})
    colony.step(step, round(60 / step))
    before = 10 * -np.expm1(-0.05 * 40)
    after = before * np.exp(-0.05 * 20) + 10 * -np.expm1(-0.05 * 20)
    np.testing.assert_allclose(colony.damage, after, rtol=1e-12)
    dead = doomed(k, kind(apoptosis=1e7), 40, rates={Behaviours.DAMAGE_RATE: 0.5, Behaviours.DAMAGE_REPAIR: 0.05})
    assert dead.step(step, round(60 / step)).damage[0] == pytest.approx(before, rel=1e-12)


def mortal(lifespan: float, spread: float = 0.0, **more) -> CellType:
    """A cell type that dies at an age, and whose dead stay."""
    death = {"rate": 0.0, "duration": 1e6, "lifespan": lifespan, "lifespan_spread": spread}
    return CellType(name="a", apoptosis=death, **more)


@pytest.mark.parametrize("step", STEPS)
def test_a_lifespan_ends_at_its_tick_and_counts_from_birth(k, step):
    """Divisions at 17, 34 and 51 min, death at 40: the first dies then, its daughter at 57, the others live on."""
    cell_type = mortal(40.0, cycle={"model": "live", "durations": {"live": 17.0}})
    colony = Colony(k, 1, cell_type).step(step, round(60 / step))
    dead = colony.death == APOPTOTIC
    assert np.array_equal(colony.phase_start[dead], colony.birth[dead] + 40 * TICKS)
    assert np.array_equal(dead, colony.birth <= 20 * TICKS)
    assert sorted(colony.birth.tolist()) == [b * TICKS for b in (0, 17, 34, 34, 51, 51, 51)]


@pytest.mark.parametrize("step", STEPS)
def test_lifespans_with_a_spread_are_the_same_at_any_step(k, step):
    cell_type = mortal(30.0, spread=0.2)
    ages = Colony(k, 500, cell_type).step(step, round(60 / step)).phase_start / TICKS
    assert abs(ages.mean() - 30) < 4 * 6 / 500**0.5
    other = Colony(k, 500, cell_type).step(60, 1).phase_start / TICKS
    np.testing.assert_array_equal(ages, other)
