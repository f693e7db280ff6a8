"""One column in another order:  target[i] = source[index[i]],  elements of 1, 4 or 8 bytes.

Brings the cells into bin order. Columns come as bytes (``column.view(uint8)``).
"""

from __future__ import annotations

import numpy as np

__all__ = ["AGREEMENT", "example", "gather"]

AGREEMENT = "exact"
_WORDS = {1: np.uint8, 4: np.uint32, 8: np.uint64}


def gather(n, length, width, index, source, target):
    """target (n*width,) bytes from source (length*width,) bytes; index (n,): element of the source."""
    word = _WORDS[width]
    target[: n * width].view(word)[:] = source[: length * width].view(word)[index[:n]]


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Some elements of a column, in any order."""
    width = int(rng.choice([1, 4, 8]))
    return dict(
        n=size, length=2 * size, width=width, index=rng.permutation(2 * size)[:size].astype(np.int32),
        source=rng.integers(0, 256, 2 * size * width).astype(np.uint8),
        target=np.zeros(size * width, np.uint8),
    )  # fmt: skip
