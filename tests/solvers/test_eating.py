"""Cells that eat others or fuse with them: rates, and what becomes of what they held."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.linalg import expm

from gputme.engine import Simulation
from gputme.model import loads

PAIRS = 1000
TEXT = """
name = "meals"
title = "Eaters and prey"
seed = 5
[domain]
size = ["SIZE um", "SIZE um"]
voxel = "50 um"
[time]
end = "40 h"
[numerics]
mechanics = false
[[substrate]]
name = "drug"
diffusion = 0
decay = 0
[[cell_type]]
name = "eater"
apoptosis = { rate = 0 }
exchange.drug = { uptake = 0, tracked = true }
[[cell_type]]
name = "prey"
apoptosis = { rate = 0, duration = "1000 d" }
necrosis = { duration = "1000 d" }
exchange.drug = { uptake = 0, tracked = true }
custom.mark = { value = 1, inherit = "halve" }
[output]
every = "40 h"
series = "40 h"
"""


def meals(tmp_path, *overrides: str, eaters=1, prey=1, step=6.0, backend="native", death=0, sets=PAIRS) -> Simulation:
    """Sets of eaters and prey, all of a set in contact, far from the other sets; every prey holds 7 of the drug."""
    side = int(np.ceil(sets**0.5))
    size = max(3000, 100 * -(-(70 * side + 100) // 100))
    x, y = (50 - size / 2 + 70.0 * v for v in np.divmod(np.arange(sets), side)[::-1])
    tables = ""
    for name, count, across in (("eater", eaters, 6.0), ("prey", prey, -6.0)):
        rows = [f"{a + across},{b + 4.0 * k}" for k in range(count) for a, b in zip(x, y)]
        (tmp_path / f"{name}.csv").write_text("x,y\n" + "\n".join(rows))
        tables += f'\n[[cells]]\ntype = "{name}"\ntable = "{tmp_path}/{name}.csv"\n'
    scenario = loads(TEXT.replace("SIZE", str(size)) + tables, overrides=(f'time.step="{step} min"', *overrides))
    simulation = Simulation(scenario, backend=backend)
    prey_cells = np.array(simulation.cells["type"]) == 1
    simulation.cells["internal drug"] = np.where(prey_cells, 7.0, 0.0)
    cells = simulation.tissue.cells
    cells.death[: cells.n] = cells.kernels.array(np.where(prey_cells, death, 0), np.uint8)
    return simulation


def held(simulation: Simulation) -> float:
    """Of the drug, by all cells there are."""
    return float(np.sum(simulation.cells["internal drug"], dtype=np.float64))


@pytest.mark.parametrize("step", [0.5, 1.0, 2.0, 6.0])
@pytest.mark.parametrize(("death", "key"), [(0, "rates.prey"), (1, "apoptotic"), (2, "necrotic"), (3, "dead")])
def test_each_state_is_eaten_at_its_rate(tmp_path, step, death, key):
    """By two eaters twice as fast: 1 - exp(-2 r t); nothing else is eaten."""
    simulation = meals(tmp_path, f"cell_type.eater.phagocytosis.{key}=0.1 /min", eaters=2, step=step, death=death)
    simulation.run("6 min")
    eaten = simulation.tissue.counts["ingestions"]
    assert stats.binomtest(eaten, PAIRS, 1 - np.exp(-1.2)).pvalue > 0.003
    assert simulation.tissue.cells.n == 3 * PAIRS - eaten
    assert (np.array(simulation.cells["type"]) == 1).sum() == PAIRS - eaten


@pytest.mark.parametrize("backend", ["numpy", "native"])
def test_what_is_eaten_is_in_the_eater(tmp_path, backend):
    """Volume, amounts that go over, and variables that are amounts; the rest is booked as removed."""
    simulation = meals(
        tmp_path, "cell_type.eater.phagocytosis.rates.prey=0.1 /min", "cell_type.eater.custom.mark.value=0",
        "cell_type.prey.exchange.drug.fraction_transferred_when_ingested=0.4", prey=2, backend=backend,
    )  # fmt: skip
    volume = np.sum(simulation.cells["volume"], dtype=np.float64)
    meet, tissue = simulation.stepper.interactions, simulation.tissue
    behaviours = simulation.stepper.conduct.behaviours(tissue)
    meet.find(tissue, simulation.stepper.mechanics.neighbours, behaviours)
    happened = meet.step(tissue, simulation.stepper.mechanics.neighbours, behaviours, 6 * 1024)
    eaten = happened["ingestions"]
    assert 0 < eaten < 2 * PAIRS
    assert np.sum(simulation.cells["volume"], dtype=np.float64) == pytest.approx(volume, rel=1e-6)
    eaters = np.array(simulation.cells["type"]) == 0
    assert np.sum(simulation.cells["internal drug"][eaters]) == pytest.approx(0.4 * 7 * eaten, rel=1e-6)
    assert tissue.cells.removed[0] == pytest.approx(0.6 * 7 * eaten, rel=1e-6)
    assert held(simulation) + tissue.cells.removed[0] == pytest.approx(7 * 2 * PAIRS, rel=1e-6)
    assert np.sum(simulation.cells["mark"]) == 2 * PAIRS
    radius = np.cbrt(np.array(simulation.cells["volume"], np.float64) * 3 / (4 * np.pi))
    np.testing.assert_allclose(simulation.cells["radius"], radius, rtol=1e-5)


def test_cells_that_fuse_are_one_in_the_middle(tmp_path):
    simulation = meals(tmp_path, "cell_type.eater.fusion.prey=1000 /min")
    cells = simulation.cells
    centre = np.mean(cells["x"]), np.mean(cells["y"])
    volume = np.sum(cells["volume"], dtype=np.float64)
    meet, tissue = simulation.stepper.interactions, simulation.tissue
    behaviours = simulation.stepper.conduct.behaviours(tissue)
    meet.find(tissue, simulation.stepper.mechanics.neighbours, behaviours)
    assert meet.step(tissue, simulation.stepper.mechanics.neighbours, behaviours, 6 * 1024)["fusions"] == PAIRS
    cells = simulation.cells
    assert (np.array(cells["type"]) == 0).all()
    assert (np.mean(cells["x"]), np.mean(cells["y"])) == pytest.approx(centre, abs=1e-3)
    assert np.sum(cells["volume"], dtype=np.float64) == pytest.approx(volume, rel=1e-6)
    assert held(simulation) == pytest.approx(7 * PAIRS, rel=1e-6)


def test_nobody_eats_after_it_was_eaten_and_all_backends_agree(tmp_path):
    """Everybody eats everybody: with each meal there is one cell less, the last one has had all."""
    found = []
    for backend in ("numpy", "native"):
        simulation = meals(
            tmp_path, "cell_type.eater.phagocytosis.rates={eater=1,prey=1}",
            "cell_type.prey.phagocytosis.rates={eater=1,prey=1}", eaters=2, prey=2, backend=backend,
        )  # fmt: skip
        simulation.run("6 min")
        n = simulation.tissue.cells.n
        assert n == 4 * PAIRS - simulation.tissue.counts["ingestions"]
        assert held(simulation) == pytest.approx(14 * PAIRS, rel=1e-6)
        columns = simulation.tissue.cells.to_host()
        order = np.argsort(columns["id"])
        found.append({name: values[order] for name, values in columns.items()} | simulation.tissue.counts)
    assert all(np.array_equal(found[0][name], found[1][name]) for name in found[0])
    assert PAIRS <= n < 1.2 * PAIRS


def within(expected: float, deviation: float) -> float:
    """Three standard errors and 2 %, both: the narrower."""
    return min(3 * deviation, 0.02 * expected)


@pytest.mark.parametrize("step", [0.5, 1.0, 2.0, 6.0])
@pytest.mark.parametrize(("eaters", "prey"), [(1, 4), (2, 3)])
def test_each_prey_is_eaten_at_the_rates_of_all_eaters_whatever_else_they_eat(measured, tmp_path, step, eaters, prey):
    """1 - exp(-n r t) of them after the time t, by n eaters at the rate r; three standard errors are under 2 %."""
    asked, sets = "cell_type.eater.phagocytosis.rates.prey=0.1 /min", 7000
    simulation = meals(tmp_path, asked, eaters=eaters, prey=prey, step=step, sets=sets).run("6 min")
    share, eaten = 1 - np.exp(-0.6 * eaters), simulation.tissue.counts["ingestions"] / (prey * sets)
    tolerance = within(share, np.sqrt(share * (1 - share) / (prey * sets)))
    what = f"share of prey eaten in 6 min, {eaters} eater{'s' * (eaters > 1)} and {prey} prey in contact"
    measured("I1", what, share, eaten, tolerance, note="steps of 0.5, 1, 2 and 6 min; within 3 SE and 2 %, both")


@pytest.mark.parametrize("step", [0.5, 1.0, 2.0, 6.0])
def test_those_who_eat_each_other_follow_the_master_equation(measured, tmp_path, step):
    """Of m cells that eat each other at the rate r one is eaten at the rate r m (m - 1)."""
    rates = (f"cell_type.{name}.phagocytosis.rates={{eater=0.1,prey=0.1}}" for name in ("eater", "prey"))
    left, sets = np.arange(1, 5), 3000
    rate = 0.1 * left * (left - 1)
    shares = expm(6 * (np.diag(rate[1:], 1) - np.diag(rate)))[:, -1]
    mean, spread = shares @ left, np.sqrt(shares @ left**2 - (shares @ left) ** 2)
    simulation = meals(tmp_path, *rates, eaters=2, prey=2, step=step, sets=sets).run("6 min")
    eaten, tolerance = simulation.tissue.counts["ingestions"] / sets, within(4 - mean, spread / np.sqrt(sets))
    measured("I1", "eaten in 6 min of four that eat each other", 4 - mean, eaten, tolerance)


@pytest.mark.parametrize("step", [0.5, 6.0])
def test_the_earlier_of_killing_and_eating_wins(tmp_path, step):
    """Living prey is eaten at 0.1 and killed at 0.2 /min: a third of it is eaten; who is dead is not."""
    attack = 'cell_type.eater.attack={ rates = { prey = "1e4 /min" }, by = "hits", hit_rate = 0.2, ends = "death" }'
    asked = (attack, "cell_type.eater.phagocytosis.rates.prey=0.1 /min")
    counts = meals(tmp_path, *asked, step=step).run("2 h").tissue.counts
    assert counts["ingestions"] + counts["kills"] == PAIRS
    assert stats.binomtest(counts["ingestions"], PAIRS, 1 / 3).pvalue > 0.003


@pytest.mark.parametrize(
    ("mine", "other", "expected"), [(-1495, 1497, 1499), (1496, -1499, 1499.75), (1497, -1495, -1497)]
)
def test_fusing_across_a_periodic_boundary_keeps_the_centre_of_the_volumes(tmp_path, mine, other, expected):
    """The other has three quarters of the volume, so they meet at three quarters of the shorter way."""
    simulation = meals(tmp_path, "cell_type.eater.fusion.prey=1e4 /min", 'domain.walls="periodic"')
    simulation.remove(simulation.cells["id"] % PAIRS != 1)
    cells = simulation.cells
    cells["x"], cells["y"] = np.array([mine, other]), np.array([3.0, 9.0])
    for part in ("fluid", "nuclear", "cytoplasmic"):
        cells[part] = np.array([100.0, 300.0])
    simulation.step()
    assert simulation.tissue.counts["fusions"] == 1
    cells = simulation.cells
    assert (cells["x"][0], cells["y"][0]) == pytest.approx((expected, 7.5), abs=1e-3)
