"""A run folder: what is written is read back, nothing is mixed, one writer at a time, resumable, packable."""

from __future__ import annotations

import json
import os
import threading
import time
import weakref

import h5py
import numpy as np
import pytest
from samples import assert_same, sample

from gputme.errors import RunError
from gputme.io import Run, RunFolder, next_run_path, pack, read_frame, writer

SCENARIO = "# verbatim: tabs\t, CRLF\r\n[time]\nend = '1 d'  # \u00b5m\n"
TABLES = {"tables/cells.csv": b"x,y,z\n1,2,3\n", "rules.csv": b"\xff\x00"}
META = {"seed": 7, "versions": {"gputme": "0.1.0"}, "units": ["um", "min"]}


def write_run(path, count=4, **options):
    """A small run: two rows of the time series before each frame, every second frame complete."""
    with RunFolder.create(path, SCENARIO, TABLES, META, run_id="one", **options) as run:
        for k in range(count):
            run.series({"minutes": 60.0 * k - 30, "tumour": k})
            run.series({"minutes": 60.0 * k, "tumour": k, **({"dead": 1.0} if k else {})})
            run.submit(sample(k, 10 + k, complete=k % 2 == 0))
    return path


@pytest.fixture
def folder(tmp_path):
    return write_run(tmp_path / "run")


def contents(path):
    """Every file under `path` with its bytes; the series for ParaView, which hold no data, only by name."""
    found = {str(p.relative_to(path)): p.read_bytes() for p in sorted(path.rglob("*")) if p.is_file()}
    return found | {name: b"" for name in ("cells.vtkhdf", "fields.vtkhdf") if name in found}


def assert_whole(run, count=4):
    assert (run.scenario_text, run.meta, run.extra_files) == (SCENARIO, META, TABLES)
    assert run.times.tolist() == [60.0 * k for k in range(count)]
    assert run.series["minutes"].tolist() == [30.0 * k - 30 for k in range(2 * count)]
    assert np.isnan(run.series["dead"][:3]).all()
    assert len(run) == count
    for k, frame in enumerate(run):
        assert_same(frame, sample(k, 10 + k, complete=k % 2 == 0))
    assert_same(run[-1], run.read(count - 1))
    assert run.check() == []


def test_run_reads_back_whole(folder):
    assert_whole(Run(folder))
    assert_whole(Run(folder / "run.h5"))


def test_a_frame_that_is_written_is_let_go_of(tmp_path):
    with RunFolder.create(tmp_path / "run", SCENARIO, TABLES, META) as run:
        frame = sample(0, 10)
        gone = weakref.ref(frame.cells["id"])
        run.submit(frame)
        del frame
        run.flush()
        for _ in range(500):  # the writer says that it has written, and then lets go
            if gone() is None:
                break
            time.sleep(0.01)
        assert gone() is None


def test_packed_run_reads_back_whole(folder, tmp_path):
    packed = pack(folder)
    assert packed == tmp_path / "run.h5"
    for path in sorted(folder.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    assert_whole(Run(packed))
    with h5py.File(packed) as file:
        assert file["frames/000002/VTKHDF/cells/PointData/volume"].shape == (12,)
    with pytest.raises(RunError, match="the file exists"):
        pack(write_run(tmp_path / "again"), packed)


def test_run_h5_links_the_frames_for_stock_h5py(folder, tmp_path):
    folder.rename(tmp_path / "moved")
    with h5py.File(tmp_path / "moved/run.h5") as file:
        assert file["frames/000003/VTKHDF/cells/PointData/id"].shape == (13,)
        assert file["scenario"].asstr()[()] == SCENARIO
        assert json.loads(file["meta"].asstr()[()]) == META
        assert file["series/tumour"][()].tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


def test_frames_alone_restore_run_h5(folder):
    before = contents(folder)
    for name in ("run.h5", "cells.vtkhdf", "fields.vtkhdf"):
        (folder / name).unlink()
    run = Run(folder)
    assert_whole_without_problems(run)
    run.rebuild()
    assert contents(folder) == before


def assert_whole_without_problems(run):
    assert [p for p in run.problems if "run.h5" not in p] == []
    run.problems.clear()
    assert_whole(run)


def test_what_run_h5_says_yields_to_the_frames_that_are_there(folder, tmp_path):
    """As after a crash between moving frames aside and writing run.h5, or when somebody puts a frame back."""
    (folder / "frames/000001.vtkhdf").rename(tmp_path / "kept")
    run = Run(folder)
    assert [frame.index for frame in run] == [0, 2, 3]
    assert run.series["tumour"].tolist() == [0, 0, 2, 2, 3, 3]
    run.rebuild()
    (tmp_path / "kept").rename(folder / "frames/000001.vtkhdf")
    assert_whole(Run(folder))


def test_frames_are_read_only_when_used(folder):
    run = Run(folder)
    frame = run[1]
    assert frame.cells["x"] is frame.cells["x"]  # and only once
    (folder / "frames/000001.vtkhdf").write_bytes(b"gone")
    assert len(frame.cells["z"]) == len(frame.cells["x"])  # one is read with the other
    assert list(frame.cells)[:3] == ["x", "y", "z"]
    with pytest.raises(RunError, match="000001"):
        frame.cells["volume"]
    with pytest.raises(IndexError, match="no frame 4"):
        run[4]


def test_a_run_can_be_read_while_it_is_written(tmp_path):
    with RunFolder.create(tmp_path / "run", SCENARIO, {}, META) as writing:
        writing.submit(sample(0))
        writing.flush()
        run = Run(tmp_path / "run")
        assert_same(run[0], sample(0))
        writing.submit(sample(1))
        writing.flush()
        assert_same(run[0], sample(0))
        assert len(Run(tmp_path / "run")) == 2


def test_resumed_run_equals_uninterrupted_run(folder, tmp_path):
    with RunFolder.open(folder) as run:
        frame = run.latest_complete()
        assert_same(frame, sample(2, 12, complete=True))
        run.truncate_after(frame.index)
        assert (folder / "set-aside/000003.vtkhdf").exists()
        assert (run.scenario_text, run.meta, run.extra_files) == (SCENARIO, META, TABLES)
        for k in range(3, 6):
            run.series({"minutes": 60.0 * k - 30, "tumour": k})
            run.series({"minutes": 60.0 * k, "tumour": k, "dead": 1.0})
            run.submit(sample(k, 10 + k, complete=k % 2 == 0))
    (folder / "set-aside/000003.vtkhdf").unlink()
    assert contents(folder) == contents(write_run(tmp_path / "straight", 6))


def test_series_rows_belong_to_the_next_frame(tmp_path):
    """Rows after the last frame are computed again by a resumed run, so they must not be there twice."""
    with RunFolder.create(tmp_path / "run", "", {}, {}) as run:
        run.series({"a": 1})
        run.submit(sample(0))
        run.series({"a": 2})
    assert Run(tmp_path / "run").series["a"].tolist() == [1]


def test_notes_change_with_the_next_frame(folder):
    with RunFolder.open(folder) as run:
        run.meta["resumed"] = [{"backend": "native"}]
        run.submit(sample(9))
    assert Run(folder).meta == META | {"resumed": [{"backend": "native"}]}


def test_existing_run_is_refused_with_the_choice(folder):
    before = contents(folder)
    with pytest.raises(RunError, match=r"gputme resume .*--overwrite.*--out"):
        RunFolder.create(folder, "", {}, {})
    assert contents(folder) == before


def test_overwriting_leaves_nothing_of_the_old_run(folder, tmp_path):
    (folder / "slice.png").write_bytes(b"picture")
    with RunFolder.open(folder) as run:
        run.truncate_after(1)
    write_run(folder, 2, overwrite=True)
    assert contents(folder) == contents(write_run(tmp_path / "new", 2)) | {"slice.png": b"picture"}


def test_a_folder_that_is_no_run_is_never_written_into(tmp_path):
    (tmp_path / "thesis.tex").write_text("text")
    for overwrite in (False, True):
        with pytest.raises(RunError, match="not a run"):
            RunFolder.create(tmp_path, "", {}, {}, overwrite=overwrite)
    assert contents(tmp_path) == {"thesis.tex": b"text"}


def test_empty_folder_and_a_start_that_died_are_usable(tmp_path):
    (tmp_path / "run/frames").mkdir(parents=True)
    (tmp_path / "run/.run.h5.123.partial").write_bytes(b"half")
    assert_whole(Run(write_run(tmp_path / "run")))
    assert not list((tmp_path / "run").glob(".*"))


def test_frame_numbers_only_grow(folder):
    with RunFolder.open(folder) as run, pytest.raises(RunError, match="numbers must grow"):
        run.submit(sample(3))


def test_queue_is_bounded(tmp_path, monkeypatch):
    """A slow disk slows the run down instead of filling the memory."""
    gate = threading.Semaphore(0)
    write = writer.frame_image
    monkeypatch.setattr(writer, "frame_image", lambda *args: gate.acquire() and write(*args))
    with RunFolder.create(tmp_path / "run", "", {}, {}) as run:
        done = []
        thread = threading.Thread(target=lambda: [(run.submit(sample(k)), done.append(k)) for k in range(5)])
        thread.start()
        thread.join(0.3)
        assert done == [0, 1, 2]  # one being written and two waiting
        gate.release(5)
        thread.join()
    assert len(Run(tmp_path / "run")) == 5


def test_next_run_path_counts_on(tmp_path):
    assert next_run_path("spheroid", tmp_path) == tmp_path / "spheroid-001"
    for name in ("spheroid-009", "spheroid-010", "spheroid-x", "other-020"):
        os.mkdir(tmp_path / name)
    assert next_run_path("spheroid", tmp_path) == tmp_path / "spheroid-011"


def test_frame_files_stand_alone(folder):
    assert_same(read_frame(folder / "frames/000002.vtkhdf"), sample(2, 12, complete=True))


def test_slices_are_runs_of_those_frames(folder):
    run = Run(folder)
    part = run[1:3]
    assert isinstance(part, Run)
    assert part.times.tolist() == [60, 120]
    assert [frame.index for frame in part] == [1, 2]
    assert part[-1].index == 2
    assert len(run) == 4
    assert [frame.index for frame in run[::-1]] == [3, 2, 1, 0]
    assert len(run[9:]) == 0
    with pytest.raises(TypeError, match=r"run\[0\], run\[-1\], run\[2:5\], not run\['last'\]"):
        run["last"]
    with pytest.raises(IndexError, match="there is no frame 4"):
        run[4]


def test_names_that_are_not_there_are_answered_with_the_nearest(folder):
    run = Run(folder)
    for look, words in (
        (lambda: run.series["tumor"], "did you mean 'tumour'"),
        (lambda: run[0].cells["volum"], "did you mean 'volume'"),
        (lambda: run.meta["sed"], "did you mean 'seed'"),
    ):
        with pytest.raises(KeyError, match=words):
            look()


def test_short_words_for_runs_and_frames(folder):
    run = Run(folder)
    assert repr(run) == f"<Run {folder}: 4 frames, 0 min to 180 min, 13 cells in the last>"
    assert len(repr(run[0])) < 200
    assert run._repr_html_().count("<tr>") == 5
    assert "<table>" in run[0]._repr_html_()
