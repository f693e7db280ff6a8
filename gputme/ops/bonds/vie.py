"""Which of the events that name a cell comes first: by time, then by the id of who proposes it (each proposes one).

    first_c = max of -when,    who_c = max of -id among those with when = -first_c,

over all events whose two cells c is one of: a time and an id do not fit one word, so the ids come in a second pass.
"""

from __future__ import annotations

import numpy as np

from gputme.columns import NEVER, TICKS

__all__ = ["AGREEMENT", "example", "vie"]

AGREEMENT = "exact"


def vie(n, second, id, when, whom, first, who):
    """Raise first (n,), or who (n,) in the ``second`` pass; id, when, whom: (n,), of who proposes."""
    i = np.flatnonzero(when[:n] < NEVER)
    for cell in (i, whom[i]):
        if second:
            earliest = -when[i] == first[cell]
            np.maximum.at(who, cell[earliest], -id[i[earliest]].astype(np.int64))
        else:
            np.maximum.at(first, cell, -when[i])


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Events of which many are at the same time."""
    when = rng.integers(0, 5, size) + TICKS
    when[rng.random(size) < 0.5] = NEVER
    args = dict(
        n=size, second=0, id=rng.permutation(size).astype(np.uint64) + np.uint64(1), when=when,
        whom=((np.arange(size) + rng.integers(1, max(size, 2), size)) % size).astype(np.int32),
        first=np.full(size, -NEVER), who=np.full(size, -NEVER),
    )  # fmt: skip
    if rng.integers(2):
        vie(**args)
        args["second"] = 1
    return args
