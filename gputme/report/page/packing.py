"""Arrays as text that a page carries: few bytes a value, put in an order that deflates well, in base64.

A blob is a line of JSON that says what follows, and then its arrays, one after the other, all of it deflated. An array
of words is stored as planes: first the highest byte of each word, at last the lowest. `parts.js` reads it.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["MISSING", "Part", "blob", "directions", "places", "scaled", "whole"]

LEVEL = 6  # of deflate: 9 takes four times as long for a hundredth
STEPS = 254  # of a value that is a byte
MISSING = 255  # the byte of what is not finite
PLACES = 65535  # steps of a coordinate


@dataclass(frozen=True)
class Part:
    """An array as it is stored: unsigned, one-dimensional."""

    name: str
    values: np.ndarray
    """uint8, uint16 or uint32."""
    scale: tuple[float, float] | None = None
    """What the first and the last step mean; None: the numbers themselves."""
    differences: bool = False
    """Whether each value is stored as what it has more than the one before."""
    shape: tuple[int, ...] = ()
    """Of a field (nz, ny, nx)."""

    @property
    def span(self) -> tuple[float, float]:
        """The least and the largest value."""
        return self.scale or (float(self.values.min()), float(self.values.max()))


def scaled(name: str, values: np.ndarray, shape: tuple[int, ...] = (), low: float = np.inf) -> Part:
    """Values as bytes between the least (or ``low``, if that is less) and the largest finite one, to half of a 254th
    of the difference."""
    flat = np.asarray(values, np.float64).ravel()
    finite = np.isfinite(flat)
    steps = np.full(len(flat), MISSING, np.uint8)
    low = min(low, float(flat.min(where=finite, initial=np.inf)))
    low, high = (low, max(low, float(flat.max(where=finite, initial=low)))) if np.isfinite(low) else (0.0, 0.0)
    steps[finite] = np.rint((flat[finite] - low) / ((high - low) or 1.0) * STEPS)
    return Part(name, steps, (low, high), bool(shape), shape)


def places(name: str, values: np.ndarray, low: float, high: float) -> Part:
    """Coordinates as words between two walls; what lies beyond stands at the wall."""
    flat = np.nan_to_num(np.asarray(values, np.float64), nan=low)
    steps = np.rint(np.clip((flat - low) / (high - low), 0, 1) * PLACES)
    return Part(name, steps.astype(np.uint16), (low, high))


def directions(name: str, values: np.ndarray, shape: tuple[int, ...]) -> Part:
    """Parts of unit vectors as bytes from -1 to 1."""
    steps = np.rint((np.clip(np.nan_to_num(values), -1, 1) + 1) / 2 * STEPS)
    return Part(name, steps.ravel().astype(np.uint8), (-1.0, 1.0), True, shape)


def whole(name: str, values: np.ndarray, differences: bool = False) -> Part:
    """Whole numbers from 0 on, in as few bytes as they take."""
    most = int(values.max(initial=0))
    kind = np.uint8 if most < 2**8 and not differences else np.uint16 if most < 2**16 else np.uint32
    return Part(name, np.asarray(values).astype(kind), differences=differences)


def blob(parts: Sequence[Part]) -> str:
    """Parts as one text."""
    head = [
        {"name": p.name, "bytes": p.values.itemsize, "count": len(p.values)}
        | ({"scale": [_short(end) for end in p.scale]} if p.scale else {})
        | ({"differences": True} if p.differences else {})
        | ({"shape": p.shape} if p.shape else {})
        for p in parts
    ]
    line = json.dumps(head, separators=(",", ":")).encode() + b"\n"
    return base64.b64encode(zlib.compress(line + b"".join(map(_planes, parts)), LEVEL)).decode()


def _planes(part: Part) -> bytes:
    values = part.values
    if part.differences and len(values):
        values = np.diff(values, prepend=values.dtype.type(0))  # modulo the word
    size = values.itemsize
    return np.ascontiguousarray(values.astype(f">u{size}").view(np.uint8).reshape(-1, size).T).tobytes()


def _short(value: float) -> float:
    """A number as a text of seven digits has it."""
    return float(f"{value:.7g}")
