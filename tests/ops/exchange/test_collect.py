"""Bookings: what all cells gain is what all voxels lose."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.maths import bits
from gputme.ops.exchange._cloud import per_unit
from gputme.ops.exchange.collect import example


@pytest.mark.parametrize(("precision", "rtol"), [("fp32", 2e-6), ("fp64", 1e-9)])
@given(seed=st.integers(0, 2**32 - 1))
def test_cells_gain_what_voxels_lose(precision, rtol, seed):
    args = example(300, np.random.default_rng(seed), np.float32 if precision == "fp32" else np.float64)
    args["internal"][:] = 0
    gained = check_agreement("collect", args, precision)["internal"].astype(np.float64)
    grid = {name: args[name] for name in args if name not in ("amount", "taking", "giving", "u", "internal")}
    voxel = {}
    for name in ("taking", "giving"):
        peak = bits(args[name]).max(keepdims=True)
        empty = np.zeros(len(args["u"]), np.int64)
        total = check_agreement("deposit", grid | dict(value=args[name], peak=peak, total=empty), precision)[
            "total"
        ]
        voxel[name] = total / per_unit(peak[0], args["n"])
    lost = (voxel["taking"] * args["u"] - voxel["giving"]) * args["amount"]
    assert gained.sum() == pytest.approx(lost.sum(), abs=rtol * np.abs(gained).sum())


def test_a_cell_adds_to_what_it_has():
    args = example(10, np.random.default_rng(1), np.float64)
    before = args["internal"].copy()
    args["taking"][:], args["giving"][:] = 0, 2.0
    after = check_agreement("collect", args, "fp64")["internal"]
    np.testing.assert_allclose(after, before - 2.0 * args["amount"])
