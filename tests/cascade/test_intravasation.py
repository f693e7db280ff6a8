"""Who passes the wall of a vessel: at which rate, with whom, and who does not."""

from __future__ import annotations

import numpy as np
import pytest

from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.model import loads

TEXT = """
name = "leaving"
seed = 3
[domain]
size = [400, 400]
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
name = "TAM"
[groups]
tumour = ["E", "M"]
[vessels]
[[vessels.vessel]]
points = [[-200, 0], [200, 0]]
radius = 5
inlet = 25
outlet = 15
[numerics]
mechanics = false
[body]
tumour = ["tumour"]
veins = "lung"
[body.intravasation]
rate = "0.01 /min"
ability = { M = 1 }
opening = { M = 0.1 }
rupture = 0
[body.circulation]
transit = "10 d"
death = 0
disaggregation = 0
[[body.organ]]
name = "lung"
tally = {}
"""


def simulation(*overrides: str, cells: str = "", **keys) -> Simulation:
    return Simulation(loads(TEXT + cells, overrides=overrides), **keys)


def placed(type: str, points) -> str:
    """Single cells at places: small populations."""
    shape = '\n[[cells]]\ntype = "{}"\ncount = 1\ndisc = {{ centre = [{}, {}], radius = 9 }}\n'
    return "".join(shape.format(type, x, y) for x, y in points)


def spread(y: float) -> list[tuple[float, float]]:
    return [(30 * k - 180.0, y) for k in range(12)]


def along(type: str, y: float) -> str:
    """120 cells side by side along the vessel."""
    return f'\n[[cells]]\ntype = "{type}"\nbox = [[-199, {y}], [199, {y + 0.01}]]\npacking = "random"\ncount = 120\n'


def entered(sim: Simulation) -> dict[str, np.ndarray]:
    rows = sim.ledger
    return {name: values[rows["event"] == 1] for name, values in rows.items()}


def mean_wait(cells: str, *overrides: str, minutes: int = 30, step: int = 1) -> tuple[float, int]:
    """Minutes that tumour cells spend at the vessel per entry, over 3 seeds, and how many entered."""
    spent, times = 0.0, []
    for seed in range(3):
        sim = simulation(*overrides, f"time.step={step} min", cells=cells, seed=seed)
        n = int((sim.cells["type"] < 2).sum())
        sim.run(minutes)
        when = entered(sim)["tick"] / TICKS
        times += when.tolist()
        spent += when.sum() + minutes * (n - len(when))
    return spent / len(times), len(times)


@pytest.mark.parametrize("step", [1, 6])
def test_cells_enter_at_the_rate_of_their_type_whatever_the_step(step):
    """A grown wall has no leak: only the opening counts, 0.1 of the rate."""
    wait, n = mean_wait(along("M", 20), "body.intravasation.rate=0.2 /min", step=step)
    assert n > 80
    assert wait == pytest.approx(50, rel=3 / n**0.5)


def test_a_macrophage_that_touches_helps():
    cells = along("M", 20) + along("TAM", 21)
    wait, n = mean_wait(cells, "body.intravasation.rate=0.2 /min", "body.intravasation.help={TAM = 3}")
    assert n > 120
    assert wait == pytest.approx(12.5, rel=3 / n**0.5)
    beside = along("M", 20) + along("TAM", 60)
    wait, n = mean_wait(beside, "body.intravasation.rate=0.2 /min", "body.intravasation.help={TAM = 3}")
    assert wait == pytest.approx(50, rel=3 / n**0.5)


def test_nobody_enters_from_beyond_the_reach_or_without_ability():
    far = placed("M", spread(35.01))  # 30 um from the wall, whose radius is 5 um, and a little more
    sim = simulation("body.intravasation.rate=100 /min", cells=far + placed("E", spread(20))).run(10)
    assert not len(sim.ledger["tick"])
    assert sim.tissue.cells.n == 24


def test_ruptures_let_all_in_until_they_are_sealed():
    rates = "body.intravasation.rate=100 /min", "body.intravasation.rupture=1e6 /min"
    sim = simulation(*rates, "body.intravasation.sealed=3 min", cells=placed("E", spread(20)))
    sim.tissue.vessels.segments.wall[:6] = 0.0  # the first six of 40, up to x = -140
    sim.step()
    open_ = [segment for _, segment in sim.body.blood.ruptured]
    assert open_ == sim.tissue.vessels.segments.id[:6].tolist()
    assert 0 < len(sim.ledger["tick"]) < 12
    sim.tissue.vessels.segments.wall[:6] = 9.0
    assert sim.run(3).body.blood.ruptured
    assert not sim.run(5).body.blood.ruptured


def test_pores_that_have_not_ruptured_let_few_in():
    """With no wall and no growth factor half of the leak is there: 0.5 x 0.01 of the rate."""
    sims = [simulation("body.intravasation.rate=2 /min", cells=along("M", 20), seed=s) for s in range(3)]
    for sim in sims:
        sim.body.entries["primary"].opens[:] = 0
        sim.tissue.vessels.segments.wall[:] = 0.0
        sim.run(20)
    n = sum(len(entered(sim)["tick"]) for sim in sims)
    assert n == pytest.approx(3 * 120 * (1 - np.exp(-20 * 0.01)), abs=3 * 60**0.5)


@pytest.mark.parametrize(("kind", "most", "size"), [("E", 50, 5), ("E", 3, 3), ("M", 50, 1)])
def test_cells_that_hold_on_enter_together(kind, most, size):
    """Five in a row, E with each other; further ones of the row lie beyond the reach."""
    row = placed(kind, [(0, 15 * k - 70) for k in range(10)])
    opening = "body.intravasation.opening={E = 1, M = 1}"
    sim = simulation("body.intravasation.rate=1 /min", opening, f"body.intravasation.most={most}", cells=row)
    while not len(sim.ledger["tick"]):
        sim.step()
    first = sim.ledger
    here = first["unit"] == first["unit"][0]
    assert here.sum() == size
    assert (first["cells"][here] == size).all()
    assert sim.tissue.cells.n == 10 - len(first["tick"])


def test_cells_that_springs_attach_enter_together(tmp_path):
    """Those of M do not adhere; the first three are attached, in a chain, and the others to nobody."""
    (tmp_path / "bonds.csv").write_text("id,id\n1,2\n2,3\n")
    keys = ["bonds=bonds.csv", "cell_type.M.attachment.elastic_constant=0.05 /min", "cell_type.M.attachment.most=4"]
    row = placed("M", [(15 * k - 30, 0) for k in range(5)])
    sim = Simulation(loads(TEXT + row, base_dir=tmp_path, overrides=[*keys, "body.intravasation.rate=1 /min"]))
    sim.run("1 h")
    units = [sorted(sim.ledger["cell"][sim.ledger["unit"] == unit].tolist()) for unit in np.unique(sim.ledger["unit"])]
    assert units == [[1, 2, 3], [4], [5]]


def test_cells_carry_what_they_had():
    sim = simulation("body.intravasation.rate=1 /min", cells=placed("M", spread(20)))
    sim.cells["fluid"] = 1000.0 + np.arange(12)
    before = {int(i): float(v) for i, v in zip(sim.cells["id"], sim.cells["nuclear"])}
    sim.run(20)
    carried = {id: of for unit in sim.body.blood.units for id, of in unit.cells.items()}
    assert carried
    assert carried.keys() | set(sim.cells["id"].tolist()) == before.keys()
    for id, of in carried.items():
        assert of["nuclear"] == pytest.approx(before[id])
        assert of["id"] == id
        assert of["type"] == 1


def test_the_order_of_cells_does_not_matter():
    row = placed("E", [(x, 15 * k - 70) for x in (-100, 0, 100) for k in range(10)])
    sims = [simulation("body.intravasation.opening={E = 0.5}", cells=row) for _ in range(2)]
    cells = sims[1].tissue.cells
    for array in cells.values():
        array[: cells.n] = array[: cells.n][::-1].copy()
    one, other = (sim.run(120).ledger for sim in sims)
    assert len(one["tick"]) > 10
    for name, values in one.items():
        np.testing.assert_array_equal(values, other[name])
