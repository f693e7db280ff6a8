"""A frame on disk is the frame in memory, bit for bit, and any HDF5 program reads it."""

from __future__ import annotations

import io
import time
from dataclasses import replace

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import assert_same, frames, same_array, sample

from gputme.errors import RunError
from gputme.io import hdf, read_frame, write_frame
from gputme.io.values import rounded


@given(frames(), st.sampled_from([0, 1, 6]))
def test_what_is_read_is_what_was_written(tmp_path, frame, compression):
    path = tmp_path / "frame.vtkhdf"
    assert write_frame(path, frame, compression) == path.stat().st_size
    back = read_frame(path)
    assert_same(frame, back)
    assert back.columns == frame.columns


@given(st.data())
def test_stock_h5py_reads_chunks_compressed_outside_libhdf5(data):
    shape = tuple(data.draw(st.lists(st.integers(1, 90), min_size=1, max_size=3)))
    dtype = data.draw(st.sampled_from(["u1", "i2", "f4", "f8", ">f4"]))
    level = data.draw(st.integers(1, 9))
    array = np.random.default_rng(1).integers(0, 100, shape).astype(dtype)

    def build(file: h5py.File) -> None:
        with hdf.Packer(level) as packer:
            packer.store(file, "a", array)

    with h5py.File(io.BytesIO(hdf.image(build))) as file:
        dataset = file["a"]
        if array.nbytes >= hdf.PLAIN_BYTES:
            assert (dataset.compression, dataset.compression_opts, dataset.shuffle) == ("gzip", level, True)
        assert same_array(dataset[()], array)


@given(st.lists(st.integers(1, 10**7), min_size=1, max_size=4), st.sampled_from([1, 2, 4, 8]))
def test_chunks_fit_their_size_and_are_not_wasteful(shape, itemsize):
    chunk = hdf.chunk_shape(tuple(shape), itemsize)
    assert all(1 <= size <= length for size, length in zip(chunk, shape))
    assert np.prod(chunk, dtype=float) * itemsize <= hdf.CHUNK_BYTES
    padded = [-(-length // size) * size for size, length in zip(chunk, shape)]
    assert all(p - length < max(2, 0.5 * length) for p, length in zip(padded, shape))


def test_same_frame_gives_same_bytes(tmp_path):
    """At any time of day: HDF5 would note when things were made, to the second."""
    write_frame(tmp_path / "a", sample(cells=5000))
    time.sleep(1.01)
    write_frame(tmp_path / "b", sample(cells=5000))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_only_what_is_asked_for_is_read(tmp_path):
    frame = sample()
    write_frame(tmp_path / "a", frame)
    back = read_frame(tmp_path / "a", columns=["volume", "y"], fields=[])
    assert (set(back.cells), set(back.fields)) == ({"volume", "y"}, set())
    assert same_array(back.cells["y"], frame.cells["y"])
    with pytest.raises(RunError, match="no column 'volumen'; did you mean 'volume'"):
        read_frame(tmp_path / "a", columns=["volumen"])


def test_file_explains_itself_to_stock_h5py(tmp_path):
    frame = sample()
    write_frame(tmp_path / "a", frame)
    with h5py.File(tmp_path / "a") as file:
        assert file["gputme"].attrs["minutes"] == frame.tick / 1024
        volume = file["VTKHDF/cells/PointData/volume"]
        assert (volume.attrs["unit"].decode(), volume.attrs["description"].decode()) == ("um^3", "total volume")
        assert file["VTKHDF/fields/CellData/oxygen"].attrs["unit"] == b"mmHg"
        assert file["VTKHDF/cells/PointData/motile"].dtype == np.uint8  # VTK cannot read HDF5 booleans
        assert file["gputme/types"].asstr()[()].tolist() == ["tumour", "immune"]


def test_file_has_the_oldest_hdf5_format(tmp_path):
    """VTK's HDF5 cannot read chunks in files of the newest format: superblock version 0 is the oldest."""
    write_frame(tmp_path / "a", sample(cells=5000))
    assert (tmp_path / "a").read_bytes()[8] == 0


@given(
    st.sampled_from(["f4", "f8"]).flatmap(
        lambda kind: st.lists(st.floats(width=8 * int(kind[1])), min_size=1).map(lambda v: np.array(v, kind))
    ),
    st.integers(1, 60),
)
def test_rounding_keeps_the_bits_it_promises(values, bits):
    result = rounded(values, bits)
    finite = np.isfinite(values)
    assert same_array(result[~finite], values[~finite])
    kept = min(bits, np.finfo(values.dtype).nmant)
    mantissa, _ = np.frexp(result[finite].astype(np.float64))
    normal = np.abs(values[finite]) >= np.finfo(values.dtype).tiny
    change = np.abs(result[finite].astype(np.float64) - values[finite].astype(np.float64))
    assert np.all(change[normal] <= np.abs(values[finite][normal]).astype(np.float64) * 2.0 ** -(kept + 1))
    top = np.abs(values[finite]) > np.finfo(values.dtype).max * (1 - 2.0**-bits)  # these may stay as they are
    exact = np.ldexp(mantissa, kept + 1)
    assert np.all((exact == np.rint(exact)) | top | ~normal)


def test_complete_frames_are_never_rounded(tmp_path):
    frame = sample(cells=5000, complete=True)
    write_frame(tmp_path / "whole", frame, mantissa=8)
    assert_same(frame, read_frame(tmp_path / "whole"))

    small = write_frame(tmp_path / "round", replace(frame, complete=False), mantissa=8)
    assert small < 0.8 * (tmp_path / "whole").stat().st_size
    back = read_frame(tmp_path / "round")
    assert same_array(back.cells["volume"], rounded(frame.cells["volume"], 8))
    assert same_array(back.cells["id"], frame.cells["id"])


def without(mapping, name):
    return {key: value for key, value in mapping.items() if key != name}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda f: replace(f, cells=without(f.cells, "z")), "lack the column 'z'"),
        (lambda f: replace(f, cells={**f.cells, "age": np.zeros(3)}), "'age' has shape"),
        (lambda f: replace(f, cells={**f.cells, "y": f.cells["y"].astype("f8")}), "one floating-point type"),
        (lambda f: replace(f, cells={**f.cells, "a": np.array([object()] * 50)}), "'a' is of type object"),
        (lambda f: replace(f, cells={**f.cells, "a": np.zeros(50, np.float16)}), "'a' is of type float16"),
        (lambda f: replace(f, cells={**f.cells, "a/b": np.zeros(50)}), "'a/b' cannot name"),
        (lambda f: replace(f, fields={"oxygen": np.zeros((3, 4))}), "one shape"),
        (lambda f: replace(f, fields={**f.fields, "waste": np.zeros((3, 3, 3))}), "one shape"),
        (lambda f: replace(f, state={"x": None}), "'x' is of type NoneType"),
        (lambda f: replace(f, state={"x": np.array([None])}), "'x' is of type object"),
    ],
)
def test_malformed_frames_are_refused_and_nothing_is_written(tmp_path, change, sentence):
    with pytest.raises(RunError, match=sentence):
        write_frame(tmp_path / "a", change(sample()))
    assert list(tmp_path.iterdir()) == []


FIBRE = [f"ECM fibre {axis}" for axis in "xyz"]


@pytest.mark.parametrize("kept", [FIBRE, FIBRE[:2]])
def test_parts_of_a_vector_are_read_as_they_were_written(tmp_path, kept):
    """All together, one alone, and also where not all parts are there."""
    frame = sample()
    frame.fields |= {name: np.random.default_rng(i).random((2, 3, 4), np.float32) for i, name in enumerate(kept)}
    write_frame(tmp_path / "a.vtkhdf", frame)
    assert_same(read_frame(tmp_path / "a.vtkhdf"), frame)
    alone = read_frame(tmp_path / "a.vtkhdf", fields=kept[1:2]).fields
    assert {name: values.tobytes() for name, values in alone.items()} == {kept[1]: frame.fields[kept[1]].tobytes()}


def test_a_frame_with_three_fields_for_a_vector_is_read(tmp_path, monkeypatch):
    """As the first frames with a matrix were written."""
    frame = sample()
    frame.fields |= {name: np.random.default_rng(i).random((2, 3, 4), np.float32) for i, name in enumerate(FIBRE)}
    with monkeypatch.context() as older:
        older.setattr("gputme.io.frame.VECTORS", {})
        write_frame(tmp_path / "a.vtkhdf", frame)
    assert_same(read_frame(tmp_path / "a.vtkhdf"), frame)
