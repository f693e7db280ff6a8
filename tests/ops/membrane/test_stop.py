"""Nobody walks through a membrane that holds; through a gap everybody may."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.membrane._membrane import INSIDE, face
from gputme.ops.membrane.stop import example

GRID = (
    "x0", "y0", "z0", "per_x", "per_y", "per_z", "nx", "ny", "nz", "periodic", "phi", "gx", "gy", "gz", "integrity",
)  # fmt: skip


@given(st.integers(0, 2**32))
def test_walks_do_not_end_beyond_where_it_holds(seed):
    args = example(100, np.random.default_rng(seed), np.float64)
    got = check_agreement("stop", args, "fp64")
    moved = np.array([got[name] != 0 for name in ("dx", "dy", "dz")]).any(axis=0)
    seen = face(*(args[a] + got[f"d{a}"] for a in "xyz"), *(args[name] for name in GRID))
    own = np.where(args["side"] == INSIDE, -1, 1) * seen.phi
    beyond = (own < 0) & (seen.integrity >= args["breach"]) & (args["side"] > 0)
    assert not (beyond & moved).any()


@given(st.integers(0, 2**32))
def test_a_broken_one_stops_nobody(seed):
    args = example(100, np.random.default_rng(seed), np.float64)
    args["integrity"][:] = 0.49
    got = check_agreement("stop", args, "fp64")
    assert all(got[name].tobytes() == args[name].tobytes() for name in ("dx", "dy", "dz"))
