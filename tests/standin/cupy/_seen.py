"""What the program asked of the device: launches, operations, waits, bytes, each with the line that asked."""

from __future__ import annotations

import os
import sys
from collections import Counter

HERE = os.path.dirname(os.path.abspath(__file__))


class Seen:
    """Counts since the last ``clear``."""

    def __init__(self):
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
