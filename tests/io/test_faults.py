"""Crashes, cut and foreign files: nothing acknowledged is lost, and one sentence says what happened."""

from __future__ import annotations

import shutil
import subprocess
import sys

import h5py
import pytest
import soak
from hypothesis import example, given, settings
from hypothesis import strategies as st
from samples import assert_same, forged, sample

from gputme.errors import RunError
from gputme.io import Run, RunFolder, read_frame


def frames_of(path):
    return [(path / f"frames/{k:06d}.vtkhdf").read_bytes() for k in range(soak.FRAMES)]


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_kill_at_random_instants_loses_nothing_and_changes_nothing(tmp_path, seed):
    """Killed dozens of times, a run resumes to the very bytes of a run that nobody disturbed."""
    killed = subprocess.run(
        [sys.executable, soak.__file__, tmp_path / "killed", str(seed)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert killed.returncode == 0, killed.stderr
    assert int(killed.stdout) >= 5
    soak.simulate(tmp_path / "calm", lambda index: None)
    assert frames_of(tmp_path / "killed") == frames_of(tmp_path / "calm")
    assert Run(tmp_path / "killed").series["value"].tolist() == Run(tmp_path / "calm").series["value"].tolist()
    assert Run(tmp_path / "killed").check() == []
    assert not list(tmp_path.rglob(".*"))  # stale temporary files were removed on resume


@settings(max_examples=4)
@given(st.floats(0, 0.999))
@example(0.0)
@example(0.001)  # within the first bytes
@example(0.005)  # after them
@example(0.9985)  # within the seal
def test_truncated_frame_is_named_and_the_others_read(three_frames, tmp_path, share):
    path = tmp_path / "cut"
    shutil.rmtree(path, ignore_errors=True)
    shutil.copytree(three_frames, path)
    frame = path / "frames/000002.vtkhdf"
    frame.write_bytes(frame.read_bytes()[: int(share * frame.stat().st_size)])
    for name in ("run.h5", "cells.vtkhdf"):
        (path / name).unlink()
    with pytest.raises(RunError, match=r"000002.vtkhdf: (cut short.*still reads|not an HDF5 file)"):
        read_frame(frame)
    run = Run(path)
    assert len(run.problems) == 2
    assert "000002.vtkhdf" in run.check()[1]
    assert [frame.index for frame in run] == [0, 1]
    with RunFolder.open(path) as resumed:
        assert_same(resumed.latest_complete(), sample(1))
        resumed.truncate_after(1)
        resumed.submit(sample(2))
    assert Run(path).check() == []


def test_latest_complete_passes_over_damage(three_frames):
    """A frame that run.h5 lists and that cannot be read any more does not end the run."""
    frame = three_frames / "frames/000002.vtkhdf"
    frame.write_bytes(frame.read_bytes()[:5000])
    with RunFolder.open(three_frames) as run:
        assert_same(run.latest_complete(), sample(1))


@pytest.mark.parametrize("name", ["run.h5", "frames/000001.vtkhdf"])
@pytest.mark.parametrize("content", [b"", b"\x89HDF\r\n\x1a\n", b"PK\x03\x04", b"\x89HDF\r\n\x1a\n" + bytes(4000)])
def test_foreign_files_are_named(three_frames, name, content):
    (three_frames / name).write_bytes(content)
    assert any(name in problem for problem in Run(three_frames).check())
    if name == "run.h5":
        assert len(Run(three_frames)) == 3  # the frames are enough


def test_hdf5_of_another_program_is_named(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["VTKHDF/data"] = [1, 2]
    with pytest.raises(RunError, match=r"other.h5: an HDF5 file, but not a gputme frame"):
        read_frame(tmp_path / "other.h5")
    with pytest.raises(RunError, match=r"other.h5: an HDF5 file, but not a gputme run"):
        Run(tmp_path / "other.h5")


def test_newer_formats_are_refused_with_what_still_reads(three_frames):
    with forged(three_frames / "frames/000001.vtkhdf") as file:
        file.attrs["version"] = 99
    with pytest.raises(RunError, match=r"000001.vtkhdf: written in frame format 99.*update gputme.*ParaView"):
        Run(three_frames)[1]
    assert_same(Run(three_frames)[2], sample(2))


def test_missing_run_and_frame_are_named(tmp_path):
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(RunError, match=r"not a run folder|there is no such run"):
            Run(path)
        with pytest.raises(RunError, match="not a run folder"):
            RunFolder.open(path)
    with pytest.raises(RunError, match="no such file"):
        read_frame(tmp_path / "absent.vtkhdf")


def test_a_frame_of_another_run_or_history_is_named(three_frames, tmp_path):
    """Frames know their run and the one before them, so files that are put together by hand do not pass as a run."""
    with RunFolder.create(tmp_path / "other", "", {}, {}) as other:
        for k in range(3):
            other.submit(sample(k, 20))
    shutil.copy(tmp_path / "other/frames/000001.vtkhdf", three_frames / "frames/000001.vtkhdf")
    assert any("frame 1 belongs to another run" in problem for problem in Run(three_frames).check())
    with RunFolder.open(three_frames) as run:
        run.truncate_after(0)
        run.submit(sample(1, 30))
    shutil.copy(three_frames / "set-aside/000002.vtkhdf", three_frames / "frames/000002.vtkhdf")
    found = Run(three_frames)
    assert any("frame 2 does not follow the frame before it" in problem for problem in found.check())


def test_a_frame_that_is_passed_over_is_said(three_frames):
    frame = three_frames / "frames/000002.vtkhdf"
    octets = bytearray(frame.read_bytes())
    octets[len(octets) // 2 :] = bytes(len(octets) - len(octets) // 2)
    frame.write_bytes(octets)
    with RunFolder.open(three_frames) as run:
        assert run.latest_complete().index == 1
        assert len(run.passed_over) == 1
        assert "000002.vtkhdf" in run.passed_over[0]
