"""What becomes of a hold when one of its two cells divides, dies, turns into another type or is gone."""

from __future__ import annotations

import numpy as np
import pytest
from duels import duels

SETS = 200
HOLDS = (
    "cell_type.killer.attack.ends=death", "cell_type.killer.attack.hit_rate=0",
    "cell_type.killer.attack.rates.target=1000 /min",
)  # fmt: skip
DIVIDES = 'cycle={{model="live",rates={{live="{rate}"}}}}'


def held(simulation) -> dict[int, int]:
    """The cell that each living one holds, by id."""
    cells = simulation.tissue.cells.to_host()
    return {int(i): int(j) for i, j, d in zip(cells["id"], cells["held_id"], cells["death"]) if j and not d}


def begun(tmp_path, *overrides: str):
    """Pairs that hold, and what they hold; nothing else has happened."""
    simulation = duels(tmp_path, 1, 1, *HOLDS, *overrides, step=2.0, sets=SETS)
    simulation.step()
    return simulation, held(simulation)


def test_a_killer_that_divides_keeps_its_hold_and_its_daughter_has_none(tmp_path):
    simulation, before = begun(tmp_path, "cell_type.killer." + DIVIDES.format(rate="0.02 /min"))
    last = int(simulation.cells["id"].max())
    simulation.step()
    cells = simulation.tissue.cells.to_host()
    new = cells["id"] > last
    assert new.sum() > 3
    assert not cells["held_id"][new].any()
    assert not cells["attack_time"][new].any()
    after = held(simulation)
    assert all(after[i] == j for i, j in before.items())
    assert set(cells["parent"][new].tolist()) & set(before)


def test_a_target_that_divides_is_held_on_and_its_daughter_is_not(tmp_path):
    wide = "cell_type.target.mechanics.relative_maximum_adhesion_distance=3"  # division moves the two apart
    simulation, before = begun(tmp_path, "cell_type.target." + DIVIDES.format(rate="0.05 /min"), wide)
    simulation.step()
    assert simulation.tissue.counts["births"] > 5
    assert held(simulation) == before


def test_a_killer_that_turns_into_another_type_keeps_its_hold_until_that_type_lets_go(tmp_path):
    turns = 'cell_type.killer.transitions={target="0.1 /min"}'
    simulation, before = begun(tmp_path, turns, "cell_type.target.attack.ends=death")
    simulation.run(20)
    assert simulation.tissue.counts["transitions"] > 50
    assert held(simulation) == before
    simulation, before = begun(tmp_path, turns, "cell_type.target.attack.duration=2 min")
    simulation.run(60)
    types = dict(zip(simulation.cells["id"].tolist(), simulation.cells["type"].tolist()))
    assert all(held(simulation).get(i) == j for i, j in before.items() if types[i] == 0)
    assert sum(i in held(simulation) for i in before if types[i] == 1) < 30


def test_a_killer_that_dies_lets_go(tmp_path):
    simulation, before = begun(tmp_path, "cell_type.killer.apoptosis.rate=0.1 /min")
    simulation.run(30)
    dead = simulation.cells["id"][simulation.cells["death"] > 0]
    simulation.step()
    cells = simulation.tissue.cells.to_host()
    assert len(dead) > 100
    assert not cells["held_id"][np.isin(cells["id"], dead)].any()
    assert held(simulation) == {i: j for i, j in before.items() if cells["death"][cells["id"] == i] == 0}


def test_a_target_that_leaves_is_held_no_longer(tmp_path):
    simulation, before = begun(tmp_path)
    gone = np.array(sorted(before.values())[:20], np.uint64)
    simulation.remove(gone)
    simulation.step()
    assert held(simulation) == {i: j for i, j in before.items() if j not in set(gone.tolist())}


@pytest.mark.parametrize("ends", ["random", "fixed"])
def test_kills_add_up_with_deaths_and_removals(tmp_path, ends):
    keys = ("rates.target=0.5 /min", "hit_rate=0.1 /min", f"ends={ends}", "duration=8 min")
    keys = [f"cell_type.killer.attack.{key}" for key in keys]
    simulation = duels(tmp_path, 2, 3, *keys, "cell_type.target.apoptosis.duration=30 min", step=2.0, sets=SETS)
    simulation.run(120)
    counts, cells = simulation.tissue.counts, simulation.tissue.cells.to_host()
    assert counts["kills"] == counts["apoptoses"] > 100
    assert counts["removals"] + (cells["death"] > 0).sum() == counts["kills"]
    assert len(cells["id"]) + counts["removals"] == 5 * SETS
    assert counts["attacks"] >= counts["kills"]


def test_the_plan_of_memory_counts_what_there_is_of_each_actor_per_cell(tmp_path):
    """33 bytes of each killer, a tenth of the cells; they are no share of the voxels."""
    from gputme.footprint import memory

    simulation = duels(tmp_path, 1, 9, *HOLDS, step=2.0, sets=100)
    simulation.step()
    meet, cells = simulation.stepper.interactions, simulation.tissue.cells
    kept = [meet.actors, meet.at, meet.whom, meet.what, meet.when, meet.clock]
    per_cell = sum(a.nbytes for a in kept) / cells.capacity
    counted = memory(simulation).workspaces
    meet.actors = meet.at = meet.whom = meet.what = meet.when = meet.clock = None
    assert counted - memory(simulation).workspaces == pytest.approx(per_cell, rel=0.01)
    assert per_cell > 3
