"""Cells leave with lymph where its vessels lie and are open, and flow through nodes, which filter, into the blood."""

from __future__ import annotations

import numpy as np
import pytest
from test_circulating import STILL, body, ledger

from gputme.cascade.body import counted
from gputme.cascade.circulating import Circulating
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.model import loads
from gputme.state.circulation import Circulation, Unit
from gputme.state.ledger import Event

TEXT = """
name = "draining"
seed = 3
[domain]
size = [800, 400]
voxel = 20
[time]
end = "1 d"
[[cell_type]]
name = "E"
mechanics.adhesion = 0.4
[[cell_type]]
name = "M"
mechanics.adhesion = 0.04
[[cell_type]]
name = "T"
[groups]
tumour = ["E", "M"]
[interstitium]
lymph = "3e-3 /mmHg/min"
carries = false
regions = [
    { box = [[-400, -200], [0, 200]], lymph = "1e-3 /mmHg/min" },
    { box = [[-400, -200], [400, -100]], lymph = 0 },
]
[numerics]
mechanics = false
[body]
tumour = ["tumour"]
veins = "lung"
node = "node"
[body.lymph]
rate = "0.01 /min"
full = "2e-3 /mmHg/min"
ability = { M = 1 }
leaves = { T = "0.01 /min" }
transit = "10 d"
death = 0
[[body.organ]]
name = "lung"
tally = {}
[[body.organ]]
name = "node"
tally = {}
"""


def scattered(type: str, count: int, box: str) -> str:
    return f'\n[[cells]]\ntype = "{type}"\nbox = {box}\npacking = "random"\ncount = {count}\n'


def left(sim: Simulation, event: Event) -> dict[str, np.ndarray]:
    rows = sim.ledger
    return {name: values[rows["event"] == event] for name, values in rows.items()}


def test_tumour_cells_enter_in_proportion_to_the_lymph_vessels_around_them():
    boxes = "[[1, -90], [399, 190]]", "[[-399, -90], [-1, 190]]", "[[-390, -190], [390, -110]]"
    cells = "".join(scattered("M", 400, box) for box in boxes)
    sim = Simulation(loads(TEXT + cells)).run(40)
    row, group = sim.summary(), (left(sim, Event.ENTERED_LYMPH)["cell"].astype(np.int64) - 1) // 400
    assert row["entered lymph in primary"] == row["in lymph"] == len(group)
    many, few, none = np.bincount(group, minlength=3) / 400
    assert none == 0
    assert many == pytest.approx(1 - np.exp(-0.01 * 1.5 * 40), abs=0.075)
    assert few == pytest.approx(1 - np.exp(-0.01 * 0.5 * 40), abs=0.06)


def test_packed_cells_squeeze_lymph_vessels_shut():
    """In the middle of a packed ball nobody enters; of single cells, on which nothing presses, many do."""
    disc = '\n[[cells]]\ntype = "M"\ndisc = { centre = [200, 50], radius = 80 }\n'
    packed = TEXT.replace("mechanics = false", "mechanics = true") + disc
    sim = Simulation(loads(packed, overrides=["body.lymph.closed=0.5", "body.intravasation.cohesion=100"]))
    sim.run(1)
    first = dict(zip(sim.cells["id"].tolist(), np.hypot(sim.cells["x"] - 200, sim.cells["y"] - 50).tolist()))
    gone = left(sim.run(30), Event.ENTERED_LYMPH)["cell"].tolist()
    depths = [first[id] for id in gone]
    assert len(gone) > 3
    assert min(depths) > 45
    assert sum(depth < 45 for depth in first.values()) > 20


def test_immune_cells_leave_for_good_and_are_counted():
    sim = Simulation(loads(TEXT + scattered("T", 600, "[[1, -90], [399, 190]]"))).run(40)
    row = sim.summary()
    assert row["drained from primary"] == 600 - sim.tissue.cells.n == len(left(sim, Event.DRAINED)["cell"])
    assert row["drained from primary"] / 600 == pytest.approx(1 - np.exp(-0.6), abs=0.06)
    assert row["in lymph"] == row["entered lymph in primary"] == 0


def test_cells_that_hold_on_enter_together():
    rates = "body.lymph.ability={E=0.2}", "body.intravasation.reach=40 um"
    disc = '\n[[cells]]\ntype = "E"\ndisc = { centre = [200, 50], radius = 20 }\n'
    sim = Simulation(loads(TEXT + disc, overrides=rates))
    n = sim.tissue.cells.n
    sim.run(200)
    rows = left(sim, Event.ENTERED_LYMPH)
    assert rows["cells"].max() == n > 3
    assert len(set(rows["tick"].tolist())) == 1


@pytest.mark.parametrize("lymph", [True, False])
def test_what_lymph_takes_the_blood_does_not_have_too(lymph):
    """Of two ways out at the same time each cell takes the one that comes first."""
    vessel = """
[vessels]
vessel = [{ points = [[-400, 0], [400, 0]], radius = 5, inlet = 250, outlet = 15 }]
"""
    rates = ["body.intravasation.rate=0.02 /min", "body.intravasation.opening={M=1}", "body.circulation.transit=10 d"]
    rates += ["body.circulation.death=0", f"body.lymph.rate={0.02 if lymph else 0} /min"]
    sim = Simulation(loads(TEXT + vessel + scattered("M", 500, "[[1, -20], [399, 20]]"), overrides=rates)).run(20)
    row = sim.summary()
    by_lymph, by_blood = row["entered lymph in primary"], row["left primary"]
    assert sim.tissue.cells.n == 500 - by_lymph - by_blood
    total = 1 - np.exp(-0.02 * 20 * (1 + 1.5 * lymph))
    assert (by_lymph + by_blood) / 500 == pytest.approx(total, abs=0.066)
    assert by_lymph / max(by_lymph + by_blood, 1) == pytest.approx(0.6 * lymph, abs=0.08)


NODE = {"name": "node", "tally": {}, "filter": 0.0}
LUNG = {"name": "lung", "tally": {}}
SLOW = {"ability": {"T": 1}, "transit": 10, "death": 0}


def draining(given, sizes: list[int]):
    """Units of these sizes that have entered lymph at tick 0, and a list of what comes out."""
    out: list[tuple[int, Unit]] = []
    carrying = Circulating(given, 1, lambda tick, unit: out.append((tick, unit.bed)))
    blood, last = Circulation(given.names, counted(given)), 0
    for size in sizes:
        ids = range(last + 1, last + 1 + size)
        cells = {id: {"id": np.uint64(id), "clone": np.uint64(1), "type": np.uint8(0)} for id in ids}
        carrying.enter_lymph(blood, 0, Unit(cells, 0, 0, 0))
        last += size
    return carrying, blood, out


def test_lymph_flows_from_node_to_node_and_into_the_blood():
    nodes = NODE | {"node": "second"}, NODE | {"name": "second"}
    given = body(LUNG, *nodes, veins="lung", node="node", lymph=SLOW, circulation=STILL | {"transit": 5})
    carrying, blood, _ = draining(given, [1])
    seen = []
    for minute in (9, 10, 19, 20, 29, 30, 34, 35):
        carrying.step(blood, minute * TICKS)
        (unit,) = blood.units
        seen.append((unit.lymph, unit.bed, unit.passes))
    way = [(True, 2, 0), (True, 3, 1), (True, 3, 1), (True, -1, 2), (True, -1, 2), (False, 1, 3), (False, 1, 3)]
    assert seen == [*way, (False, -1, 4)]
    assert ledger(blood, Event.REACHED_BLOOD)["tick"].tolist() == [30 * TICKS]
    assert blood.counts["reached blood by lymph"] == 1


def test_a_node_filters_by_any_cell_of_a_unit():
    node = NODE | {"filter": 0.4}
    given = body(LUNG, node, veins="lung", node="node", lymph=SLOW, circulation=STILL)
    carrying, blood, _ = draining(given, [1] * 1500 + [3] * 1500)
    carrying.step(blood, 10 * TICKS)
    held = [len(unit) for unit in blood.units if unit.held]
    assert held.count(1) / 1500 == pytest.approx(0.4, abs=0.04)
    assert held.count(3) / 1500 == pytest.approx(1 - 0.6**3, abs=0.04)
    assert blood.row()["held in node"] == sum(held) == blood.counts["arrested in node"]
    assert blood.row()["in lymph"] == 6000 - sum(held)


def test_cells_die_and_part_in_lymph_at_its_own_rates():
    lymph = SLOW | {"death": 0.01, "disaggregation": 0.02, "transit": 1e5}
    circulation = {"death": 5.0, "disaggregation": 5.0}
    given = body(LUNG, NODE, veins="lung", node="node", lymph=lymph, circulation=circulation)
    carrying, blood, _ = draining(given, [1] * 2000 + [3] * 400)
    carrying.step(blood, 10**9)
    rows = ledger(blood, Event.DIED)
    assert (rows["tissue"] == -2).all()
    assert blood.counts["died in lymph"] == 3200
    single = rows["tick"][rows["unit"] <= 2000]
    assert single.mean() / TICKS == pytest.approx(100, rel=0.07)
    parted = ledger(blood, Event.PARTED)
    assert (parted["tissue"] == -2).all()
    assert len(parted["tick"]) > 300


def test_what_a_node_holds_comes_out_there():
    node = NODE | {"filter": 1.0, "extravasation": 0.1, "death": 0.0}
    given = body(LUNG, node, veins="lung", node="node", lymph=SLOW, circulation=STILL)
    carrying, blood, out = draining(given, [1] * 500)
    carrying.step(blood, 10**9)
    assert [bed for _, bed in out] == [2] * 500
    assert np.mean([tick for tick, _ in out]) / TICKS == pytest.approx(20, rel=0.1)
