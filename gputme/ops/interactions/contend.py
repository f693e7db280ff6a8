"""Each next event asks for the two cells that it is of; a cell is given to the earliest, of two at the same time to
that of the actor with the smaller id.

The largest key wins (:func:`gputme.ops.interactions._meetings.key`), a maximum of integers: whatever the order in which
events ask.
"""

from __future__ import annotations

import numpy as np

from gputme.columns import NEVER
from gputme.ops.interactions._meetings import AGAIN, example_actors, key

__all__ = ["AGREEMENT", "ASKED", "contend", "example"]

AGREEMENT = "exact"
ASKED = ("n", "m", "round", "tick", "actors", "when", "whom", "first")
"""What it takes of the cells in the middle of a step."""


def contend(n, m, round, tick, actors, when, whom, first):
    """Raise first (n,) by the keys of all events; when, whom (m,) by actor."""
    r = np.flatnonzero(when[:m] < NEVER)
    keys = key(round, tick, when[r], r)
    np.maximum.at(first, actors[r], keys)
    np.maximum.at(first, whom[r], keys)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Events of some actors, all drawn."""
    e = example_actors(size, rng, real)
    e["when"][e["when"] == AGAIN] = NEVER
    return {name: e[name] for name in ASKED}
