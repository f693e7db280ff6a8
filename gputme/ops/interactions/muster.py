"""Who may act in this step: living cells of types that do something to others, and whoever holds another.

What a step adds up begins at 0. ``seat``: the place of each cell in the order of bins. Dead cells hold nobody.
"""

from __future__ import annotations

import numpy as np

from gputme.columns import Death
from gputme.ops.interactions._meetings import example_actors

__all__ = ["AGREEMENT", "GRAIN", "example", "muster"]

AGREEMENT = "exact"
GRAIN = 4096


def muster(
    n, attack, blunting, types, acts, order, type, death, held_id, doom, harm, blunted, held_for, mark, seat, first,
    count,
):  # fmt: skip
    """Write mark (n,), 1: acts, and seat, by cell; first, doom and what is done to cells are 0; adds to count (1,)."""
    seat[order[:n]] = np.arange(n, dtype=seat.dtype)
    alive = death[:n] == Death.ALIVE
    busy = acts[type[:n]] != 0
    if attack:
        held_id[:n][~alive] = 0
        harm[:n] = 0
        busy |= held_id[:n] != 0
    if blunting:
        blunted[:n] = held_for[:n] = 0
    first[:n] = doom[:n] = 0
    mark[:n] = alive & busy
    count[0] += np.count_nonzero(mark[:n])


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells of three types, of which two act; some hold another, some are dead."""
    e = example_actors(size, rng, real)
    names = ("n", "types", "acts", "order", "type", "held_id", "doom", "harm", "blunted", "held_for", "first")
    return {name: e[name] for name in names} | dict(
        attack=1, blunting=1, death=rng.choice([0, 0, 1, 2], size).astype(np.uint8), mark=np.zeros(size, np.uint8),
        seat=np.zeros(size, np.int32), count=np.zeros(1, np.int64),
    )  # fmt: skip
