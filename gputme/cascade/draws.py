"""What the numbers of the stream CASCADE are drawn for. Frozen, as streams are."""

from __future__ import annotations

from gputme.rng import Stream, four_words

__all__ = ["ENTER", "HAPPEN", "LYMPH", "PLACE", "RUPTURE", "START", "TALLY", "numbers"]

ENTER, RUPTURE, HAPPEN, PLACE, TALLY, START, LYMPH = range(7)


def numbers(seed: int, tick: int, id: int, draw: int) -> tuple[float, ...]:
    """Four numbers in (0, 1) of one cell or segment at a time, as `gputme.rng.uniform` has them."""
    return tuple((word + 0.5) * 2.0**-32 for word in four_words(seed, tick, id, Stream.CASCADE, draw))
