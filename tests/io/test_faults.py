"""Crashes, full disks, damaged files: nothing acknowledged is lost, and one sentence says what happened."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import resource
import shutil
import struct
import subprocess
import sys
import zlib
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
import soak
from hypothesis import example, given, settings
from hypothesis import strategies as st
from samples import assert_same, forged, same_array, sample

from gputme.errors import RunError
from gputme.io import Frame, Run, RunFolder, pack, read_frame, seal, write_frame
from gputme.io.summary import read_summary


def frames_of(path):
    return [(path / f"frames/{k:06d}.vtkhdf").read_bytes() for k in range(soak.FRAMES)]


@pytest.mark.parametrize("seed", [1, 2])
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


@pytest.fixture
def three_frames(tmp_path):
    """A run of three frames, and its files."""
    with RunFolder.create(tmp_path / "run", "", {}, {}) as run:
        for k in range(3):
            run.submit(sample(k))
    return tmp_path / "run"


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


@settings(max_examples=10)
@given(st.floats(0, 0.999))
@example(0.0)
@example(0.001)  # within the first bytes
@example(0.005)  # after them
@example(0.9985)  # within the seal
def test_truncated_frame_is_named_and_the_others_read(tmp_path, share):
    path = tmp_path / "run"
    with RunFolder.create(path, "", {}, {}, overwrite=True) as run:
        for k in range(3):
            run.submit(sample(k))
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


def test_damaged_column_leaves_the_others(tmp_path):
    path = tmp_path / "frame.vtkhdf"
    frame = sample(cells=5000)
    write_frame(path, frame)
    with h5py.File(path) as file:
        chunk = file["VTKHDF/cells/PointData/velocity"].id.get_chunk_info(0)
    data = bytearray(path.read_bytes())
    data[chunk.byte_offset + chunk.size // 2] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(RunError, match=r"PointData/velocity is damaged .*other columns"):
        read_frame(path)
    rest = [name for name in frame.cells if name != "velocity"]
    assert np.array_equal(read_frame(path, columns=rest).cells["volume"], frame.cells["volume"])


@given(st.data())
def test_random_damage_never_escapes_as_another_error(tmp_path, data):
    path = tmp_path / "frame.vtkhdf"
    write_frame(path, sample())
    octets = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(octets) - 1), min_size=1, max_size=8)):
        octets[place] = data.draw(st.integers(0, 255))
    path.write_bytes(octets)
    with suppress(RunError):  # every other exception fails this test
        read_frame(path)


def flips(octets, count, chance):
    """Copies of a file, each with one byte changed somewhere."""
    for place, bits in zip(chance.integers(0, len(octets), count), chance.integers(1, 256, count)):
        damaged = bytearray(octets)
        damaged[place] ^= int(bits)
        yield f"byte {place}", damaged


def cuts(octets, count, chance):
    """Copies of a file, each cut short somewhere: at random, or within its last bytes."""
    for k, place in enumerate(chance.integers(0, len(octets), count)):
        place = len(octets) - 1 - k if k < count // 4 else int(place)
        yield f"cut at {place}", octets[:place]


def swaps(octets, count, chance):
    """Copies of a file, each with two blocks of some size exchanged, or one written over another."""
    for k, size in enumerate(2 ** chance.integers(3, 14, count)):
        size = min(int(size), len(octets) // 2)
        one, two = sorted((chance.choice(len(octets) // size, 2, replace=False) * size).tolist())
        damaged = bytearray(octets)
        damaged[two : two + size] = octets[one : one + size]
        if k % 2:
            damaged[one : one + size] = octets[two : two + size]
        if damaged != octets:
            yield f"blocks of {size} at {one} and {two}", damaged


DAMAGE = {"flips": flips, "cuts": cuts, "swaps": swaps}


def tiny_frame():
    """A frame with every kind of content, as small as it can be."""
    state = {"seed": 7, "counts": {"births": 3}, "ruled": {"migration speed": np.array([0.5, 1.5])}, "name": "text"}
    return replace(sample(1, 2), state=state, run="a run", before="a frame")


def damage(kind, cells, count, seed, folder):
    """Read `count` damaged copies of a frame, a run.h5 and a packed run: a `RunError` of one line each, or all that
    was written, where damage lies in blocks that are not read. Run in a process of its own, since libhdf5 may not
    come back from what it should not have seen."""
    folder = Path(folder)
    frame = tiny_frame() if cells == 2 else sample(1, cells)
    with RunFolder.create(folder / "run", "scenario \u00b5m", {"a.csv": b"1"}, {"seed": 1}, run_id="one") as run:
        run.series({"time": 1.0})
        run.submit(replace(sample(0, cells), index=0))
        run.submit(frame)
    packed = pack(folder / "run", folder / "packed.h5")

    def packed_whole():
        found = Run(packed)
        return [read_whole(found.read(i)) for i in range(2)], read_summary(packed), found.extra_files

    def read_whole(found):
        return found, found.columns, found.run, found.before, found.id

    reads = {
        folder / "run/frames/000001.vtkhdf": lambda: read_whole(read_frame(folder / "run/frames/000001.vtkhdf")),
        folder / "run/run.h5": lambda: read_summary(folder / "run/run.h5"),
        packed: packed_whole,
    }
    for path, read in reads.items():
        octets, whole, chance = path.read_bytes(), read(), np.random.default_rng(seed)
        for place, damaged in DAMAGE[kind](octets, count, chance):
            path.write_bytes(damaged)
            where, sentence = f"{path.name}, {place}", ""
            try:
                assert same_content(read(), whole), where
            except RunError as error:  # every other exception fails this test
                sentence = str(error)
            if kind == "cuts" or cells == 2:
                assert path.name in sentence, where  # each block of a small file is read
            assert "\n" not in sentence, where
        path.write_bytes(octets)


def same_content(one, two):
    """Equal frames, bit for bit, and equal whatever else."""
    if isinstance(one, Frame):
        assert_same(one, two)
        return True
    if isinstance(one, tuple | list):
        return len(one) == len(two) and all(map(same_content, one, two))
    return one == two


def in_a_process(kind, cells, count, seed, folder, seconds):
    """Run `damage` elsewhere, with a time limit."""
    call = f"import test_faults; test_faults.damage({kind!r}, {cells}, {count}, {seed}, {str(folder)!r})"
    done = subprocess.run(
        [sys.executable, "-c", call],
        cwd=Path(__file__).parent,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_detected(tmp_path, kind):
    in_a_process(kind, 2, 50, 1, tmp_path, 60)  # of each of three kinds of files


@pytest.mark.slow
@pytest.mark.parametrize("seed", [2, 3, 4])
@pytest.mark.parametrize("cells", [2, 5000], ids=["plain", "compressed"])
@pytest.mark.parametrize("kind", DAMAGE)
def test_a_thousand_of_a_thousand_damaged_files_are_detected(tmp_path, kind, cells, seed):
    in_a_process(kind, cells, 1000, seed, tmp_path, 900)


def test_no_byte_reaches_libhdf5_before_it_has_been_compared(tmp_path, monkeypatch):
    """The byte that made libhdf5 loop for ever, and all others: not one that is damaged is handed on."""
    path = tmp_path / "frame"
    write_frame(path, tiny_frame())
    whole, handed = path.read_bytes(), []
    readinto = seal.Blocks.readinto

    def watched(self, buffer):
        start = self.tell()
        count = readinto(self, buffer)
        handed.append(bytes(buffer) == whole[start : start + count])
        return count

    monkeypatch.setattr(seal.Blocks, "readinto", watched)
    for place in range(96, len(whole), 1009):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
        with pytest.raises(RunError, match=r"damaged \((bytes \d+ to \d+|the seal)"):
            read_frame(path)
    assert all(handed)


def test_new_files_have_no_heap_of_texts(tmp_path):
    """Text of fixed length stands in its array or attribute; damage in HDF5's heap is what no program survives."""
    with RunFolder.create(tmp_path / "run", "scenario", {"a.csv": b"1"}, {}) as run:
        run.series({"time": 1.0})
        run.submit(tiny_frame())
    for path in (tmp_path / "run/run.h5", tmp_path / "run/frames/000001.vtkhdf", pack(tmp_path / "run")):
        assert b"GCOL" not in path.read_bytes(), path


def test_a_file_without_its_seal_is_refused(tmp_path):
    """As h5py leaves it, which cuts the seal off when it opens a file for writing."""
    path = tmp_path / "frame"
    write_frame(path, tiny_frame())
    with h5py.File(path, "r+") as file:
        file["gputme"].attrs["tick"] = 5
    with pytest.raises(RunError, match="changed after it was written"):
        read_frame(path)


def test_an_array_that_is_not_the_one_that_was_given_is_named(tmp_path):
    """Sealed or not: the sums of arrays reach from what was given to what is read, compression included."""
    path, frame = tmp_path / "frame", tiny_frame()
    for name in ("volume", "velocity", "type"):
        write_frame(path, frame)
        with h5py.File(path, "r+") as file:
            file[f"VTKHDF/cells/PointData/{name}"][0] += 1
        with path.open("r+b") as file:
            seal.append(file)
        with pytest.raises(RunError, match=rf"PointData/{name} is damaged \(its checksum differs\)"):
            read_frame(path)
        assert same_array(read_frame(path, columns=["motile"], fields=[]).cells["motile"], frame.cells["motile"])


def test_checksums_are_those_that_the_page_describes(tmp_path):
    """Anybody can compare them: CRC-32 of an array's bytes, whatever the compression, and of the file's blocks."""
    path = tmp_path / "frame"
    write_frame(path, sample(1, 5000))
    arrays = []
    with h5py.File(path) as file:
        sums = json.loads(file["checksums"].asstr()[()])
        for name in ("VTKHDF/cells/PointData/volume", "VTKHDF/cells/PointData/velocity", "VTKHDF/cells/Points"):
            assert zlib.crc32(file[name][()].tobytes()) == sums[name]
        assert zlib.crc32(file["gputme/scenario"].asstr()[()].encode()) == sums["gputme/scenario"]
        file.visititems(lambda name, item: arrays.append(name) if isinstance(item, h5py.Dataset) else None)
    assert set(arrays) == {*sums, "checksums"}

    octets = path.read_bytes()
    magic, block, length, name, crc = struct.unpack("<8sIQ16sI", octets[-40:])
    data, table = octets[:length], octets[length:-40]
    assert (magic, crc) == (b"gputmeCS", zlib.crc32(octets[length:-4]))
    assert name == hashlib.blake2b(data, digest_size=16).digest()
    blocks = [zlib.crc32(data[start : start + block]) for start in range(0, length, block)]
    assert len(blocks) > 1
    assert struct.unpack(f"<{len(blocks)}I", table) == tuple(blocks)
    assert read_frame(path).id == name.hex()


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
