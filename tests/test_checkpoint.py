"""What a frame holds of a tissue goes back to its place by name, in the present format and in every older one."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from test_step import SCENARIO

from gputme import folders, runner
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.errors import RunError
from gputme.io import Run, read_frame, write_frame
from gputme.model import loads
from gputme.report.colouring import painting

OLD = Path(__file__).parent / "io/data/format-1"
KEPT = Path(__file__).parent / "io/data/format-2"


@pytest.fixture
def old(tmp_path):
    """A run that was written in format 1."""
    shutil.copytree(OLD / "run", tmp_path / "run")
    return tmp_path / "run"


def test_a_frame_of_format_1_reads_as_it_was_written(old):
    frame, expected = Run(old).read(-1), np.load(OLD / "expected.npz")
    assert (frame.version, frame.run, frame.before, frame.id) == (1, "", "", "")
    for name, values in expected.items():
        part, _, key = name.partition("/")
        if part in ("cells", "fields"):
            np.testing.assert_array_equal(getattr(frame, part)[key], values, err_msg=name)
        elif part == "series":
            np.testing.assert_array_equal(Run(old).series[key], values, err_msg=name)
    assert Run(old).check() == []


def test_rows_of_format_1_find_their_names(old, kernels):
    """They had none, and were told apart by the order of that time's numbers."""
    expected = np.load(OLD / "expected.npz")
    simulation = Simulation(folders.scenario_of(Run(old)), backend=kernels)
    state = simulation.restore(Run(old).read(-1)).frame(1).state
    names = {name.partition("/")[2] for name in expected if name.startswith("ruled/")}
    assert names == {"necrosis", "migration speed", "exit from cycle phase 0", "oxygen uptake", "factor secretion"}
    alive = expected["cells/death"] == 0
    for name in names:
        np.testing.assert_array_equal(state["ruled"][name][alive], expected[f"ruled/{name}"][alive], err_msg=name)
    for name, value in expected.items():
        part, _, key = name.partition("/")
        if part in ("counts", "debts"):
            assert state[part][key] == value


def test_a_run_of_format_1_goes_on_in_the_present_one(old):
    simulation, folder = folders.continued(old)
    with folder:
        assert runner.run(simulation, folder, 50 * TICKS).exit_code == 0
    run = Run(old)
    assert [run.read(i).version for i in range(len(run))] == [1, 1, 2]
    assert run[2].run == run.summary.run != ""
    assert run.check() == []


@pytest.fixture
def kept(tmp_path):
    """A run that was written when format 2 was new."""
    shutil.copytree(KEPT / "run", tmp_path / "run")
    return tmp_path / "run"


def test_a_run_of_format_2_reads_and_restores_as_it_was_written(kept, kernels):
    run, expected = Run(kept), np.load(KEPT / "expected.npz")
    assert run.check() == []
    frame = run.read(-1)
    assert frame.version == 2
    simulation = Simulation(folders.scenario_of(run), backend=kernels)
    again = simulation.restore(frame).frame(1)
    for name, value in expected.items():
        part, _, key = name.partition("/")
        if part == "series":
            np.testing.assert_array_equal(run.series[key], value, err_msg=name)
            continue
        for one in (frame, again):
            table = getattr(one, part) if part in ("cells", "fields", "state") else one.state[part]
            np.testing.assert_array_equal(table[key], value, err_msg=name)


def test_a_run_of_format_2_goes_on(kept):
    simulation, folder = folders.continued(kept)
    with folder:
        assert runner.run(simulation, folder, 50 * TICKS).exit_code == 0
    run = Run(kept)
    assert [frame.index for frame in run] == [0, 1, 2]
    assert {frame.run for frame in run} == {run.summary.run}
    assert run[2].before == run[1].id != ""
    assert run.check() == []


def test_rows_go_by_name_and_not_by_place(tmp_path, kernels):
    """A frame whose rows stand in another order restores the same tissue."""
    simulation = Simulation(loads(SCENARIO), backend=kernels)
    for _ in range(5):
        simulation.step()
    frame = simulation.frame(0)
    assert len(frame.state["ruled"]) > 1
    for table in ("ruled", "counts", "debts"):
        frame.state[table] = dict(reversed(frame.state[table].items()))
    frame.cells = dict(reversed(frame.cells.items()))
    write_frame(tmp_path / "frame", frame)
    again = Simulation(loads(SCENARIO), backend=kernels).restore(read_frame(tmp_path / "frame")).frame(0)
    assert set(again.cells) == set(frame.cells)
    for name in frame.cells:  # of the mechanisms that the scenario uses
        np.testing.assert_array_equal(again.cells[name], frame.cells[name], err_msg=name)
    for name, values in frame.state["ruled"].items():
        np.testing.assert_array_equal(again.state["ruled"][name], values, err_msg=name)
    assert again.state["counts"] == frame.state["counts"]
    assert again.state["debts"] == frame.state["debts"]


@pytest.mark.parametrize(("column", "value", "words"), [
    ("type", 255, "'death' and 'type' are not those of 12 cells"), ("phase", 200, "phase is 200 in cell"),
])  # fmt: skip
def test_a_damaged_frame_of_format_1_is_one_sentence_wherever_it_is_used(old, column, value, words):
    """It has no checksums: what is wrong shows only where it is used, to go on or to look at it."""
    with h5py.File(old / "frames/000001.vtkhdf", "r+") as file:
        file[f"VTKHDF/cells/PointData/{column}"][0] = value
    scenario = folders.scenario_of(Run(old))
    simulation, folder = folders.continued(old)
    with folder:
        outcome = runner.run(simulation, folder, 50 * TICKS)
    assert outcome.exit_code == 1
    assert not outcome.goes_on
    assert words in outcome.message
    frame = Run(old).read(1)
    with pytest.raises(RunError, match=f"frame 1: .*{column}"):
        painting(frame, scenario, np.arange(12), "state")
