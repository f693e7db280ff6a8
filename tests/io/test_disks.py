"""Full and failing disks, limits and places that are read-only: one sentence, and nothing is touched."""

from __future__ import annotations

import errno
import os
import resource

import pytest
from samples import assert_same, sample

from gputme.errors import RunError
from gputme.io import Run, RunFolder, pack, write_frame


def files(path):
    """All that is data: frames and run.h5. (The series for ParaView are written anew with each closing.)"""
    found = (p for p in path.rglob("*") if p.is_file() and p.name not in ("lock", "cells.vtkhdf", "fields.vtkhdf"))
    return {p.name: p.read_bytes() for p in found}


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk quota is used up"),
        (errno.EIO, "input/output error"),
        (errno.ESTALE, "the network file system is gone"),
    ],
)
@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_failing_disk_is_one_sentence_and_touches_nothing(three_frames, monkeypatch, call, number, sentence):
    before = files(three_frames)
    with RunFolder.open(three_frames) as run:
        with monkeypatch.context() as patch:
            patch.setattr(os, call, lambda *args, **more: (_ for _ in ()).throw(OSError(number, os.strerror(number))))
            run.series({"a": 1})
            run.submit(sample(3))
            with pytest.raises(RunError, match=rf"000003.vtkhdf: could not be written: .*{sentence}") as caught:
                run.flush()
            assert "\n" not in str(caught.value)
            assert files(three_frames) == before
        run.submit(sample(3))  # there is room again: the run goes on, and the row of the time series is not lost
    assert_same(Run(three_frames)[3], sample(3))
    assert Run(three_frames).series["a"].tolist() == [1]


def test_file_that_outgrows_its_limit_is_one_sentence(three_frames):
    """The real thing: the kernel refuses to let the file grow."""
    before = files(three_frames)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with RunFolder.open(three_frames) as run:
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, hard))
        try:
            run.submit(sample(3, cells=5000))
            with pytest.raises(RunError, match="larger than this account or file system allows"):
                run.flush()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert files(three_frames) == before
    assert len(Run(three_frames)) == 3


def test_packed_file_that_does_not_fit_leaves_nothing(three_frames):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(RunError, match="could not be written"):
            pack(three_frames)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(three_frames.parent.iterdir()) == [three_frames]


def test_frames_behind_a_failed_one_are_dropped(three_frames, monkeypatch):
    """A run has no gap: after a failure nothing is written until the failure has been reported."""
    with RunFolder.open(three_frames) as run:
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(errno.EIO, "")))
            run.submit(sample(3))
            run._queue.join()
        run._queue.put((sample(4), 0, "{}"))
        with pytest.raises(RunError, match="000003"):
            run.submit(sample(5))
        run.submit(sample(3))
    assert [entry.index for entry in Run(three_frames).entries] == [0, 1, 2, 3]


def test_folder_that_vanishes_is_one_sentence(three_frames, tmp_path):
    run = RunFolder.open(three_frames)
    three_frames.rename(tmp_path / "elsewhere")
    run.submit(sample(3))
    with pytest.raises(RunError, match=r"000003.vtkhdf: could not be written: the folder .* was moved or replaced"):
        run.close()
    assert len(Run(tmp_path / "elsewhere")) == 3


def test_read_only_places_are_one_sentence(tmp_path, monkeypatch):
    with pytest.raises(RunError, match="the run folder could not be made"):
        RunFolder.create("/proc/run", "", {}, {})
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(RunError, match="the run folder could not be made"):
        RunFolder.create(file / "run", "", {}, {})

    def refuse(path, flags, *mode):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(RunError, match="the file system is read-only"):
        write_frame(tmp_path / "frame", sample())


def test_disk_full_at_the_start_leaves_no_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "write", lambda *args: (_ for _ in ()).throw(OSError(errno.ENOSPC, "")))
    with pytest.raises(RunError, match="the disk is full"):
        RunFolder.create(tmp_path / "run", "", {"a.csv": b"1"}, {})
    assert list(tmp_path.iterdir()) == []
