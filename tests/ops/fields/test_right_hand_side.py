"""The right-hand side and the exact income: what comes in is what the matrix does not hold."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st
from operators import dense, passed_on

from gputme.ops.fields._operator import income_unit, wall_terms
from gputme.ops.fields.right_hand_side import example


def walls(args: dict, name: str) -> np.ndarray:
    shape = args["nz"], args["ny"], args["nx"]
    terms = wall_terms(shape, args["varied"], args[name], args["faces"], outward=name == "wall_loss")
    return np.broadcast_to(terms, shape).ravel()


@given(seed=st.integers(0, 2**32 - 1))
def test_equals_the_assembled_terms(seed):
    args = example(120, np.random.default_rng(seed), np.float64)
    matrix = dense(args | dict(sink=np.zeros_like(args["sink"])))
    u, free = args["u"], args["sink"] >= 0
    come = u * args["per_dt"] + args["source"] + walls(args, "wall_gain")
    flux = -matrix @ u if args["explicit_flux"] else 0 * u
    from_fixed = -(matrix - np.diag(np.diag(matrix)))[:, ~free]
    income = come + from_fixed @ u[~free]
    if args["explicit_flux"]:
        income -= (walls(args, "wall_loss") + passed_on(args)[:, ~free].sum(axis=1)) * u
    out = check_agreement("right_hand_side", args, "fp64")
    np.testing.assert_allclose(out["b"], come + flux, rtol=1e-9, atol=1e-6)
    got = out["income"][0] / income_unit(args["sizes"], args["fastest"], args["inflow"], args["room"])
    np.testing.assert_allclose(got, income[free].sum(), rtol=1e-9, atol=1e-3)


@given(seed=st.integers(0, 2**32 - 1))
def test_income_does_not_feel_the_rounding_of_b(seed):
    """In single precision the income still is the sum of the terms, not of the rounded right-hand side."""
    args = example(300, np.random.default_rng(seed), np.float32)
    args |= dict(explicit_flux=0, held=0, sink=np.zeros_like(args["sink"]), per_dt=1 / 3)
    terms = args["u"].astype(float) / 3 + args["source"].astype(float)
    terms += walls(args, "wall_gain")
    out = check_agreement("right_hand_side", args)
    unit = income_unit(args["sizes"], args["fastest"], args["inflow"], args["room"])
    assert abs(out["income"][0] / unit - terms.sum()) <= terms.size / unit
