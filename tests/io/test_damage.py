"""Damaged files: every byte that is not what was written is noticed, and none of them reaches libhdf5."""

from __future__ import annotations

import hashlib
import json
import os
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
from hypothesis import given
from hypothesis import strategies as st
from samples import assert_same, same_array, sample

from gputme.errors import RunError
from gputme.io import Frame, Run, RunFolder, pack, read_frame, seal, write_frame
from gputme.io.summary import read_summary


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
    call = f"import test_damage; test_damage.damage({kind!r}, {cells}, {count}, {seed}, {str(folder)!r})"
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
