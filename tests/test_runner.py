"""A run in a folder: what is written when, how it goes on, and what signals and failures leave behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from frames import KINDS, assert_same_frame, assert_same_genealogy, assert_same_series
from tiny import DISC, TEXT, tiny

from gputme import folders, runner
from gputme.branching import branched
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.errors import RunError
from gputme.io import Run, RunFolder, read_frame


def start(path, *overrides):
    """A simulation of the tiny scenario, and a new folder for it."""
    simulation = Simulation(tiny(*overrides), backend="numpy")
    return simulation, folders.new_folder(simulation, path)


def run(path, minutes, *overrides, act=None, at=None, report=lambda progress: None):
    """Run the tiny scenario in a new folder; `act(simulation)` is called after the step that ends at `at`."""
    simulation, folder = start(path, *overrides)
    if act:
        simulation.observe(lambda s: act(s) if s.time == at else None, "1 min")
    with folder:
        return runner.run(simulation, folder, minutes * TICKS, report)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """40 minutes that nothing interrupted."""
    path = tmp_path_factory.mktemp("runner") / "whole"
    run(path, 40)
    return Run(path)


def resume(path, minutes):
    simulation, folder = folders.continued(path)
    with folder:
        return runner.run(simulation, folder, minutes * TICKS)


def assert_same(one: Run, other: Run):
    """Every frame that stands at the same time in both is the same, and so are the series and the genealogy, of which
    a frame holds what is new since the one before."""
    times = {frame.tick: frame for frame in (one.read(i) for i in range(len(one)))}
    common = [(times[frame.tick], frame) for frame in map(other.read, range(len(other))) if frame.tick in times]
    for twin, frame in common:
        assert_same_frame(twin, frame, tuple(kind for kind in KINDS if kind != "genealogy"))
    assert len(common) >= min(len(one), len(other)) - 1
    assert_same_series(one, other)
    assert_same_genealogy(one, other)


def test_frames_and_rows_come_at_their_intervals(tmp_path):
    outcome = run(tmp_path / "run", 35)
    found = Run(tmp_path / "run")
    assert (outcome.exit_code, outcome.message, outcome.steps) == (0, "", 35)
    assert found.times.tolist() == [0, 10, 20, 30, 35]
    assert all(entry.complete for entry in found.entries)
    assert found.series["time"].tolist() == [0, 5, 10, 15, 20, 25, 30, 35]
    assert found.check() == []


def test_a_selection_of_columns_leaves_checkpoints_at_both_ends_and_every_tenth_frame(tmp_path):
    run(tmp_path / "run", 25, "output.every=2", 'output.columns=["radius"]')
    found = Run(tmp_path / "run")
    complete = [entry.minutes for entry in found.entries if entry.complete]
    assert complete == [0, 20, 25]
    assert set(found[1].cells) == {"id", "x", "y", "z", "type", "radius", "death"}
    assert "phase_start" in found[-1].cells


def test_resuming_gives_what_an_uninterrupted_run_gives(tmp_path, whole):
    run(tmp_path / "parts", 20)
    outcome = resume(tmp_path / "parts", 40)
    assert (outcome.exit_code, outcome.steps) == (0, 20)
    assert_same(whole, Run(tmp_path / "parts"))


def test_resuming_after_frames_were_lost_goes_on_from_the_newest_checkpoint(tmp_path):
    selection = ('output.columns=["radius"]', "output.every=3")
    run(tmp_path / "whole", 40, *selection)
    shutil.copytree(tmp_path / "whole", tmp_path / "parts")
    frames = sorted((tmp_path / "parts" / "frames").iterdir())
    for frame in frames[12:]:
        frame.unlink()
    outcome = resume(tmp_path / "parts", 40)
    assert outcome.steps == 10  # from the tenth frame, at 30 min; the eleventh holds a selection only
    assert_same(Run(tmp_path / "whole"), Run(tmp_path / "parts"))


@pytest.mark.parametrize(("which", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_the_run_after_the_step_with_a_checkpoint(tmp_path, whole, which, code):
    if which == signal.SIGHUP:
        signal.signal(which, signal.SIG_DFL)  # tests may run under nohup
    before = signal.getsignal(which)
    outcome = run(tmp_path / "run", 40, act=lambda s: os.kill(os.getpid(), which), at=13)
    assert outcome.exit_code == code
    assert signal.getsignal(which) is before
    found = Run(tmp_path / "run")
    assert found.times.tolist() == [0, 10, 13]
    assert found.entries[-1].complete
    assert resume(tmp_path / "run", 40).exit_code == 0
    assert_same(whole, Run(tmp_path / "run"))


def test_a_hangup_that_is_ignored_stays_so(tmp_path):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        outcome = run(tmp_path / "run", 20, act=lambda s: os.kill(os.getpid(), signal.SIGHUP), at=13)
    finally:
        signal.signal(signal.SIGHUP, before)
    assert (outcome.exit_code, outcome.steps) == (0, 20)


def test_a_second_interrupt_ends_the_process_at_once(tmp_path):
    program = f"""
        import os, signal, sys
        sys.path.insert(0, {str(os.path.dirname(__file__))!r})
        from tiny import tiny
        from gputme import folders, runner
        from gputme.engine import Simulation
        simulation = Simulation(tiny(), backend="numpy")

        def twice(s):
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
            print("still here", flush=True)

        simulation.observe(twice, "3 min")
        runner.run(simulation, folders.new_folder(simulation, {str(tmp_path / "run")!r}), 40 * 1024)
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True)
    assert ended.returncode == -signal.SIGINT, ended.stderr
    assert "still here" not in ended.stdout
    assert resume(tmp_path / "run", 20).exit_code == 0


def test_a_field_that_is_not_finite_is_named_with_step_and_place(tmp_path):
    def spoil(simulation):
        simulation.tissue.fields[0][[23, 24]] = np.nan

    outcome = run(tmp_path / "run", 40, act=spoil, at=13)
    assert (outcome.exit_code, outcome.goes_on) == (1, False)
    words = "step 13 (time 13 min): the substrate 'oxygen' is nan in the voxel at (-30, -50, 0) um"
    assert words in outcome.message
    assert "(and 1 more voxels)" in outcome.message
    assert np.isnan(read_frame(tmp_path / "run" / runner.DEBUG_FRAME).fields["oxygen"]).sum() == 2
    assert Run(tmp_path / "run").times.tolist() == [0, 10]


@pytest.mark.parametrize(("column", "value", "words"), [
    ("radius", np.inf, "radius is inf in cell"),
    ("x", np.nan, "x is nan in cell"),
    ("y", 500.0, "y = 500 um lies outside the domain in cell"),
])  # fmt: skip
def test_a_cell_gone_wrong_is_named(tmp_path, column, value, words):
    seen = {}

    def spoil(simulation):
        getattr(simulation.tissue.cells, column)[7] = value
        seen["id"] = int(simulation.tissue.cells.id[7])

    outcome = run(tmp_path / "run", 40, act=spoil, at=13)
    assert outcome.exit_code == 1
    assert f"{words} {seen['id']} at" in outcome.message


def test_what_a_solver_finds_itself_is_named_with_its_step(tmp_path, monkeypatch):
    simulation, folder = start(tmp_path / "run")
    real = simulation.stepper.step

    def fail(tissue):
        if tissue.time == 12:
            raise RunError("a field is not finite after its solve")
        real(tissue)

    monkeypatch.setattr(simulation.stepper, "step", fail)
    with folder:
        outcome = runner.run(simulation, folder, 40 * TICKS)
    assert (outcome.exit_code, outcome.goes_on) == (1, False)
    assert "step 13 (time 13 min): a field is not finite after its solve" in outcome.message
    assert read_frame(tmp_path / "run" / runner.DEBUG_FRAME).minutes == 12


def test_a_disk_that_fills_ends_the_run_with_one_sentence_and_all_earlier_frames(tmp_path, whole, monkeypatch):
    from gputme.io import writer

    real, written = writer.frame_image, []

    def full(frame, *arguments):
        if len(written) == 2:
            raise RunError(f"frame {frame.index}: could not be written: the disk is full")
        written.append(frame.index)
        return real(frame, *arguments)

    monkeypatch.setattr(writer, "frame_image", full)
    outcome = run(tmp_path / "run", 40)
    assert outcome.exit_code == 1
    assert "the disk is full" in outcome.message
    assert "\n" not in outcome.message
    monkeypatch.undo()
    assert Run(tmp_path / "run").times.tolist() == [0, 10]
    assert resume(tmp_path / "run", 40).exit_code == 0
    assert_same(whole, Run(tmp_path / "run"))


def test_memory_that_runs_out_is_one_sentence(tmp_path):
    def fail(simulation):
        raise MemoryError("8 GB")

    outcome = run(tmp_path / "run", 40, act=fail, at=13)
    assert outcome.exit_code == 1
    assert "the memory ran out in step 13" in outcome.message
    assert resume(tmp_path / "run", 20).exit_code == 0


def test_progress_ends_at_the_end_and_counts_the_cells(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "REPORT_EVERY", 0.0)
    seen = []
    run(tmp_path / "run", 20, report=seen.append)
    times = [progress.time for progress in seen]
    assert times == sorted(times)
    assert (times[0], times[-1], seen[-1].left) == (1, 20, 0)
    final = Run(tmp_path / "run")[-1]
    assert seen[-1].cells["tumour"] == np.count_nonzero(np.asarray(final.cells["death"]) == 0)
    assert sum(seen[-1].cells.values()) == len(final.cells["id"])
    assert seen[-1].rate > 0


def test_a_run_keeps_the_tables_that_its_scenario_names(tmp_path):
    (tmp_path / "cells.csv").write_text("x,y,z,type\n0,0,0,tumour\n30,0,0,tumour\n")
    (tmp_path / "rules.csv").write_text("tumour,oxygen,increases,migration speed,1,20,4,0\n")
    text = TEXT.replace(DISC, 'table = "cells.csv"') + '\n[rules]\ntable = "rules.csv"\n'
    (tmp_path / "own.toml").write_text(text)
    simulation = Simulation(tmp_path / "own.toml", backend="numpy")
    with folders.new_folder(simulation, tmp_path / "run") as folder:
        runner.run(simulation, folder, 10 * TICKS)
    for name in ("cells.csv", "rules.csv", "own.toml"):
        (tmp_path / name).unlink()
    assert resume(tmp_path / "run", 20).exit_code == 0
    assert folders.scenario_of(Run(tmp_path / "run")).resolved_rules


def test_another_precision_is_refused(tmp_path):
    run(tmp_path / "run", 10)
    simulation = Simulation(tiny("numerics.precision=fp64"), backend="numpy")
    with RunFolder.open(tmp_path / "run") as folder:
        outcome = runner.run(simulation, folder, 20 * TICKS)
    assert outcome.exit_code == 1
    assert "float32" in outcome.message
    assert Run(tmp_path / "run").times.tolist() == [0, 10]


def test_another_seed_is_refused(tmp_path):
    run(tmp_path / "run", 10)
    simulation = Simulation(tiny("seed=5"), backend="numpy")
    with RunFolder.open(tmp_path / "run") as folder:
        outcome = runner.run(simulation, folder, 20 * TICKS)
    assert outcome.exit_code == 1
    assert "was begun with seed 4, not 5" in outcome.message
    assert Run(tmp_path / "run").times.tolist() == [0, 10]


def test_a_run_that_lost_its_last_checkpoint_is_not_begun_again_over_its_frames(tmp_path):
    path = tmp_path / "run"
    run(path, 20)
    for frame in (path / "frames").iterdir():
        octets = bytearray(frame.read_bytes())
        octets[len(octets) // 2 :] = bytes(len(octets) - len(octets) // 2)
        frame.write_bytes(octets)
    before = {p: p.read_bytes() for p in (path / "frames").iterdir()}
    outcome = resume(path, 40)
    assert (outcome.exit_code, outcome.goes_on, outcome.steps) == (1, False, 0)
    assert "no frame is left that it could go on from" in outcome.message
    assert {p: p.read_bytes() for p in (path / "frames").iterdir()} == before


def test_a_branch_that_was_killed_before_its_first_frame_does_not_begin_at_time_0(tmp_path):
    run(tmp_path / "run", 20)
    _, folder = branched(tmp_path / "run", ["substrate.oxygen.decay=0.2"], tmp_path / "branch", until=30)
    folder.close()  # killed here
    outcome = resume(tmp_path / "branch", 30)
    assert (outcome.exit_code, outcome.goes_on, outcome.steps) == (1, False, 0)
    assert "branch from run once more" in outcome.message
    run(tmp_path / "again", 0)
    assert resume(tmp_path / "again", 10).exit_code == 0  # a run of its own begins
