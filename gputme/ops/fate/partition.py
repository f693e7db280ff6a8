"""What division does to everything that a cell carries, column by column, as it is declared (`gputme.columns`):

    COPY   both daughters have what the mother had;
    HALVE  each has half: exactly, or, of a whole number, the mother keeps the larger half;
    RESET  both begin with ``start``, as founders do;
    BEGIN  the new cell begins with ``start``, the mother goes on.

The mother stays in her place, daughter k gets place n + k. Columns come as three lists, by type: real, 64-bit and 8-bit
whole numbers. ``divide`` then says who the daughters are and where they stand.
"""

from __future__ import annotations

import numpy as np

from gputme.columns import Division
from gputme.maths import flush

__all__ = ["AGREEMENT", "example", "partition"]

AGREEMENT = "bitwise"
GRAIN = 4096


def partition(m, n, reals, words, octets, law, start, mothers, real_columns, word_columns, byte_columns):
    """Divide the values of the cells at places ``mothers`` (m,) in every column (n + m,), by its law and start, of
    which there is one per column in the order of the lists."""
    i, d = mothers[:m], slice(n, n + m)
    columns = [*real_columns[:reals], *word_columns[:words], *byte_columns[:octets]]
    for column, how, begin in zip(columns, law, start):
        old = column[i]
        match how:
            case Division.COPY:
                column[d] = old
            case Division.HALVE if old.dtype.kind == "f":
                column[d] = column[i] = flush(old * old.dtype.type(0.5))
            case Division.HALVE:
                column[d] = old >> 1
                column[i] = old - (old >> 1)
            case Division.RESET:
                column[d] = column[i] = begin
            case Division.BEGIN:
                column[d] = begin


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Half of the cells divide; every type of column with every law, once or twice."""
    n, m = size, (size + 1) // 2
    room = n + m + 3
    laws = [law for law in Division if law is not Division.OWN]
    law, columns = [], []
    for kind in (real, np.int64, np.uint8):
        mine = np.resize(rng.permutation(laws), len(laws) + rng.integers(len(laws)))
        values = rng.normal(0, 99, (len(mine), room)) if kind is real else rng.integers(0, 256, (len(mine), room))
        values = values * rng.integers(-(2**50), 2**50) if kind is np.int64 else values
        law, columns = [*law, *mine], [*columns, list(values.astype(kind))]
    reals, words, octets = map(len, columns)
    return dict(
        m=m, n=n, reals=reals, words=words, octets=octets, law=np.array(law, np.int32),
        start=rng.integers(0, 9, len(law)).astype(np.float64), mothers=rng.choice(n, m, replace=False),
        **dict(zip(("real_columns", "word_columns", "byte_columns"), columns)),
    )  # fmt: skip
