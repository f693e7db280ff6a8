"""What the dead give and take: as rules for them say, else nothing, and uptake at what death leaves of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_exchange_laws import BOX, DEBRIS, PLANE, make, ruled

from gputme.engine import Simulation
from gputme.model import loads


@pytest.mark.parametrize("size", [BOX, PLANE])
@pytest.mark.parametrize(("step", "seed"), [(0.5, 1), (1, 2), (6, 3)])
def test_a_rule_for_the_dead_acts_in_full_on_the_dead_alone(size, step, seed, backend_name):
    simulation = make(rules=[DEBRIS], size=size, step=step, seed=seed, death=1, backend=backend_name)
    while not (simulation.cells["death"] != 0).any():
        assert not simulation.fields["debris"].any()
        simulation.step()
    simulation.step()
    cells, secreted = simulation.cells, ruled(simulation)
    long_dead = (cells["death"] != 0) & (cells["phase_start"] <= simulation.tissue.tick - simulation.stepper.ticks)
    full = 2**10 / (1 + 2**10)
    assert {secreted[i] for i in cells["id"][long_dead].tolist()} == {full}
    assert {secreted[i] for i in cells["id"][cells["death"] == 0].tolist()} == {0.0}
    assert simulation.fields["debris"].max() > 0


def test_the_dead_fill_their_voxel_at_the_ruled_rate(backend_name):
    """One dead cell in a closed box: d content/dt = S V (u* - u), S the rule's value, unscaled."""
    simulation = make(rules=[DEBRIS], death=1e9, cells=1, size='["20 um", "20 um", "20 um"]', backend=backend_name)
    simulation.step()  # it dies in the first step
    u, S = 0.0, 2**10 / (1 + 2**10)
    for _ in range(20):
        cells = simulation.cells
        rate = S * sum(cells[part][0] for part in ("fluid", "nuclear", "cytoplasmic")) / 8000
        u = (u + rate * 1.0) / (1 + rate)
        simulation.step()
        assert simulation.fields["debris"][0, 0, 0] == pytest.approx(u, rel=1e-6)


@pytest.mark.parametrize("step", [0.5, 3])
def test_without_a_rule_for_the_dead_secretion_ends_and_uptake_falls_once(step, backend_name):
    rules = [
        ("tumour", "debris", "increases", "debris secretion", 3.0, 10.0, 1.0, False),
        ("tumour", "debris", "decreases", "debris uptake", 1.0, 10.0, 1.0, False),
        ("tumour", "debris", "decreases", "debris export", 0.5, 10.0, 1.0, False),
    ]
    simulation = make(
        "secretion = 1\ntarget = 30\nuptake = 4\nexport = 100\ndead_factor = 0.25", rules, initial=5, death=2,
        step=step, backend=backend_name,
    )  # fmt: skip
    parameters = simulation.parameters
    names = [parameters.slot[parameters.behaviours.of(name)] for name in ("secretion", "uptake", "export")]
    at_death: dict[int, float] = {}
    for _ in range(20):
        simulation.step()
        secretion, uptake, export = (ruled(simulation, row) for row in names)
        cells = simulation.cells
        for i, dead in zip(cells["id"].tolist(), (cells["death"] != 0).tolist()):
            if dead:
                assert secretion[i] == export[i] == 0
                assert at_death.setdefault(i, uptake[i]) == uptake[i]
                assert 0.25 < uptake[i] <= 1
            else:
                assert secretion[i] > 1
                assert export[i] > 1
                assert 1 < uptake[i] <= 4
    assert len(at_death) > 5


def test_a_frame_from_before_gives_the_dead_what_death_leaves_them(backend_name):
    simulation = make(
        "secretion = 1\nuptake = 4", [DEBRIS, ("tumour", "pressure", "increases", "debris uptake", 9, 1, 1, False)],
        death=3, backend=backend_name,
    ).run("30 min")  # fmt: skip
    frame = simulation.frame(0)
    old = {name: frame.state[name] for name in ("tick", "next_id", "seed", "last_dt")}
    old |= {name: np.array(list(frame.state[name].values())) for name in ("debts", "counts")}
    old["counts"] = old["counts"][:6]
    old["stack_ruled"] = np.full((2, len(frame.cells["id"])), 8.0)  # death had not changed it
    rows = {row: ruled(simulation.restore(replace(frame, state=old, version=1)), row) for row in (0, 1)}
    dead = frame.cells["death"] != 0
    assert 0 < dead.sum() < len(dead)
    for i, gone in zip(frame.cells["id"].tolist(), dead):
        assert (rows[0][i], rows[1][i]) == ((0, pytest.approx(0.8)) if gone else (8, 8))
    again = {row: ruled(simulation.restore(frame), row) for row in (0, 1)}  # one of now is taken as it is
    assert all(again[0][i] > 0.9 for i in frame.cells["id"][dead].tolist())


def test_cells_that_are_dead_at_the_start_take_up_their_share(tmp_path, backend_name):
    (tmp_path / "cells.csv").write_text("x,y,z,type,death\n0,0,0,tumour,0\n5,5,5,tumour,2\n")
    rule = ("tumour", "pressure", "increases", "debris uptake", 9, 1, 1, False)
    text = make("secretion = 1\nuptake = 4", [DEBRIS, rule]).scenario.source_text
    whole = text[: text.index("count = 40")] + 'table = "cells.csv"\n' + text[text.index("[numerics]") :]
    simulation = Simulation(loads(whole, base_dir=tmp_path), backend=backend_name)
    for secretes in (0, 1):  # the rule for the dead goes up from the type's own 1 /min to 1 /min
        assert ruled(simulation, 0)[2] == secretes
        assert ruled(simulation, 1) == {1: 4, 2: pytest.approx(0.4)}
        simulation.step()
