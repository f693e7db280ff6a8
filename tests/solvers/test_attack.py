"""Cells that attack: laws of killing, whatever the step, the backend and the order of memory."""

from __future__ import annotations

import numpy as np
import pytest
from duels import duels, times_of_death, until_all_died
from scipy import stats

PAIRS = 1500


@pytest.mark.parametrize("step", [0.5, 2.0, 6.0])
def test_attach_kill_and_detach_compete(tmp_path, step):
    """PhysiCell's 2018 attack (A33): P(kill in a contact) = k / (k + d), mean contact 1 / (k + d)."""
    simulation = duels(tmp_path, 1, 1, "cell_type.killer.attack.duration=60 min", step=step)
    until_all_died(simulation, 2 * 1440)
    counts = simulation.tissue.counts
    k, d = 0.0666, 1 / 60
    assert counts["kills"] == counts["apoptoses"] == PAIRS
    assert stats.binomtest(PAIRS, counts["attacks"], k / (k + d)).pvalue > 0.003
    held = simulation.tissue.cells.to_host()["attack_time"].sum() / 1024 / counts["attacks"]
    assert held == pytest.approx(1 / (k + d), rel=3 / np.sqrt(counts["attacks"]))


@pytest.mark.parametrize("step", [0.5, 6.0])
def test_the_third_hit_kills_and_counts_restart(tmp_path, step):
    """A32: E T = 1/l + (1 + p) / (p^2 l), p = 1 - exp(-50 l); hits every 30 min, so 112.6 min."""
    simulation = duels(
        tmp_path, 1, 1, "cell_type.killer.attack.hits=3", "cell_type.killer.attack.hit_rate=0.0333333 /min",
        "cell_type.killer.attack.rates.target=1000 /min", "cell_type.killer.attack.ends=death", step=step,
    )  # fmt: skip
    times = times_of_death(until_all_died(simulation, 2 * 1440))
    assert len(times) == PAIRS
    assert times.mean() == pytest.approx(112.6, abs=3 * times.std() / np.sqrt(PAIRS))


@pytest.mark.parametrize(("full", "beyond", "share"), [(13, 18, 1), (6, 18, 0.5), (0, 13, 1 / 13), (5, 12, 0)])
def test_the_rate_of_seizing_falls_off_with_distance(tmp_path, full, beyond, share):
    """Pairs 12 um apart: the share of full pairs that hold after 10 min is 1 - exp(-0.1 share 10)."""
    keys = [f"full_within={full} um", f"none_beyond={beyond} um", "hit_rate=0", "ends=death", "rates.target=0.1 /min"]
    keys = [f"cell_type.killer.attack.{key}" for key in keys]
    simulation = duels(tmp_path, 1, 1, *keys, step=2.0).run("10 min")
    assert stats.binomtest(simulation.tissue.counts["attacks"], PAIRS, 1 - np.exp(-share)).pvalue > 0.003


@pytest.mark.parametrize(("weighted", "share"), [("false", 1), ("true", 0.25)])
def test_immunogenicity_may_weigh_hits(tmp_path, weighted, share):
    """Who holds kills at the rate of hits, or at that times the target's immunogenicity."""
    keys = ("killer.attack.rates.target=1e6 /min", "killer.attack.ends=death", "target.immunogenicity.killer=0.25")
    keys = [f"cell_type.{key}" for key in (*keys, f"killer.attack.immunogenic_hits={weighted}")]
    simulation = duels(tmp_path, 1, 1, *keys).run("12 min")
    expected = 1 - np.exp(-12 * 0.0666 * share)
    assert stats.binomtest(simulation.tissue.counts["kills"], PAIRS, expected).pvalue > 0.003


SPRINGS = ("numerics.mechanics=true", "cell_type.killer.attack.elastic_constant=0.5 /min")


@pytest.mark.parametrize("springs", [(), SPRINGS])
def test_all_backends_and_steps_of_work_do_the_same(tmp_path, springs):
    """Several killers on several targets: numpy and native, bit for bit; with forces in sub-steps, too."""
    found = []
    for backend in ("numpy", "native"):
        simulation = duels(tmp_path, 3, 2, "cell_type.killer.attack.duration=9 min",
                           "cell_type.killer.attack.none_beyond=16 um", *springs, backend=backend)
        simulation.run("30 min" if springs else "2 h")
        assert not springs or simulation.stepper.mechanics.levels[1:].any()
        columns = simulation.tissue.cells.to_host()
        order = np.argsort(columns["id"])
        found.append({name: values[order] for name, values in columns.items()} | simulation.tissue.counts)
    one, other = found
    assert all(np.array_equal(one[name], other[name]) for name in one)
    assert one["kills"] > 100


@pytest.mark.parametrize("backend", ["native", "numpy"])
@pytest.mark.parametrize("killers", [1, 2])
def test_holds_pull_both_together(tmp_path, backend, killers):
    """One killer: d' = -2 k d; two of them, at the same side of one target: their distance to it goes by -3 k d."""
    forces = [f"{name}.mechanics={{adhesion=0, repulsion=0}}" for name in ("killer", "target")]
    attack = ["rates.target=1e6 /min", "hit_rate=0", "ends=death", "elastic_constant=0.02 /min"]
    keys = [f"cell_type.{key}" for key in (*forces, *(f"killer.attack.{key}" for key in attack))]
    keys += ["numerics.mechanics=true", "numerics.precision=fp64"]
    simulation = duels(tmp_path, killers, 1, *keys, step=1.0, backend=backend).run("30 min")
    cells = simulation.cells
    order = np.argsort(cells["id"])
    x, y, kind = (cells[name][order] for name in ("x", "y", "type"))
    target = np.flatnonzero(kind == 1)
    mine = np.flatnonzero(kind == 0).reshape(killers, PAIRS)
    for row in mine:
        apart = (x[row] - x[target]) / 12
        assert apart == pytest.approx(np.exp(-(1 + killers) * 0.02 * 30), rel=0.02)
    assert np.ptp(y[mine], axis=0).max() == pytest.approx(4 * np.exp(-0.6) * (killers > 1), rel=0.02, abs=1e-6)


def test_damage_done_is_damage_taken(tmp_path):
    """Without repair or death, what all killers have delivered is what all targets have; twice as fast by two."""
    mode = ('cell_type.killer.attack={rates={target="0.2 /min"},damage_rate="0.5 /min",duration="20 min"}',)
    simulation = duels(tmp_path, 2, 1, *mode)
    simulation.run("3 h")
    columns = simulation.tissue.cells.to_host()
    assert columns["delivered"].sum() == pytest.approx(columns["damage"].sum(), rel=1e-5)
    assert columns["delivered"].sum() == pytest.approx(0.5 * columns["attack_time"].sum() / 1024, rel=1e-5)
    share = columns["attack_time"][columns["type"] == 0].mean() / 1024 / 180
    assert share == pytest.approx(0.8 - 0.8 * 4 / 180, abs=0.006)  # 20 min of holding, 5 of seeking, from seeking on


@pytest.mark.parametrize("step", [0.5, 1.0, 2.0, 6.0])
def test_attacking_misses_no_hold_however_short(tmp_path, step):
    """Holds of a minute: what adds up the signal has the time of holding up to the step before, in each killer; and
    nobody who has just attacked believes that it was long ago."""
    keys = ("duration=1 min", "ends=fixed", "hit_rate=0", "rates.target=0.2 /min")
    memories = (
        'killer.custom.spent.memory={signal="attacking",rate="1 /min"}',
        'killer.custom.since.memory={kind="since",signal="attacking",above=0}',
    )
    keys = (*(f"cell_type.killer.attack.{key}" for key in keys), *(f"cell_type.{key}" for key in memories))
    simulation = duels(tmp_path, 1, 1, *keys, "numerics.precision=fp64", step=step, sets=400)
    simulation.run("60 min")
    before = simulation.cells["attack_time"] / 1024
    simulation.run(f"{60 + step} min")
    killers, columns = simulation.cells["type"] == 0, dict(simulation.tissue.cells.to_host())
    assert 7 < before[killers].mean() < 12  # of 60 min; five of seeking, one of holding
    np.testing.assert_allclose(simulation.cells["spent"], before, atol=1e-9)
    share = (columns["attack_time"] / 1024 - before) / step
    np.testing.assert_allclose(columns["attacking"], share, atol=1e-9)
    simulation.run(f"{60 + 2 * step} min")
    assert np.array_equal((simulation.cells["since"] == 0)[killers], (share > 0)[killers])
