"""A cell changes its side only where the membrane no longer holds."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.membrane.cross import example


@given(st.integers(0, 2**32))
def test_where_it_holds_everybody_stays_on_their_side(seed):
    args = example(100, np.random.default_rng(seed), np.float64)
    args["integrity"][:] = 0.5
    for name, value in zip(("gx", "gy", "gz"), (1.0, 0.0, 0.0)):
        args[name][:] = value
    got = check_agreement("cross", args, "fp64")["side"]
    known = args["side"] > 0
    assert (got[known] == args["side"][known]).all()
    assert (got > 0).all()


@given(st.integers(0, 2**32))
def test_where_it_is_gone_everybody_is_where_they_stand_and_touches_nothing(seed):
    args = example(100, np.random.default_rng(seed), np.float64)
    args["integrity"][:] = 0
    args["phi"][:] = np.abs(args["phi"]) + 1e-3
    got = check_agreement("cross", args, "fp64")
    assert (got["side"] == 1).all()
    assert not got["touch"].any()
