"""A list of the cells that are wanted, in the order of their ids or of their places, made of their roll.

    rank of a cell = cells in the words before its own (running sums) + bits below its own in its word

Listed by place, the others follow in their order: a stable partition. As many are listed as there is room for.
"""

from __future__ import annotations

import numpy as np

from gputme.ops.census import roll as rolls

__all__ = ["AGREEMENT", "compact", "example"]

AGREEMENT = "exact"


def compact(n, first, room, count, least, most, by_id, id, mark, words, before, places):
    """Fill places (count,). Arguments as in :mod:`gputme.ops.census.roll`, which has filled words (room,); before
    (room,): running sums of the numbers in their upper halves, each with its own."""
    wanted, keys = rolls.keys_of(n, first, least, most, by_id, id, mark)
    listed = wanted[np.argsort(keys, kind="stable")]
    if not by_id:
        here = np.ones(n, bool)
        here[wanted - first] = False
        listed = np.concatenate([listed, first + np.flatnonzero(here)])
    listed = listed[:count]
    places[: len(listed)] = listed


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """The roll of marked cells, and room for all of them, for some, or, by place, for everybody."""
    args = rolls.example(size, rng, real)
    rolls.roll(**args)
    numbers = args["words"] >> 32
    count = int(rng.choice([numbers.sum(), rng.integers(0, size + 1)]))
    return args | dict(count=count, before=np.cumsum(numbers), places=np.full(max(count, 1), -1, np.int64))
