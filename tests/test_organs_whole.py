"""Organs that are tissues: they wake where a cell comes out, exchange cells with the others by the blood alone, and no
cell is lost, made or named twice, whatever the order of tissues, the backend or a restart."""

from __future__ import annotations

import numpy as np
import pytest
from frames import assert_same_frame
from hypothesis import given, settings
from hypothesis import strategies as st
from test_body_whole import FAST, TEXT, assert_same

from gputme import folders, runner
from gputme.backends import available
from gputme.branching import branched
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.errors import EditError, RunError, ScenarioError, TooManyCells
from gputme.health import first_fault
from gputme.io import Run, pack
from gputme.model import dumps, loads

LUNG = """domain = { size = [200, 240], voxel = 20 }
vessels.vessel = [{ points = [[-100, 0], [100, 0]], radius = 5, inlet = 25, outlet = 15 }]
vessels.exchange.oxygen = { blood = "95 mmHg", permeability = "6e4 um/min" }
cells = [{ type = "resident", disc = { radius = 30 } }]
switch = [{ from = "M", to = "E", rate = "1 /h" }]
flow = 0.1
"""
BONE = """
[[body.organ]]
name = "bone"
flow = 0.3
arrest = 0.5
extravasation = "0.1 /min"
substrate = [{ name = "oxygen", unit = "mmHg", diffusion = 1e5, decay = 0.1, initial = 20 }]
"""
ORGANS = (
    TEXT.replace("tally = { grows = 0.5, colonises = 0.5 }\n", LUNG)
    .replace("[output]", BONE + "[output]")
    .replace("[[cell_type]]\nname = \"E\"", '[[cell_type]]\nname = "resident"\n[[cell_type]]\nname = "E"')
    .replace('[body]\n', '[body]\nflow = 0.2\narrest = 1\nextravasation = "0.02 /min"\n')
    .replace("flow = 0.3\narrest = 1\nextra", "flow = 0.1\narrest = 1\nextra")
    .replace('extravasation = "0.005 /min"', 'extravasation = "0.02 /min"').replace('"20 min"', '"5 min"')
)  # fmt: skip


END = 96  # min


def started(*overrides: str, backend=FAST, **keys) -> Simulation:
    return Simulation(loads(ORGANS, overrides=overrides), backend=backend, **keys)


def tissues(sim: Simulation) -> dict[str, Simulation]:
    return {"primary": sim, **sim.organs}


def assert_nobody_is_lost(sim: Simulation, first: dict[str, int]) -> None:
    row = sim.summary()
    ids = [id for unit in sim.body.blood.units for id in unit.cells]
    for name, tissue in tissues(sim).items():
        own = tissue.summary()
        events = own["births"] - own["removals"] - own["absorbed"]
        assert own["cells"] == first[name] + events + row[f"came out in {name}"] - row[f"left {name}"], name
        ids += tissue.cells["id"].tolist()
    assert len(ids) == len(set(ids))
    beds = ("primary", "lung", "liver", "bone")
    there = [row[f"{what} in {bed}"] for bed in beds for what in ("held", "died", "came out")]
    left = sum(row[f"left {name}"] for name in ("primary", "lung", "bone"))
    assert left == row["circulating"] + sum(there) + row["died in the blood"]


FIRST = {name: Simulation(loads(ORGANS).organs[name], backend=FAST).tissue.cells.n for name in ("lung", "bone")}


@given(seed=st.integers(0, 2**40), step=st.sampled_from([1, 6]))
@settings(max_examples=4, deadline=None)
def test_nobody_is_lost_or_made_at_any_step(seed, step):
    sim = started(f"time.step={step} min", "body.intravasation.rate=0.1 /min", seed=seed)
    first = FIRST | {"primary": sim.tissue.cells.n}
    for _ in range(90 // step):
        sim.step()
        assert_nobody_is_lost(sim, first)
    assert sim.organs


def written(path, backend=FAST, minutes=END, order=None) -> Run:
    sim = started(backend=backend)
    if order:
        sim.observe(lambda s: order.shuffle_sites(s), "6 min")
    with folders.new_folder(sim, path) as folder:
        assert runner.run(sim, folder, minutes * TICKS).exit_code == 0
    return Run(path)


def assert_same_bodies(one: Run, other: Run) -> None:
    assert_same(one, other)
    for i in range(len(one)):
        mine, theirs = one.read(i).organs, other.read(i).organs
        assert mine.keys() == theirs.keys()
        for name in mine:
            assert_same_frame(mine[name], theirs[name])


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Run:
    return written(tmp_path_factory.mktemp("organs") / "whole")


def test_organs_and_the_ledger_stand_where_the_page_of_the_format_says(whole):
    import h5py

    with h5py.File(sorted((whole.path / "frames").iterdir())[-1]) as file:
        assert {"VTKHDF", "gputme"} <= set(file["organs"]["lung"])
        assert {"tick", "event", "cell", "clone", "type", "unit", "cells", "tissue"} == set(file["gputme/ledger"])


def test_a_run_goes_on_bit_for_bit_through_the_waking_of_organs(tmp_path, whole):
    awake = [set(frame.organs) for frame in whole]
    assert awake[0] == set()
    assert awake[-1] == {"lung", "bone"}
    middle = next(i for i, names in enumerate(awake) if len(names) == 1)  # one is awake, one is still to wake
    written(tmp_path / "part", minutes=int(whole.times[middle]))
    sim, folder = folders.continued(tmp_path / "part", FAST)
    with folder:
        assert runner.run(sim, folder, END * TICKS).exit_code == 0
    assert_same_bodies(whole, Run(tmp_path / "part"))


def test_native_and_numpy_write_the_same(tmp_path, whole):
    if not available()["native"][0]:
        pytest.skip("native: " + available()["native"][1])
    assert_same_bodies(whole, written(tmp_path / "numpy", "numpy"))


def test_the_order_of_tissues_does_not_matter(tmp_path, whole):
    class Shuffled:
        def __init__(self):
            self.rng, self.seen = np.random.default_rng(1), set()

        def shuffle_sites(self, sim):
            names = list(sim.body.sites)
            self.rng.shuffle(names)
            self.seen.add(tuple(names))
            sim.body.sites = {name: sim.body.sites[name] for name in names}

    order = Shuffled()
    other = written(tmp_path / "shuffled", order=order)
    assert any(len(names) == 3 and names[0] != "primary" for names in order.seen)
    assert_same_bodies(whole, other)


def test_an_organ_sleeps_until_a_cell_comes_out(monkeypatch):
    sim = started("body.organ.lung.arrest=0", "body.organ.bone.arrest=0")
    monkeypatch.setattr(sim.body, "make", lambda name: pytest.fail(f"{name} was woken"))
    sim.run(60)
    assert sim.summary()["left primary"] > 0
    assert not sim.organs
    assert not sim.frame(0).organs
    assert not any(name.startswith(("lung:", "bone:")) for name in sim.summary())


def test_an_organ_wakes_as_it_is_at_time_0():
    sim = started()
    while "lung" not in sim.organs:
        sim.step()
    first = Simulation(sim.scenario.organs["lung"], backend=FAST)
    again = sim.body.make("lung")
    for name in ("id", "x", "y", "mark"):
        np.testing.assert_array_equal(again.cells[name], first.cells[name])
    residents = sim.organs["lung"].cells
    here = residents["type"] == 0
    assert set(residents["id"][here].tolist()) == set(first.cells["id"].tolist())
    assert (residents["birth"][here] == sim.tissue.tick - 6 * TICKS).all()
    assert sim.organs["lung"].time == sim.time


def test_tissues_number_their_cells_in_turn():
    sim = started("body.intravasation.rate=0.1 /min").run(90)
    names = list(loads(ORGANS).body.names)
    rows, born = sim.ledger, {"primary": 0, "lung": 1, "bone": 2}
    for name, tissue in tissues(sim).items():
        ids = tissue.cells["id"]
        foreign = set(ids[(ids - 1) % 3 != born[name]].tolist())
        came = set(rows["cell"][(rows["event"] == 5) & (rows["tissue"] == names.index(name))].tolist())
        own = {int(i) for i in ids} - foreign
        assert foreign <= came
        assert own | foreign == set(ids.tolist())
        assert ids.max() < tissue.tissue.cells.next_id


def test_cells_come_out_at_vessels_as_they_were():
    still = [
        "cell_type.E.cycle.rates={live=0}", "cell_type.E.apoptosis.rate=0", "cell_type.E.motility.speed=0",
        "cell_type.E.exchange.oxygen.uptake=0", "numerics.mechanics=false", "body.circulation.disaggregation=0",
        "body.organ.lung.extravasation=0.2 /min", "body.organ.bone.flow=0", "body.flow=0", "body.organ.liver.flow=0",
    ]  # fmt: skip
    rates = "body.intravasation.opening={E=0.01, M=0}", "body.intravasation.rate=0.2 /min", "switch.0.rate=0"
    sim = started(*still, *rates)
    sim.cells["internal oxygen"] = np.arange(sim.tissue.cells.n, dtype=float)
    sim.cells["mark"] = np.linspace(0, 1, sim.tissue.cells.n)
    names = ("mark", "fluid", "nuclear", "clone", "internal oxygen", "type")
    before = {int(id): [float(sim.cells[n][k]) for n in names] for k, id in enumerate(sim.cells["id"])}
    total = sum(v[4] for v in before.values())
    while "lung" not in sim.organs:
        sim.step()
    came = sim.organs["lung"].cells
    mine = came["type"] == 1
    assert mine.any()
    for k in np.flatnonzero(mine):
        now = [float(came[n][k]) for n in names]
        assert now[0] == before[int(came["id"][k])][0]
        assert now[2:] == pytest.approx(before[int(came["id"][k])][2:])
        assert abs(came["y"][k]) < 5 + 2 * came["radius"][k] * mine.sum() ** 0.5  # at the wall, or beside one that is
    held = [t.summary()["internal oxygen"] + t.summary()["removed oxygen"] for t in tissues(sim).values()]
    assert sum(held) == pytest.approx(total)


def test_cells_leave_organs_again_and_come_back_to_the_tumour():
    sim = started("body.intravasation.rate=0.2 /min", "body.veins=primary").run(120)
    row = sim.summary()
    assert row["left lung"] > 0
    assert row["came out in primary"] > 0


def test_frames_hold_organs_and_runs_read_them(tmp_path, whole):
    packed = Run(pack(whole.path, tmp_path / "packed.h5"))
    for run in (whole, packed):
        organ = run[-1].organs["lung"]
        assert organ.scenario().vessels is not None
        assert organ.tick == run[-1].tick
        assert not run.check()
        np.testing.assert_array_equal(organ.cells["id"], whole.read(-1).organs["lung"].cells["id"])
        with pytest.raises(KeyError, match="there is no organ in this frame 'kidney'"):
            run[-1].organs["kidney"]


def test_an_organ_makes_no_steps_of_its_own():
    sim = started()
    while not sim.organs:
        sim.step()
    organ = next(iter(sim.organs.values()))
    for act in (organ.step, lambda: organ.observe(print, 6)):
        with pytest.raises(EditError, match=r"this is an organ of 'spreading', which makes its steps"):
            act()


def test_what_is_impossible_in_an_organ_is_found():
    sim = started()
    while "lung" not in sim.organs:
        sim.step()
    assert first_fault(sim) is None
    sim.organs["lung"].tissue.fields[0][7] = np.nan
    assert str(first_fault(sim)).endswith("of lung")
    assert "oxygen" in str(first_fault(sim))


def test_another_body_does_not_go_on(whole):
    changed = loads(ORGANS.replace('name = "lung"', 'name = "skin"').replace('veins = "lung"', 'veins = "skin"'))
    with pytest.raises(RunError, match="has an organ 'lung'"):
        Simulation(changed, backend=FAST).restore(whole.read(-1))


def test_what_is_written_is_read_again():
    scenario = loads(ORGANS)
    again = loads(dumps(scenario))
    assert again == scenario
    assert again.organs == scenario.organs


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("[200, 240]", "[200, 240, 60]", "body.organ.lung.domain: is 3D, and the scenario's is 2D: cells pass"),
        ('name = "oxygen", unit = "mmHg", diffusion = 1e5, decay = 0.1', 'name = "sugar", diffusion = 1, decay = 1',
         "body.organ.bone.substrate.sugar.name: 'sugar' is no substrate of the scenario"),
        ("[[-100, 0], [100, 0]]", "[[-100, 0], [900, 0]]", "body.organ.lung.vessels.vessel.0.points.1: "),
        ('{ type = "resident"', '{ type = "nobody"', "body.organ.lung.cells.0.type: there is no cell type 'nobody'"),
        ("flow = 0.1\n[[body", 'tally = {}\n[[body', "body.organ.lung: is a tally, and has no tissue: leave out"),
    ],
)  # fmt: skip
def test_faults_of_organs_are_one_sentence(old, new, sentence):
    assert old in ORGANS
    with pytest.raises(ScenarioError) as error:
        loads(ORGANS.replace(old, new))
    assert any(message.startswith(sentence) for message in error.value.messages), error.value.messages


def test_a_branch_goes_on_with_other_rates_and_the_same_organs(tmp_path, whole):
    sim, folder = branched(whole.path, ["body.circulation.death=1 /min"], tmp_path / "branch", until=f"{END + 12} min")
    with folder:
        assert runner.run(sim, folder, (END + 12) * TICKS).exit_code == 0
    assert set(Run(tmp_path / "branch")[-1].organs) == set(whole[-1].organs)
    with pytest.raises(ScenarioError, match="a branch cannot change which organs there are"):
        branched(whole.path, ["body.organ.liver.name=skin"], tmp_path / "other", until="3 h")


def test_cells_of_organs_count_towards_the_limit(tmp_path):
    sim = started("numerics.max_cells=150")
    while "lung" not in sim.organs:
        sim.step()
    lung = sim.organs["lung"]
    lung.add_cells("resident", np.linspace(-90, 90, 140), np.full(140, 90.0))
    guard = runner._Guard
    with pytest.raises(TooManyCells, match="more than the 150"):
        guard(sim)
