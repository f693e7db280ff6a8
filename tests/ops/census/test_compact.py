"""Lists of cells: in order, complete, each cell once."""

from __future__ import annotations

import numpy as np
import pytest

from gputme.solvers.lists import Lists


@pytest.mark.parametrize("n", [1, 31, 32, 33, 5000])
def test_a_list_holds_the_wanted_cells_in_the_order_of_their_ids(kernels, n):
    rng = np.random.default_rng(n)
    mark, ids = rng.integers(0, 4, n).astype(np.uint8), rng.permutation(7 * n)[:n].astype(np.uint64)
    wanted = np.flatnonzero(mark == 1)
    args = dict(id=kernels.array(ids, np.uint64), mark=kernels.array(mark, np.uint8))
    got = Lists(kernels).by_id(**args, least=1, most=1, n=n, count=len(wanted), next_id=7 * n)
    assert np.array_equal(kernels.host(got), wanted[np.argsort(ids[wanted])])


@pytest.mark.parametrize("n", [1, 31, 32, 33, 5000])
def test_by_place_the_others_follow_in_their_order(kernels, n):
    """Also of a part of the cells, which does not begin at a word."""
    mark = np.random.default_rng(n).integers(0, 3, n + 45).astype(np.uint8)
    args = dict(id=kernels.zeros(n + 45, np.uint64), mark=kernels.array(mark, np.uint8))
    got = Lists(kernels).by_place(**args, least=0, most=1, first=45, n=n, count=n)
    here = mark[45:] <= 1
    assert np.array_equal(kernels.host(got), 45 + np.concatenate([np.flatnonzero(here), np.flatnonzero(~here)]))
