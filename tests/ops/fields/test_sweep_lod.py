"""A3: a sweep of the split scheme is the dense solve of every line's tridiagonal system."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.fields.sweep_lod import thomas_factors


@pytest.mark.parametrize(("precision", "tolerance"), [("fp32", 1e-5), ("fp64", 1e-12)])
@pytest.mark.parametrize("n", [2, 7, 64, 1024])
@given(seed=st.integers(0, 2**32 - 1), axis=st.integers(0, 2))
def test_a3_equals_a_dense_solve(measured, n, precision, tolerance, seed, axis):
    rng = np.random.default_rng(seed)
    real = np.float32 if precision == "fp32" else np.float64
    lower, upper = rng.uniform(0, 50, (2, n))
    lower[0] = upper[-1] = 0
    diagonal, inflow = 1.03 + lower + upper + rng.uniform(0, 1, n), rng.uniform(0, 5, n)
    lines = 3
    field = rng.uniform(0, 38, (lines, n))
    matrix = np.diag(diagonal) - np.diag(lower[1:], -1) - np.diag(upper[:-1], 1)
    expected = np.linalg.solve(matrix, (field + inflow).T)  # (n, lines)
    args = dict(
        axis=axis, count=n, lines=lines, stride=(1, lines, lines)[axis],
        factors=thomas_factors(lower, diagonal, upper, inflow).ravel().astype(real),
        u=(field if axis == 0 else field.T).ravel().astype(real),
    )  # fmt: skip
    u = check_agreement("sweep_lod", args, precision)["u"]
    got = u.reshape(lines, n).T if axis == 0 else u.reshape(n, lines)
    error = np.abs(got - expected).max() / np.abs(expected).max()
    points, bound = {precision: ([n], [max(error, 1e-17)])}, {precision: ([2, 1024], [tolerance, tolerance])}
    measured.panel("A3", "sweeps against a dense solve", "unknowns", "error", points, bound, "xy")
    measured("A3", f"error over the largest value, n = {n}, {precision}", 0, error, tolerance)
