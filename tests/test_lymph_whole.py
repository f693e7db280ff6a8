"""Lymph in whole runs: cells go with it through a node that is a tissue, and none is lost, made or named twice,
whatever the order of tissues, the backend or a restart."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_body_whole import FAST
from test_organs_whole import ORGANS, assert_same_bodies, tissues

from gputme import folders, runner
from gputme.backends import available
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.errors import NoWayOn, ScenarioError
from gputme.io import Run
from gputme.model import dumps, loads

FLUID = """[interstitium]
lymph = "3e-3 /mmHg/min"
[body.lymph]
rate = "0.05 /min"
ability = { M = 1, E = 0.3 }
leaves = { resident = "0.02 /min" }
closed = 5
transit = "7 min"
death = "0.005 /min"
disaggregation = "0.01 /min"
"""
NODE = """
[[body.organ]]
name = "sentinel"
node = "second"
filter = 0.6
extravasation = "0.05 /min"
domain = { size = [160, 200], voxel = 20 }
interstitium = { edge = 0, regions = [{ box = [[-80, 60], [80, 100]], lymph = "3e-3 /mmHg/min" }] }
cells = [{ type = "resident", disc = { radius = 30 } }]
[[body.organ]]
name = "second"
filter = 0.2
tally = {}
"""
TEXT = (
    ORGANS.replace("[body]\n", '[body]\nnode = "sentinel"\n')
    .replace('[[body.organ]]\nname = "lung"', FLUID + '[[body.organ]]\nname = "lung"')
    .replace("[output]", NODE + "[output]")
    .replace("[[cells]]", '[[cells]]\ntype = "resident"\ndisc = { centre = [-90, -90], radius = 40 }\n[[cells]]', 1)
)
END = 72  # min


def started(*overrides: str, backend=FAST, **keys) -> Simulation:
    return Simulation(loads(TEXT, overrides=overrides), backend=backend, **keys)


FIRST = {name: Simulation(one, backend=FAST).tissue.cells.n for name, one in loads(TEXT).organs.items()}


def assert_nobody_is_lost(sim: Simulation, first: dict[str, int]) -> None:
    row, units = sim.summary(), sim.body.blood.units
    ids = [id for unit in units for id in unit.cells]
    names = sim.scenario.body.names
    took = {name: sum(row.get(f"{what} {name}", 0) for what in ("left", "entered lymph in")) for name in names}
    for name, tissue in tissues(sim).items():
        own = tissue.summary()
        made = own["births"] - own["removals"] - own["absorbed"] + row[f"came out in {name}"]
        assert own["cells"] == first[name] + made - took[name] - row[f"drained from {name}"], name
        ids += tissue.cells["id"].tolist()
    assert len(ids) == len(set(ids))
    there = [row[f"{what} in {bed}"] for bed in names for what in ("held", "died", "came out")]
    flowing = row["circulating"] + row["in lymph"]
    assert sum(took.values()) == flowing + sum(there) + row["died in the blood"] + row["died in lymph"]


@given(seed=st.integers(0, 2**40), step=st.sampled_from([1, 6]))
@settings(max_examples=4, deadline=None)
def test_nobody_is_lost_or_made_at_any_step(seed, step):
    sim = started(f"time.step={step} min", seed=seed)
    first = FIRST | {"primary": sim.tissue.cells.n}
    for _ in range(60 // step):
        sim.step()
        assert_nobody_is_lost(sim, first)
    row, events = sim.summary(), np.bincount(sim.ledger["event"], minlength=12)
    assert row["entered lymph in primary"] > 0
    assert events[9] == sum(value for name, value in row.items() if name.startswith("entered lymph in"))
    assert events[10] == row["reached blood by lymph"]
    assert events[11] == sum(value for name, value in row.items() if name.startswith("drained from")) > 0


def written(path, backend=FAST, minutes=END, watch=None) -> Run:
    sim = started(backend=backend)
    if watch:
        sim.observe(watch, "6 min")
    with folders.new_folder(sim, path) as folder:
        assert runner.run(sim, folder, minutes * TICKS).exit_code == 0
    return Run(path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Run:
    return written(tmp_path_factory.mktemp("lymph") / "whole")


def test_a_run_goes_on_bit_for_bit_with_cells_in_lymph(tmp_path, whole):
    assert "sentinel" in whole[-1].organs
    assert {9, 10, 11} <= set(whole.ledger["event"].tolist())
    units = [frame.state["circulating units"] for frame in map(whole.read, range(len(whole)))]
    middle = next(i for i, of in enumerate(units) if ((of["lymph"] == 1) & (of["held"] == 0)).any())
    assert 0 < middle < len(whole) - 1
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
    rng, seen = np.random.default_rng(1), set()

    def shuffle(sim: Simulation) -> None:
        names = list(sim.body.sites)
        rng.shuffle(names)
        seen.add(tuple(names))
        sim.body.sites = {name: sim.body.sites[name] for name in names}

    other = written(tmp_path / "shuffled", watch=shuffle)
    assert any(names[0] == "sentinel" for names in seen)
    assert_same_bodies(whole, other)


def test_cells_come_out_of_lymph_where_its_vessels_lie():
    still = "cell_type.E.motility.speed=0", "numerics.mechanics=false", "body.lymph.disaggregation=1 /min"
    corner = "body.organ.sentinel.interstitium.regions.0.box=[[-80, 60], [0, 100]]"
    sim = started(*still, "body.intravasation.rate=0", corner)
    while sim.summary()["came out in sentinel"] < 12:
        sim.step()
    rows = sim.ledger
    came = rows["cell"][(rows["event"] == 5) & (rows["unit"] == rows["cell"]) & (rows["tissue"] == 4)]
    node = sim.organs["sentinel"].cells
    here = np.isin(node["id"], came)
    assert here.any()
    assert (node["y"][here] >= 60).all()
    assert (node["x"][here] <= 0).all()


def test_a_frame_with_lymph_goes_on_only_where_there_is_lymph(whole):
    frame = next(f for f in map(whole.read, range(len(whole))) if f.state["circulating units"]["lymph"].any())
    dry = TEXT.replace('node = "sentinel"\n', "").replace('node = "second"\n', "")
    dry = dry[: dry.index("[body.lymph]")] + dry[dry.index('[[body.organ]]\nname = "lung"') :]
    with pytest.raises(NoWayOn, match="cells are in lymph, and there is none"):
        Simulation(loads(dry), backend=FAST).restore(frame)


def test_first_events_are_told_in_their_order_and_colonies_are_clusters(tmp_path):
    said = []
    sim = started("body.colony=3", "numerics.mechanics=false", "body.organ.sentinel.extravasation=1 /min")
    with folders.new_folder(sim, tmp_path / "told") as folder:
        runner.run(sim, folder, END * TICKS, tell=lambda time, event: said.append(event))
    order = ["first entry into lymph", "first arrest in an organ", "first cell that has come out in an organ"]
    assert [event for event in said if event in order] == order
    assert "first entry into the blood" in said
    series = Run(tmp_path / "told").series
    clusters = series["sentinel: tumour clusters"]
    assert (series["sentinel: colonies"][~np.isnan(clusters)] <= clusters[~np.isnan(clusters)]).all()
    ever = [(series[name] > 0).any() for name in series if name.endswith(": colonies")]
    assert ("first colony in an organ" in said) == any(ever)
    assert "colonies" not in series


def test_what_is_written_is_read_again():
    assert loads(dumps(loads(TEXT))) == loads(TEXT)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('node = "sentinel"\n', "", ""),
        ('node = "second"\n', 'node = "sentinel"\n', "body.organ.sentinel.node: its lymph flows in a circle"),
        ('filter = 0.2\n', 'node = "sentinel"\n', "body.organ.sentinel.node: its lymph flows in a circle"),
        ('node = "sentinel"\n', 'node = "sentinal"\n', "body.node: there is no organ 'sentinal'; did you mean"),
        ("[interstitium]\nlymph", "[interstitium]\nleak", "body.node: no lymph flows there: give interstitium.lymph"),
        ("leaves = { resident", "leaves = { M", "body.lymph.leaves.M: may spread: give its ability instead"),
        ("ability = { M", "ability = { X", "body.lymph.ability.X: there is no cell type 'X'"),
    ],
)  # fmt: skip
def test_faults_of_lymph_are_one_sentence(old, new, sentence):
    assert old in TEXT
    text = TEXT.replace(old, new)
    if not sentence:
        text = text.replace('node = "second"\n', "")
        sentence = "body.lymph: flows to no node: give `node`, the organ that the lymph of a tissue flows to"
    with pytest.raises(ScenarioError) as error:
        loads(text)
    assert any(message.startswith(sentence) for message in error.value.messages), error.value.messages


def test_a_node_without_lymph_and_lymph_that_lets_nobody_in_are_refused():
    dry = TEXT[: TEXT.index("[body.lymph]")] + TEXT[TEXT.index('[[body.organ]]\nname = "lung"') :]
    with pytest.raises(ScenarioError, match=r"body.node: needs lymph: write \[body.lymph\]"):
        loads(dry)
    with pytest.raises(ScenarioError, match=r"body.lymph: lets no cell in: give ability or leaves"):
        loads(TEXT.replace('ability = { M = 1, E = 0.3 }\nleaves = { resident = "0.02 /min" }\n', ""))


def test_a_killed_run_of_a_body_goes_on_bit_for_bit(tmp_path, whole):
    """SIGKILL while cells are in blood and lymph, and organs awake: what goes on is what would have been."""
    (tmp_path / "spreading.toml").write_text(TEXT)
    run = tmp_path / "run"
    command = [sys.executable, "-m", "gputme", "run", str(tmp_path / "spreading.toml"), "--backend", FAST]
    process = subprocess.Popen([*command, "--out", str(run)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    enough = run / "frames" / "000003.vtkhdf"
    while not enough.exists():
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.001)
    process.kill()
    process.communicate()
    assert process.returncode == -9
    reached = len(Run(run)) - 1
    assert reached >= 3
    state = Run(run).read(-1).state
    assert len(state["circulating units"]["unit"])
    end = max(int(Run(run).times[-1]), END)
    sim, folder = folders.continued(run, FAST)
    with folder:
        assert runner.run(sim, folder, end * TICKS).exit_code == 0
    if end == END:
        assert_same_bodies(whole, Run(run))
    else:
        assert_same_bodies(written(tmp_path / "longer", minutes=end), Run(run))
