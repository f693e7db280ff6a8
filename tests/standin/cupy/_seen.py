"""What the program asked of the device: launches, operations, waits, bytes, each with the line that asked."""

from __future__ import annotations

import os
import sys
from collections import Counter
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))


class Seen:
    """Counts since the last ``clear``."""

    def __init__(self):
        self.waits = 0  # how often the host has waited since the start
        self.pinned: list[tuple[int, int]] = []  # from, to
        self.under_way: list[tuple[Any, Any]] = []  # copies that arrive when the host next waits
        self.clear()

    def clear(self) -> None:
        self.launches: Counter[str] = Counter()  # raw kernels by name
        self.threads: Counter[str] = Counter()
        self.ops: Counter[tuple[str, str]] = Counter()  # CuPy's own work: (what, where)
        self.syncs: Counter[tuple[str, str]] = Counter()  # the host waits: (what, where)
        self.implicit: Counter[tuple[str, str]] = Counter()  # what CuPy allows silently but costs or surprises
        self.to_device = self.to_host = self.on_device = 0  # bytes

    def op(self, what: str, moved: int = 0) -> None:
        self.ops[what, where()] += 1
        self.on_device += moved

    def sync(self, what: str, copied: int = 0) -> None:
        self.syncs[what, where()] += 1
        self.to_host += copied
        self.waits += 1
        for out, values in self.under_way:
            out[...] = values
        self.under_way.clear()

    def later(self, out: Any, values: Any) -> None:
        """A copy that is not waited for; into memory that is not pinned CUDA would wait after all."""
        at = out.__array_interface__["data"][0]
        if not any(start <= at and at + out.nbytes <= stop for start, stop in self.pinned):
            raise RuntimeError("stand-in: an asynchronous copy into memory that is not pinned")
        self.ops["copy to the host", where()] += 1
        self.to_host += values.nbytes
        self.under_way.append((out, values))

    def upload(self, size: int) -> None:
        self.ops["upload", where()] += 1
        self.to_device += size


def where() -> str:
    """The nearest line outside this package, and outside the backend that only passes the request on."""
    frame = sys._getframe(1)
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith(HERE) and "/backends/" not in name and "/numpy/" not in name:
            return f"{os.path.basename(os.path.dirname(name))}/{os.path.basename(name)}:{frame.f_lineno}"
        frame = frame.f_back
    return "?"


seen = Seen()
