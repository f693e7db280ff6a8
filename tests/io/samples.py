"""Frames to test with: one fixed kind, and all valid ones."""

from __future__ import annotations

import json
from contextlib import contextmanager

import h5py
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from gputme.io import Column, Frame, seal

COLUMNS = {
    "x": Column("x", "um", "position"),
    "y": Column("y", "um", "position"),
    "z": Column("z", "um", "position"),
    "id": Column("id", "1", "permanent number"),
    "volume": Column("volume", "um^3", "total volume"),
    "oxygen": Column("oxygen", "mmHg", "partial pressure"),
}


def sample(index: int = 0, cells: int = 50, complete: bool = True, real: str = "f4") -> Frame:
    """A frame whose content depends on its arguments only."""
    rng = np.random.default_rng([index, cells])
    columns = {name: rng.uniform(0, 100, cells).astype(real) for name in ("x", "y", "z", "volume")}
    columns["id"] = np.arange(cells, dtype=np.uint64)
    columns["type"] = rng.integers(0, 2, cells).astype(np.int32)
    columns["motile"] = rng.random(cells) < 0.5
    columns["velocity"] = rng.normal(size=(cells, 3)).astype(real)
    fields = {"oxygen": rng.uniform(0, 38, (2, 3, 4)).astype(real)}
    state = {"seed": 7, "start_up": True, "previous": rng.random((2, 2))}
    return Frame(
        index, 61440 * index, columns, fields, state, complete, (20.0, 20.0, 10.0), (-40.0, 0.0, 0.1),
        ("tumour", "immune"), COLUMNS,
    )  # fmt: skip


@contextmanager
def forged(path):
    """Open a gputme file to change it, and seal it anew, as somebody who does it on purpose can."""
    with h5py.File(path, "r+") as file:
        yield file
        sums = {}

        def add(name, item):
            claimed = isinstance(item, h5py.Dataset) and item.nbytes > 1 << 30  # and not there: nobody can read it
            if isinstance(item, h5py.Dataset) and not claimed and item.dtype.kind in "iufSO":
                sums[name] = seal.checksum(seal.content(item))

        file.visititems(add)
        del file[seal.SUMS]
        file[seal.SUMS] = json.dumps(sums)
    with open(path, "r+b") as file:
        seal.append(file)


def same_array(one: np.ndarray, two: np.ndarray) -> bool:
    """Same type, shape and bits (so that NaN equals NaN and 0.0 does not equal -0.0)."""
    one, two = np.asarray(one), np.asarray(two)
    return one.dtype == two.dtype and one.shape == two.shape and one.tobytes() == two.tobytes()


def same_value(one: object, two: object) -> bool:
    """Same type and value; floating-point values bit for bit."""
    if type(one) is not type(two):
        return False
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(same_value(one[name], two[name]) for name in one)
    if isinstance(one, float | np.generic | np.ndarray):
        return same_array(np.asarray(one), np.asarray(two))
    return one == two


def assert_same(one: Frame, two: Frame) -> None:
    """Assert that two frames hold the same, bit for bit."""
    for name in ("index", "tick", "complete", "spacing", "origin", "types"):
        assert getattr(one, name) == getattr(two, name), name
    for part in ("cells", "fields", "state"):
        left, right = getattr(one, part), getattr(two, part)
        assert set(left) == set(right), part
        for name in left:
            assert same_value(left[name], right[name]), f"{part} {name}"


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=8).filter(
    lambda name: name not in (".", "..", "x", "y", "z", "id")
)
DTYPES = st.sampled_from(["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8", ">f8"]).map(np.dtype)
SHAPES = npst.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
WHOLE = st.integers(-(2**80), 2**80)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
VALUES = st.one_of(
    WHOLE, st.floats(), st.booleans(), TEXT,
    DTYPES.flatmap(lambda dtype: npst.arrays(dtype, SHAPES)),
    DTYPES.flatmap(lambda dtype: npst.arrays(dtype, 1).map(lambda array: array[0])),
)  # fmt: skip


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    """Any valid frame. Some are large enough to be cut into compressed chunks."""
    count = draw(st.one_of(st.integers(0, 20), st.sampled_from([2048, 5000])))
    grid = draw(npst.array_shapes(min_dims=3, max_dims=3, max_side=5))
    real = draw(st.sampled_from(["f4", "f8"]))

    def array(dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
        fill = draw(npst.arrays(dtype, min(20, int(np.prod(shape)))))  # a few values, repeated: quick to draw
        return np.resize(fill, shape) if fill.size else np.zeros(shape, dtype)

    cells = {name: array(np.dtype(real), (count,)) for name in "xyz"}
    cells["id"] = array(np.dtype("u8"), (count,))
    for name in draw(st.lists(NAMES, max_size=4, unique=True)):
        cells[name] = array(draw(DTYPES), (count, *draw(st.sampled_from([(), (3,), (2, 2)]))))
    fields = {name: array(draw(DTYPES), grid) for name in draw(st.lists(NAMES, max_size=3, unique=True))}
    return Frame(
        index=draw(st.integers(0, 2**40)),
        tick=draw(st.integers(0, 2**62)),
        cells=cells,
        fields=fields,
        state=draw(st.dictionaries(NAMES, st.one_of(VALUES, st.dictionaries(NAMES, VALUES, max_size=3)), max_size=5)),
        complete=draw(st.booleans()),
        spacing=tuple(draw(st.tuples(*[st.floats(0.1, 100)] * 3))),
        origin=tuple(draw(st.tuples(*[st.floats(-1e4, 1e4)] * 3))),
        types=tuple(draw(st.lists(TEXT, max_size=3))),
        columns={name: Column(name, draw(TEXT), draw(TEXT)) for name in cells},
    )
