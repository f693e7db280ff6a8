"""A body in whole runs: nobody is lost or made between tissue, blood and organs, and a run goes on bit for bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from frames import assert_same_frame, assert_same_series
from hypothesis import given, settings
from hypothesis import strategies as st

from gputme import folders, runner
from gputme.backends import available
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.errors import NoWayOn
from gputme.io import Run
from gputme.model import loads

TEXT = """
name = "spreading"
seed = 5
[domain]
size = [300, 300]
voxel = 20
[time]
end = "2 h"
step = "6 min"
[[substrate]]
name = "oxygen"
unit = "mmHg"
diffusion = 1e5
decay = 1
[[cell_type]]
name = "E"
cycle.model = "live"
cycle.rates = { live = "0.2 /h" }
apoptosis.rate = "0.05 /h"
apoptosis.duration = "30 min"
motility.speed = "0.5 um/min"
exchange.oxygen = { uptake = 5, tracked = true }
custom.mark = { uniform = [0, 1] }
[[cell_type]]
name = "M"
inherits = "E"
mechanics.adhesion = 0.04
[[switch]]
from = "E"
to = "M"
rate = "0.2 /h"
[[cells]]
type = "E"
disc = { radius = 60 }
[vessels]
exchange.oxygen = { blood = "95 mmHg", permeability = "6e4 um/min" }
[[vessels.vessel]]
points = [[-150, 10], [150, 10]]
radius = 5
inlet = 25
outlet = 15
[body]
tumour = ["E", "M"]
veins = "lung"
intravasation = { rate = "0.06 /min", opening = { E = 0.05, M = 0.2 } }
circulation = { transit = "20 min", death = "0.01 /min", disaggregation = "0.01 /min" }
[[body.organ]]
name = "lung"
arrest = 0.3
death = "0.003 /min"
extravasation = "0.005 /min"
tally = { grows = 0.5, colonises = 0.5 }
[[body.organ]]
name = "liver"
flow = 0.3
arrest = 1
extravasation = "0.01 /min"
tally = {}
[output]
every = "12 min"
series = "6 min"
"""


FAST = "native" if available()["native"][0] else "numpy"


def started(*overrides: str, backend=FAST, **keys) -> Simulation:
    return Simulation(loads(TEXT, overrides=overrides), backend=backend, **keys)


def assert_nobody_is_lost(sim: Simulation, first: int) -> None:
    """Cells of the tissue by its events; cells that left by what became of them."""
    row, blood = sim.summary(), sim.body.blood
    made = row["births"] - row["removals"] - row["absorbed"] - row["left primary"]
    assert row["cells"] == first + made
    there = [row[f"{what} in {organ}"] for organ in ("lung", "liver") for what in ("held", "died", "came out")]
    assert row["left primary"] == row["circulating"] + sum(there) + row["died in the blood"]
    ids = [id for unit in blood.units for id in unit.cells]
    assert not set(ids) & set(sim.cells["id"].tolist())
    assert len(ids) == len(set(ids))


@given(seed=st.integers(0, 2**40), rate=st.sampled_from([0.005, 0.05, 1.0]), step=st.sampled_from([1, 6]))
@settings(max_examples=6, deadline=None)
def test_nobody_is_lost_at_any_step(seed, rate, step):
    sim = started(f"body.intravasation.rate={rate}", f"time.step={step} min", seed=seed)
    first = sim.tissue.cells.n
    for _ in range(60 // step):
        sim.step()
        assert_nobody_is_lost(sim, first)
    rows = sim.ledger
    events = np.bincount(rows["event"], minlength=8)
    row = sim.summary()
    assert events[1] == row["left primary"]
    assert events[4] == row["arrested in lung"] + row["arrested in liver"]
    assert events[5] == row["came out in lung"] + row["came out in liver"]
    assert events[6] == row["grew in lung"] + row["grew in liver"]
    assert events[7] == row["colonised lung"] + row["colonised liver"] <= events[6]


def written(path, backend=FAST, minutes=120, *overrides: str) -> Run:
    sim = started(*overrides, backend=backend)
    with folders.new_folder(sim, path) as folder:
        assert runner.run(sim, folder, minutes * TICKS).exit_code == 0
    return Run(path)


def assert_same(one: Run, other: Run) -> None:
    assert_same_series(one, other)
    for i in range(len(one)):
        assert_same_frame(one.read(i), other.read(i))
    assert one.ledger.keys() == other.ledger.keys()
    for name, values in one.ledger.items():
        np.testing.assert_array_equal(values, other.ledger[name], err_msg=name)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Run:
    return written(tmp_path_factory.mktemp("body") / "whole")


def test_a_run_goes_on_bit_for_bit_with_cells_in_the_blood(tmp_path, whole):
    part = written(tmp_path / "part", minutes=60)
    state = part.read(-1).state
    held = state["circulating units"]["held"]
    assert (held == 0).any()
    assert (held == 1).any()
    sim, folder = folders.continued(tmp_path / "part", FAST)
    with folder:
        assert runner.run(sim, folder, 120 * TICKS).exit_code == 0
    assert_same(whole, Run(tmp_path / "part"))


def test_native_and_numpy_write_the_same(tmp_path, whole):
    if not available()["native"][0]:
        pytest.skip("native: " + available()["native"][1])
    assert_same(whole, written(tmp_path / "numpy", "numpy"))


def test_the_ledger_of_a_run_is_that_of_the_simulation(whole):
    sim = started().run(120)
    rows = whole.ledger
    assert len(rows["tick"]) > 30
    assert set(rows["event"].tolist()) >= {1, 3, 4, 5}
    for name, values in sim.ledger.items():
        np.testing.assert_array_equal(rows[name], values, err_msg=name)
    assert (np.diff(rows["tick"]) >= 0).all()
    assert not whole.check()


def test_series_name_what_the_summary_names(whole):
    assert {"left primary", "circulating", "held in lung", "came out in liver", "detached"} <= whole.series.keys()
    assert whole.series["detached"][-1] >= 0
    assert whole.series["tumour clusters"][0] == 1


def test_a_scenario_without_a_body_has_nothing_of_it(tmp_path):
    alone = loads(TEXT[: TEXT.index("[body]")] + TEXT[TEXT.index("[output]") :])
    sim = Simulation(alone, backend="numpy")
    frame = sim.run(12).frame(0)
    assert sim.body is None
    assert not sim.ledger
    assert not frame.ledger
    assert not {"circulating", "cascade", "ruptured", "circulating units"} & frame.state.keys()
    assert not any("circul" in name or "detached" in name for name in sim.summary())


@pytest.mark.parametrize(
    ("table", "column", "value", "sentence"),
    [
        ("circulating units", "bed", 9, "come from, or to, a tissue that is not there"),
        ("circulating units", "since", 2**40, "in a time that has not come"),
        ("circulating units", "unit", 2**40, "not named by the smallest id"),
        ("circulating", "type", 7, "of a type that is not there"),
        ("circulating", "radius", np.nan, "'radius' of a cell in the blood is not possible"),
        ("circulating", "clone", None, "the table 'circulating' lacks clone"),
    ],
)
def test_a_frame_whose_blood_is_impossible_is_refused(whole, table, column, value, sentence):
    frame = next(whole.read(i) for i in range(1, len(whole)) if len(whole.read(i).state["circulating units"]["unit"]))
    broken = {**frame.state[table]}
    if value is None:
        del broken[column]
    else:
        broken[column] = broken[column].copy()
        broken[column][-1] = value
    with pytest.raises(NoWayOn, match=sentence):
        started().restore(replace(frame, state={**frame.state, table: broken}))
