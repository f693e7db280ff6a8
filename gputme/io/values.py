"""Single values and time series inside HDF5: what a frame remembers beside its cells and fields."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import h5py
import numpy as np

from gputme.errors import RunError
from gputme.io import hdf
from gputme.io.gate import Gate

DEEPEST = 1  # tables in a table
Row = Mapping[str, float]


def store_value(packer: hdf.Packer, group: h5py.Group, name: str, value: Any) -> None:
    """Store one value as `group[name]`; the attribute `kind` says what it was in Python.

    str, bool, int (of any size), float, NumPy scalars and arrays of numbers or booleans, and tables of these by
    name; else `RunError`.
    """
    if isinstance(value, Mapping):
        kind = "table"
        made = hdf.group_in(group, name)
        for key, entry in value.items():
            store_value(packer, made, key, entry)
    elif isinstance(value, str):
        kind = "str"
        made = packer.text(group, name, str(value))
    elif isinstance(value, np.ndarray):
        kind = "array"
        made = packer.store(group, name, value)
    elif isinstance(value, np.generic):
        kind = "scalar"
        made = packer.store(group, name, np.asarray(value))
    elif isinstance(value, bool):
        kind = "bool"
        made = packer.store(group, name, np.bool_(value))
    elif isinstance(value, int):
        kind = "int"
        if -(2**63) <= value < 2**64:
            made = packer.store(group, name, np.int64(value) if value < 2**63 else np.uint64(value))
        else:
            made = packer.text(group, name, str(value))
    elif isinstance(value, float):
        kind = "float"
        made = packer.store(group, name, np.float64(value))
    else:
        kind = type(value).__name__
        raise RunError(f"state {name!r} is of type {kind}; int, float, str, bool and NumPy arrays can be stored")
    hdf.note(made, "kind", kind)


def fetch_value(group: Gate, name: str, depth: int = 0) -> Any:
    """The value that `store_value` put at `group[name]`, of the same type."""
    if group.is_group(name):
        if depth == DEEPEST:
            raise RunError(f"{group.path(name)}: tables inside tables inside tables are not read")
        table = group.group(name)
        return {key: fetch_value(table, key, depth + 1) for key in table}
    kind = group.notes(name).get("kind")
    if kind == "str":
        return group.text(name)
    if kind == "int" and group.dtype(name).kind not in "iu":
        return int(group.text(name))
    value = group.numbers(name)
    if kind == "array":
        return value
    if kind == "scalar":
        return value[()]
    if kind in ("bool", "int", "float"):
        return value.item()
    raise RunError(f"{group.path(name)} is marked as {kind!r}, which this gputme does not know")


def table(rows: Iterable[Row]) -> dict[str, np.ndarray]:
    """Rows as float64 columns, in order of first appearance; NaN where a row lacks a name."""
    rows = list(rows)
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: np.array([row.get(name, np.nan) for row in rows], np.float64) for name in names}


def store_rows(packer: hdf.Packer, group: h5py.Group, rows: Iterable[Row]) -> None:
    """Store rows as one column per name."""
    for name, column in table(rows).items():
        packer.store(group, name, column)


def fetch_rows(group: Gate) -> list[Row]:
    """The rows that `store_rows` put in `group`."""
    columns = {name: group.numbers(name).tolist() for name in group}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def flat(array: np.ndarray) -> np.ndarray:
    """`array` with all axes but the first made one: (N, ...) becomes (N, M)."""
    return array.reshape(len(array), math.prod(array.shape[1:]))


def rounded(array: np.ndarray, bits: int | None) -> np.ndarray:
    """`array` with floating-point values rounded (to nearest, ties to even) to `bits` bits of mantissa.

    Infinities, NaN and values that would round to infinity stay as they are; so does everything when `bits`
    is None.
    """
    if bits is None or array.dtype.kind != "f":
        return array
    if bits < 1:
        raise RunError(f"cannot keep {bits} bits of mantissa; at least 1 is needed")
    drop = np.finfo(array.dtype).nmant - bits
    if drop <= 0:
        return array
    word = np.dtype(f"u{array.dtype.itemsize}").newbyteorder(array.dtype.byteorder)
    raw = np.ascontiguousarray(array).view(word)
    one = word.type(1)
    half = (one << word.type(drop - 1)) - one + ((raw >> word.type(drop)) & one)
    near = ((raw + half) >> word.type(drop) << word.type(drop)).astype(word).view(array.dtype)
    return np.where(np.isfinite(array) & np.isfinite(near), near, array)
