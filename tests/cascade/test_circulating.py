"""What is in the blood goes the ways of the blood, dies, parts, is held and comes out, each event at its own time."""

from __future__ import annotations

import numpy as np
import pytest

from gputme.cascade.body import counted
from gputme.cascade.circulating import Circulating
from gputme.columns import TICKS
from gputme.model.body import Body
from gputme.state.circulation import Circulation, Unit
from gputme.state.ledger import Event

LUNG = {"name": "lung", "tally": {}}
LIVER = {"name": "liver", "tally": {}}
STILL = {"death": 0, "disaggregation": 0, "transit": 10}


def body(*organs: dict, **keys) -> Body:
    """A body; what is not said does not happen."""
    quiet = [{"arrest": 0, "death": 0, "extravasation": 0} | organ for organ in organs]
    return Body.model_validate({"tumour": ["T"], "intravasation": {"opening": {"T": 1}}, "organ": quiet} | keys)


def flowing(given: Body, sizes: list[int], seed: int = 1) -> tuple[Circulating, Circulation, list[tuple[int, Unit]]]:
    """Units of these sizes that have entered at tick 0, and a list of what comes out."""
    out: list[tuple[int, Unit]] = []
    carrying = Circulating(given, seed, lambda tick, unit: out.append((tick, Unit(dict(unit.cells), 0, 0, 0))))
    blood, last = Circulation(given.names, counted(given)), 0
    for size in sizes:
        ids = range(last + 1, last + 1 + size)
        cells = {id: {"id": np.uint64(id), "clone": np.uint64(1), "type": np.uint8(0)} for id in ids}
        carrying.enter(blood, 0, Unit(cells, 0, 0, 0))
        last += size
    return carrying, blood, out


def ledger(blood: Circulation, event: Event) -> dict[str, np.ndarray]:
    rows = blood.ledger.columns()
    return {name: values[rows["event"] == event] for name, values in rows.items()}


def test_single_cells_live_exponentially_long():
    given = body(LUNG, veins="lung", circulation=STILL | {"death": 0.01, "transit": 1e5})
    carrying, blood, _ = flowing(given, [1] * 4000)
    carrying.step(blood, 10**9)
    minutes = ledger(blood, Event.DIED)["tick"] / TICKS
    assert len(minutes) == 4000
    assert not blood.units
    assert minutes.mean() == pytest.approx(100, rel=3 / 4000**0.5)
    assert np.median(minutes) == pytest.approx(69.3, rel=0.06)


@pytest.mark.parametrize("n", [2, 8])
def test_cells_of_a_cluster_die_by_the_surface_that_they_expose(n):
    given = body(LUNG, veins="lung", circulation=STILL | {"death": 0.01, "transit": 1e5})
    carrying, blood, _ = flowing(given, [n] * 2000)
    carrying.step(blood, 10**9)
    rows = ledger(blood, Event.DIED)
    first, last = rows["tick"][rows["cells"] == n], rows["tick"][rows["cells"] == 1]
    assert first.mean() / TICKS == pytest.approx(100 / n ** (2 / 3), rel=0.07)
    assert last.mean() / TICKS == pytest.approx(sum(100 / k ** (2 / 3) for k in range(1, n + 1)), rel=0.07)


def test_each_cell_leaves_its_cluster_at_a_rate():
    given = body(LUNG, veins="lung", circulation=STILL | {"disaggregation": 0.01, "transit": 1e5})
    carrying, blood, _ = flowing(given, [5] * 300)
    carrying.step(blood, 10**9)
    rows = ledger(blood, Event.PARTED)
    assert len(rows["tick"]) == 1200
    assert len(blood.units) == 1500
    assert rows["tick"][rows["cells"] == 5].mean() / TICKS == pytest.approx(20, rel=0.17)
    assert {unit.name for unit in blood.units} == set(range(1, 1501))


def test_a_unit_is_held_by_any_of_its_cells():
    given = body(LUNG | {"arrest": 0.2}, veins="lung", circulation=STILL)
    carrying, blood, _ = flowing(given, [1] * 1000 + [4] * 1000)
    carrying.step(blood, 10 * TICKS)
    held = [len(unit) for unit in blood.units if unit.held]
    assert held.count(1) == pytest.approx(200, abs=40)
    assert held.count(4) == pytest.approx(1000 * (1 - 0.8**4), abs=50)


def test_veins_lead_to_the_lung_and_arteries_by_shares_of_flow():
    organs = LUNG | {"arrest": 0}, LIVER | {"arrest": 1, "flow": 0.25}
    carrying, blood, _ = flowing(body(*organs, veins="lung", circulation=STILL), [1] * 4000)
    assert all(unit.bed == 1 for unit in blood.units)
    carrying.step(blood, 10 * TICKS)
    assert np.mean([unit.bed == 2 for unit in blood.units]) == pytest.approx(0.25, abs=0.02)
    assert {unit.bed for unit in blood.units} == {2, -1}
    carrying.step(blood, 20 * TICKS)  # held in the liver, or on the way to the lung again
    assert {(unit.bed, unit.held) for unit in blood.units} == {(2, True), (1, False)}


def test_a_tissue_that_drains_into_an_organ_sends_its_cells_there_first():
    organs = LUNG, LIVER
    carrying, blood, _ = flowing(body(*organs, veins="lung", drains="liver", circulation=STILL), [1] * 10)
    assert {unit.bed for unit in blood.units} == {2}
    carrying.step(blood, 10 * TICKS)
    assert {unit.bed for unit in blood.units} == {1}


def test_cells_come_where_tropism_says():
    organs = LUNG | {"tropism": 0.75}, LIVER | {"tropism": 0.25}
    _, blood, _ = flowing(body(*organs, circulation=STILL), [1] * 4000)
    assert np.mean([unit.bed == 1 for unit in blood.units]) == pytest.approx(0.75, abs=0.02)
    assert {unit.bed for unit in blood.units} == {1, 2}


def test_of_what_is_held_a_share_comes_out_and_the_rest_dies():
    organ = LUNG | {"arrest": 1, "death": 0.2 / 1440, "extravasation": 0.8 / 1440}
    carrying, blood, out = flowing(body(organ, veins="lung", circulation=STILL), [1] * 3000)
    carrying.step(blood, 10**9)
    assert len(out) == blood.counts["came out in lung"] == 3000 - blood.counts["died in lung"]
    assert len(out) / 3000 == pytest.approx(0.8, abs=0.022)
    assert np.mean([tick for tick, _ in out]) / TICKS == pytest.approx(10 + 1440, rel=0.06)


def test_clusters_come_out_more_often_than_single_cells():
    """Not set anywhere: it follows from the surface that cells expose, and from that the last one counts."""
    organ = LUNG | {"arrest": 1, "death": 0.01, "extravasation": 1e-3}
    carrying, blood, out = flowing(body(organ, veins="lung", circulation=STILL), [1] * 2000 + [8] * 2000)
    carrying.step(blood, 10**9)
    singles, several = (sum((unit.name > 2000) == cluster for _, unit in out) for cluster in (False, True))
    lost = np.prod([10 * k ** (2 / 3) / (10 * k ** (2 / 3) + 1) for k in range(1, 9)])
    assert singles / 2000 == pytest.approx(1 / 11, abs=0.02)
    assert several / 2000 == pytest.approx(1 - lost, abs=0.03)
    assert several > 2.5 * singles


def test_neither_the_order_of_units_nor_the_length_of_steps_matters():
    organs = LUNG | {"arrest": 0.2, "death": 0.01, "extravasation": 0.01}, LIVER | {"flow": 0.5, "arrest": 0.1}
    given = body(*organs, veins="lung", circulation={"death": 0.003, "disaggregation": 0.02, "transit": 1})
    found = []
    for steps, order in (([600], 1), (range(6, 601, 6), -1), ([1, 2, 3, 599, 600], 1)):
        carrying, blood, _ = flowing(given, [1, 5, 2, 9] * 10)
        blood.units = blood.units[::order]
        for minutes in steps:
            carrying.step(blood, minutes * TICKS)
        found.append((blood.units, blood.counts, {k: v.tolist() for k, v in blood.ledger.columns().items()}))
    assert found[0] == found[1] == found[2]
    assert len(found[0][2]["tick"]) > 200


def test_what_is_saved_goes_on_the_same():
    organs = (LUNG | {"arrest": 0.2, "death": 0.01, "extravasation": 0.01},)
    given = body(*organs, veins="lung", circulation={"death": 0.003, "disaggregation": 0.02, "transit": 1})
    carrying, blood, _ = flowing(given, [1, 5, 2, 9] * 5)
    carrying.step(blood, 7 * TICKS)
    again = Circulation(given.names, counted(given))
    again.load(blood.state())
    assert again.units == blood.units
    assert again.counts == blood.counts
    for one in (blood, again):
        carrying.step(one, 500 * TICKS)
    assert again.units == blood.units
    assert again.counts == blood.counts
