"""Cells that come out and do not begin to grow turn into a type that rests; what then happens is said of that type."""

from __future__ import annotations

import numpy as np
import pytest
from test_body_whole import FAST

from gputme.engine import Simulation
from gputme.errors import ScenarioError
from gputme.model import loads
from gputme.model.idle import idle

TEXT = """
name = "resting"
seed = 2
[domain]
size = [2000, 100]
voxel = 20
[time]
end = "13 d"
step = "1 h"
[[cell_type]]
name = "E"
apoptosis.rate = 0
custom = { mark = { uniform = [1, 2] }, left = { value = 3 } }
cycle = { model = "custom", phase = [{ name = "a", rate = 0 }, { name = "b", rate = 0 }] }
[[cell_type]]
name = "M"
inherits = "E"
[[cell_type]]
name = "resting"
custom = { mark = { value = 0.5 }, woken = { value = 7 } }
apoptosis = { rate = "0.077 /d", duration = "1 h" }
[groups]
tumour = ["E", "M"]
[[cells]]
type = "E"
count = 350
phase = 1
box = [[-990, 10], [990, 30]]
packing = "random"
[[cells]]
type = "M"
count = 30
box = [[-990, -30], [990, -10]]
packing = "random"
[[vessels.vessel]]
points = [[-1000, 0], [1000, 0]]
radius = 5
inlet = 250
outlet = 15
[numerics]
mechanics = false
[body]
tumour = ["tumour"]
veins = "lung"
intravasation = { rate = "100 /min", opening = { tumour = 1 }, cohesion = 100 }
circulation = { death = 0 }
[[body.organ]]
name = "lung"
arrest = 1
domain = { size = [400, 400], voxel = 20 }
dormancy = { into = { E = "resting", M = "resting" }, starts = { E = 0.1 } }
"""

READ = ("id", "type", "phase", "mark", "left", "woken")


@pytest.fixture(scope="module")
def run() -> tuple[Simulation, dict[str, float], dict]:
    """After 13 days, and what it was after five."""
    sim = Simulation(loads(TEXT), backend=FAST).run("5 d")
    return sim, dict(sim.summary()), {name: sim.organs["lung"].cells[name].copy() for name in READ}


def test_a_share_of_the_types_that_start_goes_on(run):
    _, row, cells = run
    rows = run[0].ledger
    came, rest = (rows["event"] == event for event in (5, 8))
    assert row["left primary"] == 380
    assert row["came to rest in lung"] == rest.sum()
    kinds = dict(zip(rows["cell"][came].tolist(), rows["type"][came].tolist()))
    epithelial = np.array([kinds[id] == 0 for id in rows["cell"][rest].tolist()])
    of = list(kinds.values())
    assert epithelial.sum() / of.count(0) == pytest.approx(0.9, abs=0.055)
    assert (~epithelial).sum() == of.count(1)  # no M starts
    started = set(kinds) - set(rows["cell"][rest].tolist())
    assert started == set(cells["id"][cells["type"] != 2].tolist())
    assert set(cells["type"].tolist()) == {0, 2}


def test_those_that_rest_die_at_the_rate_of_their_type(run):
    """0.8 come out, after a day on the mean: 13 days after, a third of all is there and rests (B30)."""
    sim = run[0].run("13 d")
    row = sim.summary()
    begun = 1 - 0.1 * 350 / 380
    expected = 0.8 * begun * (np.exp(-0.077 * 13) - np.exp(-13)) / (1 - 0.077)
    assert row["lung: alive resting"] / 380 == pytest.approx(expected, abs=3 * (expected / 380) ** 0.5)


def test_who_turns_into_a_type_with_another_cycle_begins_it(run):
    _, _, cells = run
    assert (cells["phase"][cells["type"] == 2] == 0).all()
    assert (cells["phase"][cells["type"] == 0] == 1).all()


def test_variables_are_kept_as_by_a_switch(run):
    """What both types have is kept; what one of them lacks begins, or is gone."""
    _, _, cells = run
    rests = cells["type"] == 2
    assert (cells["mark"] >= 1).all()
    assert (cells["left"] == np.where(rests, 0, 3)).all()
    assert (cells["woken"] == np.where(rests, 7, 0)).all()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('into = { E = "resting"', 'into = { E = "none"', "body.organ.lung.dormancy.into.E: there is no cell type"),
        ("starts = { E", "starts = { X", "body.organ.lung.dormancy.starts.X: there is no cell type 'X'"),
    ],
)
def test_types_that_are_not_there_are_named(old, new, sentence):
    with pytest.raises(ScenarioError) as error:
        loads(TEXT.replace(old, new))
    assert any(message.startswith(sentence) for message in error.value.messages), error.value.messages


def test_a_type_that_only_cells_that_come_out_turn_into_is_not_idle():
    assert not any("resting" in sentence for sentence in idle(loads(TEXT)))
    woken = TEXT.replace("[groups]", '[[cell_type]]\nname = "woken"\n[groups]')
    assert any("type.woken" in sentence for sentence in idle(loads(woken)))
    turns = woken + 'switch = [{ from = "resting", to = "woken", rate = 1 }]'
    assert not any("type.woken" in sentence for sentence in idle(loads(turns)))


def test_groups_rest_as_their_members_do():
    text = TEXT.replace('{ E = "resting", M = "resting" }', '{ tumour = "resting" }')
    assert loads(text).body.organs[0].dormancy.into == {"E": "resting", "M": "resting"}
