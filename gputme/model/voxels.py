"""Values of voxels from a file: what a field starts with, or the voxels that hold a value."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from gputme.errors import ScenarioError
from gputme.model import delimited
from gputme.model.domain import Domain

__all__ = ["voxel_values"]

OFF_CENTRE = 0.01  # of a voxel's edge, by which a row may miss the centre of its voxel
_MOST_MESSAGES = 10
_LARGEST = 1e15  # as for values in a scenario
_HEADING = re.compile(r"\s*(.*?)\s*(?:[(\[]\s*(.*?)\s*[)\]])?\s*$")


def voxel_values(path: Path, domain: Domain, name: str, unit: str) -> np.ndarray:
    """float64 (nz, ny, nx), NaN in voxels that the file leaves out.

    ``.npy``: an array of that shape (2D: also (ny, nx)), NaN where nothing is given. Else text with the columns x, y, z
    (um; 2D: without z if one likes) and ``value`` or the substrate's name, each row a voxel's centre; the unit may
    stand in brackets, ``value (mmHg)``. A text without header has x, y, z, value. Raises ScenarioError with file and
    row.
    """
    try:
        delimited.checked(path)
        values = _array(path, domain) if path.suffix == ".npy" else _text(path, domain, name, unit)
        wrong = ~(np.isnan(values) | ((values >= 0) & (values <= _LARGEST)))
        if wrong.any():
            z, y, x = (int(i[0]) for i in np.nonzero(wrong))
            where = f"voxel [{z}, {y}, {x}] (z, y, x)"
            raise ValueError(f"has {values[z, y, x]:g} in {where}; values go from 0 to {_LARGEST:g}")
    except (OSError, ValueError) as error:
        raise ScenarioError([f"{path}: {message}" for message in delimited.problem(error).split("\n")]) from None
    return values


def _array(path: Path, domain: Domain) -> np.ndarray:
    """The array in a .npy file; nothing in it is executed."""
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError):
        raise ValueError("is no array of numbers in NumPy's format (.npy)") from None
    if array.dtype.kind not in "iuf":
        raise ValueError(f"holds {array.dtype}, not numbers")
    shape = domain.shape
    if array.shape != shape and not (domain.dimensions == 2 and array.shape == shape[1:]):
        raise ValueError(f"has the shape {array.shape}, but the domain has {shape} voxels (z, y, x)")
    return np.asarray(array, np.float64).reshape(shape)


def _text(path: Path, domain: Domain, name: str, unit: str) -> np.ndarray:
    with path.open(encoding="utf-8-sig") as file:
        lines = delimited.rows(file)
        number, line = next(lines, (0, ""))
        if not number:
            raise ValueError("has no rows")
        separator = delimited.separator(line)
        first = delimited.fields(line, separator)
        if delimited.number(first[0]) is None:
            places, rows = _places(first, domain, name, unit), lines
        else:
            places, rows = (0, 1, 2, 3), iter([(number, line), *lines])
        return _filled(rows, separator, places, domain)


def _places(header: list[str], domain: Domain, name: str, unit: str) -> tuple[int | None, ...]:
    """Where x, y, z and the value stand in a row; None for a z that a plane has not."""
    found: dict[str, tuple[int, str]] = {}
    for place, heading in enumerate(header):
        word, given = _HEADING.match(heading).groups()  # type: ignore[union-attr]
        found.setdefault(word if word == name else word.lower(), (place, given or ""))
    key = next((k for k in ("value", name, name.lower()) if k in found), None)
    needed = ("x", "y") if domain.dimensions == 2 else ("x", "y", "z")
    missing = [axis for axis in needed if axis not in found] + ([] if key else [f"value' or '{name}"])
    if missing:
        raise ValueError("\n".join(f"the column '{what}' is missing" for what in missing))
    given = found[key][1]  # type: ignore[index]
    if given and given.replace("\u00b5", "u").replace("\u03bc", "u") != unit:
        raise ValueError(f"gives values in {given!r}, but {name!r} is measured in {unit or 'no unit'!r}")
    for axis in "xyz":
        if axis in found and found[axis][1] not in ("", "um", "micron", "microns", "\u00b5m", "\u03bcm"):
            raise ValueError(f"gives {axis} in {found[axis][1]!r}, but positions are in um")
    return (*(found[axis][0] if axis in found else None for axis in "xyz"), found[key][0])  # type: ignore[index]


def _filled(rows, separator: str, places: tuple[int | None, ...], domain: Domain) -> np.ndarray:
    values = np.full(domain.shape, np.nan)
    line_of: dict[tuple[int, int, int], int] = {}
    messages: list[str] = []
    for number, line in rows:
        fields = delimited.fields(line, separator)
        numbers = [
            domain.centre[2] if place is None else delimited.number(fields[place]) if place < len(fields) else None
            for place in places
        ]
        if any(n is None or not np.isfinite(n) for n in numbers):
            messages.append(f"row {number} needs a finite number each for x, y, z and the value")
        else:
            voxel, fault = _voxel(numbers[:3], domain)
            if not fault and voxel in line_of:
                fault = f"is in the same voxel as row {line_of[voxel]}"
            if fault:
                messages.append(f"row {number} {fault}")
            else:
                line_of[voxel], values[voxel] = number, numbers[3]
        if len(messages) == _MOST_MESSAGES:
            break
    if messages:
        raise ValueError("\n".join(messages))
    return values


def _voxel(point: list, domain: Domain) -> tuple[tuple[int, int, int], str]:
    """Index (z, y, x) of the voxel whose centre a point is, and "" or what is wrong with it."""
    index = []
    for axis, (p, low, h, n) in enumerate(zip(point, domain.lower, domain.voxel, domain.shape[::-1])):
        if axis == 2 and domain.dimensions == 2:
            index.append(0)
            continue
        k = int(np.clip(np.floor((p - low) / h), 0, n - 1))
        away = abs(p - (low + (k + 0.5) * h))
        if away > OFF_CENTRE * h:
            outside = not low <= p <= low + n * h
            where = "lies outside the domain" if outside else f"is no voxel's centre: {away:g} um beside it"
            return (0, 0, 0), f"has {'xyz'[axis]} = {p:g} um, which {where}"
        index.append(k)
    return (index[2], index[1], index[0]), ""
