"""The roll of the cells that are wanted: a bit for each, at its id or its place, and how many there are in each word.

    words[key // 32] += 2^32 + 2^(key mod 32)

for the cells at places first .. first + n - 1 whose mark lies between ``least`` and ``most``; key: the id, or the
place less ``first``. Keys are unique, so sums set bits, in any order. With running sums of the upper halves,
:mod:`gputme.ops.census.compact` makes a list of it, and the host never asks how many there are.
"""

from __future__ import annotations

import numpy as np

__all__ = ["AGREEMENT", "by_id", "example", "few", "keys_of", "roll", "words_for"]

AGREEMENT = "exact"


def words_for(keys: int) -> int:
    """Words of a roll whose keys are less than ``keys``."""
    return int(keys) // 32 + 1


def keys_of(n, first, least, most, by_id, id, mark):
    """Places of the cells that are wanted, and their keys."""
    here = mark[first : first + n]
    places = first + np.flatnonzero((here >= least) & (here <= most))
    return places, id[places].astype(np.int64) if by_id else places - first


def roll(n, first, room, least, most, by_id, id, mark, words):
    """Enter cells into words (room,), which are zero before."""
    _, keys = keys_of(n, first, least, most, by_id, id, mark)
    np.add.at(words, keys >> 5, (1 << 32) + (1 << (keys & 31)))


def few(ids: np.ndarray) -> np.ndarray:
    """Ids of examples, from 2^33 on, as ones that a roll has room for, with gaps: 1, 4, 7, ..."""
    return 3 * (ids - np.uint64(2**33)) + np.uint64(1)


def by_id(id: np.ndarray) -> dict:
    """The roll of all cells, and them in the order of their ids, as solvers have them: for examples."""
    key, room = id.astype(np.int64), words_for(int(id.max(initial=0)) + 1)
    words = np.zeros(room, np.int64)
    np.add.at(words, key >> 5, (1 << 32) + (1 << (key & 31)))
    return dict(room=room, words=words, before=np.cumsum(words >> 32), order=np.argsort(id, kind="stable"))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Marks from 0 to 3, some wanted; ids up to three times as many as there are cells."""
    first, least = int(rng.integers(0, 40)), int(rng.integers(0, 3))
    ids = rng.permutation(3 * (size + first) + 1)[: size + first].astype(np.uint64)
    room = words_for(3 * (size + first) + 1)
    return dict(
        n=size, first=first, room=room, least=least, most=int(rng.integers(least, 4)), by_id=int(rng.integers(2)),
        id=ids, mark=rng.integers(0, 4, size + first).astype(np.uint8), words=np.zeros(room, np.int64),
    )  # fmt: skip
