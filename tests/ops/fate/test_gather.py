"""Gather: a permutation and its inverse give the column back, whatever the type of its elements."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64, np.uint64, np.int64])
def test_a_permutation_and_its_inverse_give_the_column_back(dtype):
    rng = np.random.default_rng(4)
    column, index = rng.integers(0, 200, 500).astype(dtype), rng.permutation(500).astype(np.int32)

    def gathered(values, index):
        source = values.view(np.uint8)
        args = dict(n=500, length=500, width=dtype().itemsize, index=index, source=source)
        args["target"] = np.empty_like(source)
        return check_agreement("gather", args)["target"].view(dtype)

    there = gathered(column, index)
    assert np.array_equal(there, column[index])
    assert np.array_equal(gathered(there, np.argsort(index).astype(np.int32)), column)
