"""In a sub-step a spring pulls as it does where all stand at that time."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.bonds.springs import springs
from gputme.ops.bonds.tug import example


@given(size=st.integers(2, 150), seed=st.integers(0, 2**32 - 1))
def test_it_is_what_springs_do_at_that_time(size, seed):
    args = example(size, np.random.default_rng(seed), np.float64)
    already = {name: args["joins"] * args[name] for name in ("tx", "ty", "tz")}
    got = check_agreement("tug", args, "fp64")
    t, lines = args["minutes"] * args["now"] / 2 ** args["top"], args["way"].reshape(-1, 2, 8)
    which = (args["now"] - 1) >> (args["top"] - lines[:, 1, 3].astype(int)) & 1
    line = lines[np.arange(size), which]
    x, y, z = ((line[:, axis] + line[:, 4 + axis] * t)[args["place"]] for axis in range(3))
    v = {name: np.zeros(size) for name in ("vx", "vy", "vz", "stiffness")}
    names = ("n", "rows", "wx", "wy", "wz", "types", "affinity", "stride", "behaviours", "table", "slot", "ruled",
             "type", "mate")  # fmt: skip
    springs(measure=0, x=x, y=y, z=z, **{name: args[name] for name in names}, **v)
    i = args["order"][args["active"][: args["turn"]]]
    for axis in "xyz":
        np.testing.assert_allclose(
            got[f"t{axis}"][: args["turn"]], v[f"v{axis}"][i] + already[f"t{axis}"][: args["turn"]], atol=1e-9
        )
