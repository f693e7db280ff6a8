"""Links in a run from somebody else lead nowhere: no write goes through them, and no table is read through them."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from contextlib import suppress

import pytest
from samples import sample
from tiny import TEXT

from gputme import files, folders, runner
from gputme.columns import TICKS
from gputme.engine import Simulation
from gputme.errors import GputmeError, RunError, ScenarioError
from gputme.io import Run, RunFolder, pack
from gputme.io.atomic import Folder, write_atomic
from gputme.io.summary import write_summary
from gputme.model import load, loads
from gputme.report import pictures

SCENARIO = TEXT.replace('type = "tumour"\ndisc = { radius = "60 um" }', 'table = "cells.csv"')
CELLS = b"x,y,z,type\n0,0,0,tumour\n10,10,0,tumour\n"
FILES = [
    "lock", "run.h5", "scenario.toml", "cells.vtkhdf", "fields.vtkhdf", "slice.png", "series.png", "debug.vtkhdf",
    "frames/000003.vtkhdf", f".run.h5.{os.getpid()}.partial", f"frames/.000002.vtkhdf.{os.getpid()}.partial",
    f".lock.{os.getpid()}.partial",
]  # fmt: skip


def begin(path, overwrite=False):
    simulation = Simulation(loads(SCENARIO), backend="numpy")
    with folders.new_folder(simulation, path, overwrite=overwrite) as folder:
        runner.run(simulation, folder, 10 * TICKS)


def resume(path):
    simulation, folder = folders.continued(path)
    with folder:
        runner.run(simulation, folder, 20 * TICKS)


def look(path):
    """As `gputme info` does."""
    found = Run(path)
    if found.problems:
        found.rebuild()


def keep_fault(path):
    """As a run does whose state has become impossible."""
    with RunFolder.open(path) as folder:
        folder.keep("debug.vtkhdf", sample())


def draw(path):
    found = Run(path)
    pictures(found, folders.scenario_of(found), path)


ACTS = [lambda path: begin(path, overwrite=True), resume, look, keep_fault, pack, draw]
WRITERS = {"ids": ["overwrite", "resume", "info", "fault", "pack", "pictures"]}


@pytest.fixture
def victim(tmp_path):
    path = tmp_path / "victim"
    path.write_text("precious")
    yield path
    assert path.read_text() == "precious"
    assert path.stat().st_nlink == 1 or path.stat().st_ino == path.lstat().st_ino


@pytest.fixture(scope="module")
def ten_minutes(tmp_path_factory):
    """A run of 10 minutes with a table of its own, only to be copied."""
    folder = tmp_path_factory.mktemp("ten")
    (folder / "cells.csv").write_bytes(CELLS)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        begin(folder / "run")
    return folder


@pytest.fixture
def run(ten_minutes, tmp_path, monkeypatch):
    """A run of 10 minutes with a table of its own."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ten_minutes, tmp_path, dirs_exist_ok=True)
    return tmp_path / "run"


def put(link, target, hard=False):
    """Make `link` lead to `target` in place of whatever was there."""
    if link.is_dir() and not link.is_symlink():
        shutil.rmtree(link)
    link.unlink(missing_ok=True)
    os.link(target, link) if hard else link.symlink_to(target)


@pytest.mark.parametrize("act", ACTS, **WRITERS)
@pytest.mark.parametrize("hard", [False, True], ids=["symbolic", "hard"])
def test_nothing_is_written_through_a_link_in_the_run(run, victim, act, hard):
    """Every name that gputme writes, each a link to a file of mine: it is replaced or refused."""
    for name in FILES:
        put(run / name, victim, hard)
    for lock in (True, False):  # it stops some of the writers, so once without it
        if not lock:
            (run / "lock").unlink(missing_ok=True)
        with suppress(GputmeError):
            act(run)
        assert victim.read_text() == "precious"


@pytest.mark.parametrize("act", ACTS, **WRITERS)
@pytest.mark.parametrize("name", ["frames", "inputs", "set-aside"])
def test_nothing_is_written_into_a_folder_behind_a_link(run, tmp_path, act, name):
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(run / ("inputs" if name == "inputs" else "frames"), elsewhere)
    before = {p.name: p.read_bytes() for p in elsewhere.iterdir()}
    put(run / name, elsewhere)
    with suppress(GputmeError):
        act(run)
    assert {p.name: p.read_bytes() for p in elsewhere.iterdir()} == before


def test_the_path_that_a_user_gives_may_be_a_link(run, tmp_path):
    """Clusters link their scratch space."""
    (tmp_path / "scratch").mkdir()
    (tmp_path / "runs").symlink_to(tmp_path / "scratch")
    begin(tmp_path / "runs/one")
    assert (tmp_path / "scratch/one/run.h5").is_file()
    (tmp_path / "link").symlink_to(run)
    resume(tmp_path / "link")
    assert Run(tmp_path / "link").times[-1] == 20


def test_a_lock_with_a_second_name_is_replaced_and_not_written(run, victim):
    put(run / "lock", victim, hard=True)
    RunFolder.open(run).close()
    assert not (run / "lock").exists()


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_a_lock_that_is_no_file_is_named(run, victim, kind):
    path = run / "lock"
    {"link": lambda: path.symlink_to(victim), "folder": path.mkdir, "pipe": lambda: os.mkfifo(path)}[kind]()
    with pytest.raises(RunError, match=r"lock: is a link, folder or device .* remove it"):
        RunFolder.open(run)


# ------------------------------------------------------------------------------------- two writers


def test_a_writer_whose_folder_was_replaced_stops(tmp_path):
    """The folder is moved away and made anew under a running process: each writes its own, or nothing."""
    first = RunFolder.create(tmp_path / "run", "first", {}, {})
    first.submit(sample(0))
    first.flush()
    (tmp_path / "run").rename(tmp_path / "moved")
    with RunFolder.create(tmp_path / "run", "second", {}, {}) as second:
        first.submit(sample(1))
        with pytest.raises(RunError, match=r"000001.vtkhdf: could not be written: the folder .* moved or replaced"):
            first.flush()
        second.submit(sample(0))
        second.flush()
        with pytest.raises(RunError, match="moved or replaced"):
            first.close()
    assert [entry.index for entry in Run(tmp_path / "run").entries] == [0]
    assert Run(tmp_path / "run").scenario_text == "second"
    assert [entry.index for entry in Run(tmp_path / "moved").entries] == [0]
    assert not list(tmp_path.rglob("*.partial"))


def test_a_writer_whose_frames_were_replaced_stops(tmp_path):
    run = RunFolder.create(tmp_path / "run", "", {}, {})
    (tmp_path / "run/frames").rename(tmp_path / "run/kept")
    (tmp_path / "run/frames").symlink_to(tmp_path)
    run.submit(sample(0))
    with pytest.raises(RunError, match="moved or replaced"):
        run.close()
    assert not list(tmp_path.glob("*.vtkhdf"))


def test_a_writer_whose_lock_was_taken_stops_and_leaves_the_other_one_alone(tmp_path):
    """Somebody removed the lock by hand, and a second process writes."""
    first = RunFolder.create(tmp_path / "run", "", {}, {})
    (tmp_path / "run/lock").unlink()
    with RunFolder.open(tmp_path / "run") as second:
        first.submit(sample(0))
        with pytest.raises(RunError, match=r"lock was removed or replaced, so another process may be writing"):
            first.flush()
        with pytest.raises(RunError):
            first.close()
        assert (tmp_path / "run/lock").exists()  # it is the second one's
        second.submit(sample(0))
    assert Run(tmp_path / "run").check() == []


# ------------------------------------------------------------------------- what a run's scenario names


@pytest.mark.parametrize("what", ["outside", "absolute", "link", "folder link"])
@pytest.mark.parametrize("key", ["cells", "rules"])
def test_tables_outside_the_inputs_of_a_run_are_not_read(run, tmp_path, key, what):
    """A run from somebody else names my files, and would show me their lines in its error messages."""
    secret = tmp_path / "secret.csv"
    secret.write_text("password 12345\n")
    names = {"outside": "../../secret.csv", "absolute": str(secret), "link": "a.csv", "folder link": "b/secret.csv"}
    name = names[what]
    if what == "link":
        (run / "inputs/a.csv").symlink_to(secret)
    elif what == "folder link":
        (run / "inputs/b").symlink_to(tmp_path)
    text = SCENARIO.replace("cells.csv", name) if key == "cells" else f'{SCENARIO}\n[rules]\ntable = "{name}"\n'
    summary = Run(run).summary
    summary.scenario = text
    with Folder.at(run) as folder:
        write_summary(folder, summary)
    with pytest.raises(GputmeError, match=r"is not read: (a run reads only|a symbolic link)") as caught:
        folders.continued(run)
    assert "12345" not in str(caught.value)
    assert "\n" not in str(caught.value)
    (run / "scenario.toml").write_text(text)
    with pytest.raises(ScenarioError, match="is not read"):
        load(run / "scenario.toml")


@pytest.mark.parametrize("kind", ["pipe", "folder", "link to endless"])
def test_what_is_no_file_among_the_inputs_is_one_sentence(run, kind):
    path = run / "inputs/cells.csv"
    path.unlink()
    {"pipe": lambda: os.mkfifo(path), "folder": path.mkdir, "link to endless": lambda: path.symlink_to("/dev/zero")}[
        kind
    ]()
    with pytest.raises(GputmeError) as caught:
        folders.continued(run)
    assert "\n" not in str(caught.value)


def test_reading_stops_at_the_limit_also_where_a_file_claims_to_be_empty(tmp_path):
    """Pipes and devices are refused, and what grows while it is read is cut."""
    large = tmp_path / "large"
    large.write_bytes(bytes(3000))
    assert len(files.read(large, most=3000)) == 3000
    with pytest.raises(OSError, match="larger than") as caught:
        files.read(large, most=2999)
    assert caught.value.errno == errno.EFBIG
    for path in ("/dev/zero", tmp_path):
        with pytest.raises(OSError, match="not a file but a folder, pipe or device"):
            files.read(path)
    os.mkfifo(tmp_path / "pipe")
    done = []
    thread = threading.Thread(target=lambda: done.append(_refused(tmp_path / "pipe")), daemon=True)
    thread.start()
    thread.join(5)
    assert done == [True]


def _refused(path):
    with pytest.raises(OSError, match="pipe"):
        files.read(path)
    return True


@pytest.mark.parametrize("name", ["frames/000001.vtkhdf", "run.h5"])
@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "link"])
def test_what_is_no_file_in_the_place_of_one_is_named(run, tmp_path, name, kind):
    path = run / name
    path.rename(tmp_path / "kept")
    make = {
        "pipe": lambda: os.mkfifo(path), "folder": path.mkdir, "device": lambda: path.symlink_to("/dev/zero"),
        "link": lambda: path.symlink_to(tmp_path / "kept"),
    }  # fmt: skip
    make[kind]()
    problems = Run(run).check()
    assert any(str(path) in problem for problem in problems)
    assert all("\n" not in problem for problem in problems)


def test_a_path_given_for_a_picture_or_table_replaces_a_link(tmp_path, victim):
    (tmp_path / "out.csv").symlink_to(victim)
    write_atomic(tmp_path / "out.csv", b"new")
    assert (tmp_path / "out.csv").read_bytes() == b"new"
    assert not (tmp_path / "out.csv").is_symlink()


