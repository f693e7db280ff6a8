"""Partners are found by id wherever they lie in memory, and only where both live and name each other."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.bonds.mates import example


@given(size=st.integers(2, 200), seed=st.integers(0, 2**32 - 1))
def test_bonds_are_symmetric_and_among_the_living(size, seed):
    args = example(size, np.random.default_rng(seed), np.float32)
    mate = check_agreement("mates", args)["mate"].reshape(args["rows"], size)
    attached = args["attached"].reshape(args["rows"], size)
    found = {(int(i), int(mate[r, i])) for r, i in zip(*np.nonzero(mate >= 0))}
    assert found == {(j, i) for i, j in found}
    assert not any(args["death"][i] for pair in found for i in pair)
    ids, rows = args["id"].tolist(), [set(row) - {0} for row in attached.T.tolist()]
    alive = [i for i in range(size) if not args["death"][i]]
    assert found == {(i, j) for i in alive for j in alive if ids[j] in rows[i] and ids[i] in rows[j]}
