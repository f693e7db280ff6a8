"""In a sub-step the membrane does to cells what it does to all where these stand."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.membrane.resist import example
from gputme.ops.motion._ways import WAY
from gputme.vocabulary import Behaviours

GRID = (
    "nx", "ny", "nz", "x0", "y0", "z0", "per_x", "per_y", "per_z", "periodic", "phi", "gx", "gy", "gz", "integrity",
)  # fmt: skip


@given(st.integers(0, 2**32))
def test_is_what_press_does_where_nobody_moves(seed):
    args, rng = example(60, np.random.default_rng(seed), np.float64) | dict(joins=0), np.random.default_rng(seed)
    n, lines = 60, args["way"].reshape(60, WAY)
    lines[:, [4, 5, 6, 12, 13, 14]] = 0
    lines[:, 8:11] = lines[:, :3]
    radius = rng.uniform(4, 10, n)
    args["slot"][:] = -1
    reach = args["table"].reshape(3, -1)[args["type"], Behaviours.REACH]
    lines[:, 3], lines[:, 7] = radius[args["order"]], (reach * radius)[args["order"]]
    where = np.empty((3, n))
    where[:, args["order"]] = lines[:, :3].T
    conduct = {name: args[name] for name in ("types", "stride", "behaviours", "table", "slot", "ruled", "type", "side")}
    zero = {name: np.zeros(n) for name in ("vx", "vy", "vz", "stiffness")}
    all_of_them = check_agreement(
        "press",
        dict(n=n, measure=0, **{name: args[name] for name in GRID}, **conduct, radius=radius, **zero)
        | dict(zip("xyz", where)),
        "fp64",
    )
    got, some = check_agreement("resist", args, "fp64"), args["order"][args["active"][: args["turn"]]]
    for mine, theirs in (("tx", "vx"), ("ty", "vy"), ("tz", "vz")):
        np.testing.assert_array_equal(got[mine][: args["turn"]], all_of_them[theirs][some])
    beside = check_agreement("resist", args | dict(joins=1), "fp64")
    for mine in ("tx", "ty", "tz"):
        np.testing.assert_array_equal(
            beside[mine][: args["turn"]], args[mine][: args["turn"]] + got[mine][: args["turn"]]
        )
