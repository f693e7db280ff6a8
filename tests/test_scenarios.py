"""Every scenario that ships loads, says where its numbers come from, and runs; the default shows what it promises."""

from __future__ import annotations

import re

import numpy as np
import pytest

from gputme import folders, runner
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.model import find, load, names

LARGE = {"hanging-drop"}


@pytest.mark.parametrize("name", names())
def test_every_source_mark_is_explained(name):
    text = find(name).read_text()
    used, explained = set(re.findall(r"# \[(\w)\]", text)), set(re.findall(r"\[(\w)\]", text.split("name =")[0]))
    assert used <= explained, f"{name}: {used - explained} stand beside numbers and are not explained at the top"


@pytest.mark.parametrize("name", [n for n in names() if n not in LARGE])
def test_runs_its_first_steps(name):
    simulation = Simulation(name)
    for _ in range(3):
        simulation.step()
    described = simulation.scenario
    assert simulation.tissue.cells.n > 0 or described.vessels or described.interstitium
    assert all(np.isfinite(field).all() for field in simulation.fields.values())


HANDFUL = (
    "domain.size=[300, 300, 300]", "cells.0.sphere.radius=40 um", "recruitment.0.capacity=60",
    "recruitment.0.start=2 min", "recruitment.0.end=4 min", "recruitment.0.shell.inner=5 um",
    "recruitment.0.shell.outer=40 um",
)  # fmt: skip


def test_t_cells_that_hold_tumour_cells_go_on_after_a_stop_as_they_would_have(tmp_path):
    """Springs of holds are kept nowhere: they follow from who holds whom. NumPy does the same."""

    def handful(backend: str = "native") -> Simulation:
        return Simulation(load("cancer-immune", HANDFUL), backend=backend)

    whole, other, begun = handful().run("90 min"), handful("numpy").run("90 min"), handful()
    with folders.new_folder(begun, tmp_path / "run") as folder:
        assert runner.run(begun, folder, 60 * TICKS).exit_code == 0
    assert (begun.cells["held_id"] > 0).sum() > 5
    resumed, folder = folders.continued(tmp_path / "run", "native")
    with folder:
        assert runner.run(resumed, folder, 90 * TICKS).exit_code == 0
    assert whole.tissue.counts["kills"] > 5
    columns = [simulation.tissue.cells.to_host() for simulation in (whole, resumed, other)]
    first, *others = [{name: v[np.argsort(c["id"])] for name, v in c.items() if v.ndim == 1} for c in columns]
    assert all(np.array_equal(first[name], found[name]) for found in others for name in first)


def test_fixed_cycle_divides_after_18_and_36_hours():
    simulation = Simulation("referee-cycle-fixed", backend="numpy")
    simulation.run("17.9 h")
    assert simulation.tissue.cells.n == 1
    simulation.run("18 h")
    assert simulation.tissue.cells.n == 2
    simulation.run("35.9 h")
    assert simulation.tissue.cells.n == 2
    simulation.run("36 h")
    assert simulation.tissue.cells.n == 4


def test_friction_problem_walks_straight():
    simulation = Simulation("referee-friction", backend="numpy").run()
    cells = simulation.cells
    np.testing.assert_allclose([cells["x"][0], cells["y"][0], cells["z"][0]], [100, 0, 0], atol=1e-3)


def test_pushed_cells_stop_where_repulsion_balances_the_drive():
    """40 (1 - d/20)^2 = 10 at d = 10."""
    cells = Simulation("referee-two-cells-pushing", backend="numpy").run().cells
    np.testing.assert_allclose(np.ptp(cells["x"]), 10, atol=0.01)


def test_a_sink_books_what_it_takes_up():
    """At the steady state the amount grows by uptake times the cell's volume times the value at its centre."""
    simulation = Simulation("referee-diffusion-1-sink", backend="numpy").run("9 min")
    before = simulation.cells["internal substrate"][0]
    simulation.run("10 min")
    value = simulation.fields["substrate"][1, 1, 1]
    assert 0 < value < 10
    np.testing.assert_allclose(simulation.cells["internal substrate"][0] - before, 20 * 4188.79 * value, rtol=1e-3)


def test_t_cells_climb_the_gradient_at_the_speed_of_a_biased_walk():
    """Drift along the gradient is speed times 0.1691 at a bias of 0.25 in 2D (A7), as long as cells are free."""
    simulation = Simulation("chemotaxis").run("30 min")  # the gradient is there
    before = dict(simulation.cells)
    chasing = before["type"] == 1
    away = np.hypot(before["x"] - 300, before["y"]) > 300  # not yet at the nest
    simulation.run("60 min")
    after = simulation.cells
    by_id = {i: k for k, i in enumerate(after["id"])}
    moved = []
    for k in np.flatnonzero(chasing & away):
        j = by_id[before["id"][k]]
        towards = np.array([300 - before["x"][k], -before["y"][k]])
        step = np.array([after["x"][j] - before["x"][k], after["y"][j] - before["y"][k]])
        moved.append(step @ towards / np.linalg.norm(towards))
    expected = 3.6 * 0.1691 * 30
    error = np.std(moved) / np.sqrt(len(moved))
    assert abs(np.mean(moved) - expected) < 3.5 * error + 0.05 * expected


@pytest.mark.slow
def test_default_shows_a_proliferating_rim_hypoxia_and_a_necrotic_core():
    simulation = Simulation("hypoxic-tumour").run()
    cells = simulation.cells
    distance = np.hypot(cells["x"] - cells["x"].mean(), cells["y"] - cells["y"].mean())
    dead, alive = cells["death"] >= 2, cells["death"] == 0
    assert dead.sum() > 50
    assert np.median(distance[dead]) < 0.6 * np.median(distance[alive])
    assert simulation.fields["oxygen"].min() < 5
