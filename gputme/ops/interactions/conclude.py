"""At the end of a step what its holds add up to is booked, up to the actor's own death where it is killed."""

from __future__ import annotations

import numpy as np

from gputme.ops.interactions._meetings import book, example_actors, let_go

__all__ = ["AGREEMENT", "conclude", "example"]

AGREEMENT = "bitwise"
GRAIN = 1024


def conclude(
    n, m, blunting, tick, end, types, stride, behaviours, table, slot, ruled, needed, actors, at, type, doom, held_id,
    held_since, delivered, attack_time, harm, blunted, held_for,
):  # fmt: skip
    """Book the holds of the actors that hold a cell ``at`` (m,), -1: none; needed (types,): hits that kill, 0:
    damage."""
    holders = np.flatnonzero(at[:m] >= 0)
    i, j = actors[holders], at[holders]
    own = doom[i]
    until = np.where(own > 0, np.minimum(own, end), end)
    books = (blunting, held_since, delivered, attack_time, harm, blunted, held_for)
    book(i, j, until, tick, (table, slot, ruled, stride, behaviours, type), needed, *books)
    let_go(i[own > 0], held_id, held_since)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells that hold others; some are doomed."""
    e = example_actors(size, rng, real)
    names = (
        "n", "m", "blunting", "tick", "end", "types", "stride", "behaviours", "table", "slot", "ruled", "needed",
        "actors", "at", "type", "doom", "held_id", "held_since", "delivered", "attack_time", "harm", "blunted",
        "held_for",
    )  # fmt: skip
    return {name: e[name] for name in names}
