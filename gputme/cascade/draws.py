"""What the numbers of the stream CASCADE are drawn for. Frozen, as streams are."""

from __future__ import annotations

import numpy as np

from gputme.rng import Stream, random_words, uniform

__all__ = ["ENTER", "HAPPEN", "PLACE", "RUPTURE", "TALLY", "numbers"]

ENTER, RUPTURE, HAPPEN, PLACE, TALLY = range(5)


def numbers(seed: int, tick: int, id: int, draw: int) -> tuple[float, float, float, float]:
    """Four numbers in (0, 1) of one cell or segment at a time."""
    words = random_words(seed, tick, np.array([id], np.uint64), Stream.CASCADE, draw)
    return tuple(float(uniform(word)[0]) for word in words)
