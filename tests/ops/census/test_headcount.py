"""Living cells of a type are counted, the dead and the others are not, and what was counted before stays."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement

from gputme.ops.census.headcount import example


@pytest.mark.parametrize("seed", range(4))
def test_the_living_of_all_types_are_all_living(seed):
    args = example(700, np.random.default_rng(seed), np.float32) | dict(count=np.zeros(1, np.int64))
    found = [check_agreement("headcount", args | dict(kind=kind))["count"][0] for kind in range(4)]
    assert sum(found) == np.count_nonzero(args["death"] == 0)
    assert found[3] == 0
    assert check_agreement("headcount", args | dict(count=np.full(1, 40)))["count"][0] == 40 + found[args["kind"]]
