"""Several fields at once are each what it is alone."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.rules.sense import sense
from gputme.ops.rules.sense_all import example


@given(size=st.integers(1, 90), seed=st.integers(0, 2**32 - 1))
def test_each_field_is_sensed_as_alone_and_other_rows_stay(size, seed):
    args = example(size, np.random.default_rng(seed), np.float32)
    before, stride = args["sensed"].copy(), args["stride"]
    got = check_agreement("sense_all", args)["sensed"].reshape(4, stride)
    grid = {name: args[name] for name in (
        "n", "nx", "ny", "nz", "x0", "y0", "z0", "per_x", "per_y", "per_z", "periodic", "nearest", "x", "y", "z",
    )}  # fmt: skip
    real = np.float32
    grid |= {name: real(grid[name]) for name in ("x0", "y0", "z0", "per_x", "per_y", "per_z")}
    for row, u in zip(args["row"], args["field"]):
        alone = np.zeros(size, real)
        sense(**grid, gradients=0, u=u, value=alone, gx=None, gy=None, gz=None)
        assert got[row, :size].tobytes() == alone.tobytes()
        assert got[row, size:].tobytes() == before.reshape(4, stride)[row, size:].tobytes()
    other = ({0, 1, 2, 3} - set(args["row"].tolist())).pop()
    assert got[other].tobytes() == before.reshape(4, stride)[other].tobytes()
