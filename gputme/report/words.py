"""Numbers as people read them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

__all__ = ["clock", "count", "duration", "percent", "plural", "ranges", "size"]


def duration(minutes: float) -> str:
    """A simulated time: "45 min", "7.5 h", "2.8 d"."""
    if minutes < 120:
        return f"{minutes:.4g} min"
    if minutes < 2 * 1440:
        return f"{minutes / 60:.3g} h"
    return f"{minutes / 1440:.3g} d"


def clock(seconds: float) -> str:
    """Wall time: "0.4 s", "42 s", "3 min 05 s", "2 h 10 min"."""
    if not math.isfinite(seconds):
        return "unknown"
    if seconds < 10:
        return f"{seconds:.1f} s"
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60:02d} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60:02d} min"


def count(number: float) -> str:
    """A whole number, grouped from five digits on: "1234", "12 345"."""
    text = f"{round(number):,}".replace(",", " ")
    return text if len(text) > 5 else text.replace(" ", "")


def plural(number: int, word: str, many: str = "") -> str:
    """ "1 cell", "2 cells", "no cells"."""
    text = count(number) if number else "no"
    return f"{text} {word if number == 1 else many or word + 's'}"


def percent(share: float) -> str:
    """A share: "0.4 %", "37 %"."""
    return f"{100 * share:.1f} %" if 0 < share < 0.01 else f"{100 * share:.0f} %"


def ranges(numbers: Sequence[int]) -> str:
    """Whole numbers that ascend, those in a row as one: "3", "3 to 5, 9"."""
    runs = np.split(np.asarray(numbers), np.flatnonzero(np.diff(numbers) != 1) + 1)
    return ", ".join(" to ".join(str(n) for n in dict.fromkeys((run[0], run[-1]))) for run in runs if len(run))


def size(number_of_bytes: float) -> str:
    """An amount of memory: "512 B", "3.4 MB", "12 GB"."""
    for unit in ("B", "kB", "MB", "GB"):
        if number_of_bytes < 1000:
            return f"{number_of_bytes:.3g} {unit}"
        number_of_bytes /= 1000
    return f"{number_of_bytes:.3g} TB"
