"""A run from somebody else is data: nothing that lies outside it is read, nothing in it is executed."""

from __future__ import annotations

import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest
from samples import assert_same, forged, sample

import gputme.io
from gputme.errors import RunError
from gputme.io import Run, RunFolder, pack, read_frame, write_frame

VOLUME = "VTKHDF/cells/PointData/volume"


@pytest.fixture
def secret(tmp_path):
    """A file outside the run: valid HDF5 that would fit, and raw bytes."""
    path = tmp_path / "secret.h5"
    with h5py.File(path, "w") as file:
        file["volume"] = np.arange(50, dtype=np.float32)
    return path


@pytest.fixture
def run(tmp_path):
    with RunFolder.create(tmp_path / "run", "", {"a.csv": b"1"}, {}) as writing:
        for k in range(2):
            writing.submit(sample(k))
    return tmp_path / "run"


def external_link(file, secret):
    file[VOLUME] = h5py.ExternalLink(str(secret), "/volume")


def relative_external_link(file, secret):
    file[VOLUME] = h5py.ExternalLink("../../secret.h5", "/volume")


def soft_link(file, secret):
    file[VOLUME] = h5py.SoftLink("/VTKHDF/cells/Points")


def virtual_dataset(file, secret):
    layout = h5py.VirtualLayout((50,), np.float32)
    layout[:] = h5py.VirtualSource(str(secret), "volume", (50,), np.float32)
    file.create_virtual_dataset(VOLUME, layout)


def external_storage(file, secret):
    file.create_dataset(VOLUME, (50,), np.float32, external=[(str(secret), 0, 200)])


ATTACKS = [external_link, relative_external_link, soft_link, virtual_dataset, external_storage]
BY_NAME = {"ids": lambda attack: attack.__name__}


@pytest.mark.parametrize("attack", ATTACKS, **BY_NAME)
def test_nothing_outside_a_frame_is_read(run, secret, attack):
    with forged(run / "frames/000001.vtkhdf") as file:
        del file[VOLUME]
        attack(file, secret)
    with pytest.raises(RunError, match="does not follow it"):
        Run(run).read(1)
    with pytest.raises(RunError, match="does not follow it"):
        Run(run)[1].cells["volume"]
    assert any("does not follow it" in problem for problem in Run(run).check())
    assert_same(Run(run)[0], sample(0))


@pytest.mark.parametrize("attack", [external_link, virtual_dataset, external_storage], **BY_NAME)
def test_nothing_outside_a_frame_is_packed(run, secret, attack, tmp_path):
    with forged(run / "frames/000001.vtkhdf") as file:
        del file[VOLUME]
        attack(file, secret)
    with pytest.raises(RunError, match=r"does not follow it|another file"):
        pack(run)
    assert not (tmp_path / "run.h5").exists()


def test_groups_that_are_links_are_not_followed(run, tmp_path):
    write_frame(tmp_path / "other.vtkhdf", sample(5))
    for name in ("VTKHDF", "gputme", "VTKHDF/cells", "VTKHDF/fields", "gputme/state"):
        path = tmp_path / "frame.vtkhdf"
        write_frame(path, sample(1))
        with forged(path) as file:
            del file[name]
            file[name] = h5py.ExternalLink(str(tmp_path / "other.vtkhdf"), f"/{name}")
        with pytest.raises(RunError, match="does not follow it"):
            read_frame(path)


@pytest.mark.parametrize("target", ["../secret.h5", "/etc/passwd", "frames/../../secret.h5"])
def test_links_of_run_h5_are_not_followed(run, secret, target):
    """Frames are found by their file names; the links in run.h5 are for other programs."""
    with forged(run / "run.h5") as file:
        del file["frames/000001"]
        file["frames/000001"] = h5py.ExternalLink(target, "/")
    assert_same(Run(run)[1], sample(1))


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("frames/000001", lambda path: Run(path).read(1)),
        ("scenario", Run),
        ("inputs", lambda path: Run(path).extra_files),
    ],
)
def test_links_in_a_packed_run_are_not_followed(run, tmp_path, name, read):
    packed = pack(run)
    write_frame(tmp_path / "other.vtkhdf", sample(1))
    with forged(packed) as file:
        del file[name]
        target = "/gputme/scenario" if name == "scenario" else "/"
        file[name] = h5py.ExternalLink(str(tmp_path / "other.vtkhdf"), target)
    with pytest.raises(RunError, match="does not follow it"):
        read(packed)


def test_symbolic_links_among_the_files_are_not_followed(run, tmp_path):
    write_frame(tmp_path / "outside.vtkhdf", sample(2))
    (run / "frames/000002.vtkhdf").symlink_to(tmp_path / "outside.vtkhdf")
    (tmp_path / "password").write_text("secret")
    (run / "inputs/password").symlink_to(tmp_path / "password")
    (run / "inputs/folder").symlink_to(tmp_path)
    reading = Run(run)
    assert [entry.index for entry in reading.entries] == [0, 1]
    assert reading.extra_files == {"a.csv": b"1"}
    assert any("symbolic link" in problem for problem in reading.check())


@pytest.mark.parametrize("name", ["../a.csv", "/etc/a.csv", "a/../../b", "", ".", "a\\b", "a\0b"])
def test_tables_stay_in_their_folder(tmp_path, run, name):
    with pytest.raises(RunError, match="cannot be kept with a run"):
        RunFolder.create(tmp_path / "new", "", {name: b""}, {})
    assert not (tmp_path / "new").exists()
    packed = pack(run)
    with forged(packed) as file:
        file["inputs/000000"].attrs["path"] = name.replace("\0", "/../../")
    with pytest.raises(RunError, match="cannot be kept with a run"):
        Run(packed).extra_files  # noqa: B018


class Bomb:
    """Executes when it is unpickled."""

    def __reduce__(self):
        return (Path("exploded").touch, ())


def test_pickles_are_neither_read_nor_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RunError, match="of type object"):
        write_frame("frame.vtkhdf", sample().__class__(**{**vars(sample()), "state": {"a": np.array([Bomb()])}}))
    write_frame("frame.vtkhdf", sample())
    with forged("frame.vtkhdf") as file:
        data = file["gputme/state"].create_dataset("bomb", data=np.void(pickle.dumps(Bomb())))
        data.attrs["kind"] = "array"
    with pytest.raises(RunError, match="only numbers are read"):
        read_frame("frame.vtkhdf")
    assert not Path("exploded").exists()
    sources = "".join(path.read_text() for path in Path(gputme.io.__file__).parent.glob("*.py"))
    assert all(word not in sources for word in ("import pickle", "allow_pickle", "eval(", "exec("))


@pytest.mark.parametrize("options", [{}, {"chunks": (1024, 1024), "compression": "gzip"}])
def test_a_small_file_cannot_claim_a_huge_array(tmp_path, options):
    path = tmp_path / "frame.vtkhdf"
    write_frame(path, sample())
    with forged(path) as file:
        del file[VOLUME]
        file.create_dataset(VOLUME, (2**22, 2**20), np.float32, **options)
    assert path.stat().st_size < 100_000
    with pytest.raises(RunError, match="more than its stored size can hold"):
        read_frame(path)
