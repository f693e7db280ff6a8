"""A roll holds each wanted cell once, and says how many there are."""

from __future__ import annotations

import numpy as np


def test_every_wanted_cell_is_on_the_roll(kernels):
    mark = np.array([1, 0, 2, 1, 3, 0] * 50, np.uint8)
    ids = np.random.default_rng(1).permutation(4000)[: mark.size].astype(np.uint64)
    words = kernels.zeros(126, np.int64)
    kernels.roll(
        n=mark.size, first=0, room=126, least=1, most=2, by_id=1, id=kernels.array(ids, np.uint64),
        mark=kernels.array(mark, np.uint8), words=words,
    )  # fmt: skip
    found = np.array(kernels.host(words))
    bits = (found[:, None] >> np.arange(32)) & 1
    assert np.array_equal(np.flatnonzero(bits.ravel()), np.sort(ids[(mark == 1) | (mark == 2)]))
    assert np.array_equal(found >> 32, bits.sum(axis=1))
