"""Who is attached to whom: as pairs of ids, and as each cell carries it, the ids of its partners in rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from gputme.columns import ATTACHED, Death

__all__ = ["faults_of", "names_in", "names_of", "pairs_of", "rows_of"]


def names_of(rows: int) -> list[str]:
    """What so many rows of the stack ``attached`` are called in frames."""
    return [ATTACHED.format(r + 1) for r in range(rows)]


def names_in(columns: Mapping[str, Any]) -> list[str]:
    """The rows of ``attached`` that a frame has, in their order."""
    rows = 0
    while ATTACHED.format(rows + 1) in columns:
        rows += 1
    return names_of(rows)


def rows_of(pairs: np.ndarray, n: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """How many partners each of the cells with the ids 1 to n has, int64 (n,), and their ids, uint64 (rows, n).

    ``pairs``: ids, (pairs, 2), each pair once. Partners ascend; what is beyond n, or beyond the
    rows, is left out.
    """
    both = np.concatenate([pairs, pairs[:, ::-1]]).astype(np.int64)
    both = both[(both <= n).all(axis=1)]
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    cell = both[:, 0] - 1
    bonds = np.bincount(cell, minlength=n)
    nth = np.arange(len(cell)) - (np.cumsum(bonds) - bonds)[cell]
    attached, fits = np.zeros((rows, n), np.uint64), nth < rows
    attached[nth[fits], cell[fits]] = both[fits, 1]
    return bonds, attached


def pairs_of(columns: Mapping[str, Any]) -> np.ndarray:
    """The ids of the cells that are attached to each other, each pair once, the smaller id first: uint64 (pairs, 2).

    ``columns``: those of a frame, or of a simulation (``simulation.cells``); where cells have no partners, no pairs.
    """
    ids = np.asarray(columns["id"], np.uint64)
    rows = [np.asarray(columns[name]) for name in names_in(columns)]
    pairs = [np.stack([ids[ids < row], row[ids < row]], axis=1) for row in rows]  # no partner is 0, and no id
    found = np.concatenate([np.zeros((0, 2), np.uint64), *pairs])
    return found[np.lexsort((found[:, 1], found[:, 0]))]


def faults_of(columns: Mapping[str, Any]) -> Iterator[str]:
    """What of the bonds of a frame cannot be: a sentence for the first of each kind. Types and shapes are right."""
    ids, bonds, death = (np.asarray(columns[name]) for name in ("id", "bonds", "death"))
    rows = np.array([columns[name] for name in names_in(columns)], np.uint64).reshape(-1, len(ids))
    there = rows != 0
    held = there.sum(axis=0)
    if (wrong := np.flatnonzero(held != bonds)).size:
        i = wrong[0]
        yield f"cell {ids[i]} has {bonds[i]} bonds, and {held[i]} partners"
    if (wrong := np.flatnonzero((bonds > 0) & (death != Death.ALIVE))).size:
        yield f"cell {ids[wrong[0]]} is dead, and attached to {bonds[wrong[0]]} cells"
    later = there[1:] & (rows[1:] <= rows[:-1]) | there[1:] & ~there[:-1]
    if (wrong := np.flatnonzero(later.any(axis=0))).size:
        yield f"the partners of cell {ids[wrong[0]]} do not ascend"
    row, cell = np.nonzero(there)
    said = set(zip(ids[cell].tolist(), rows[row, cell].tolist()))
    if lone := sorted(pair for pair in said if pair[0] == pair[1] or pair[::-1] not in said):
        yield f"cell {lone[0][0]} is attached to {lone[0][1]}, which is not attached to it"
