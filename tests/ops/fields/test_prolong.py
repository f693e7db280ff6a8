"""Prolongation: linear functions between centres stay linear, fixed voxels do not move."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.fields.prolong import example
from gputme.solvers.axis import Axis, Face

SEEDS = st.integers(0, 2**32 - 1)


@given(seed=SEEDS)
def test_fixed_voxels_keep_their_value(seed):
    args = example(300, np.random.default_rng(seed), np.float32)
    before, fixed = args["u"].copy(), args["sink"] < 0
    u = check_agreement("prolong", args)["u"]
    assert np.array_equal(u[fixed], before[fixed])


@given(
    counts=st.tuples(*[st.integers(1, 9)] * 3),
    halved=st.tuples(*[st.booleans()] * 3),
    slopes=st.tuples(*[st.floats(-2, 2)] * 3),
    low=st.sampled_from([Face(fixed=0.0), Face(permeability=50.0, outside=0.0)]),
)
def test_interpolates_what_is_linear_up_to_the_wall(counts, halved, slopes, low):
    """A product of lines that reach 0 where the lower wall's condition puts it, with no flux at the upper wall."""
    fine, coarse = [], []
    for n, halve in zip(counts, halved):
        axis = Axis.uniform(n, 20.0, 1e3, (low, Face()), (False, False))
        fine.append(axis)
        coarse.append(axis.coarser(halve and n > 1))
    cx, cy, cz = (len(a.widths) for a in coarse)
    weights = [a.interpolation(c, len(a.widths) > len(c.widths)) for a, c in zip(fine, coarse)]
    gap = fine[0].gaps[0]

    def field(axes):
        x, y, z = ((a.centres + gap) * s for a, s in zip(axes, slopes))
        return (z[:, None, None] * y[:, None] * x).ravel()

    args = dict(
        zip(("nx", "ny", "nz"), counts), cx=cx, cy=cy, cz=cz, periodic=0, held=0,
        near=np.concatenate([w[0] for w in weights]), far=np.concatenate([w[1] for w in weights]),
        sink=np.zeros(np.prod(counts)), coarse_u=field(coarse), u=np.zeros(np.prod(counts)),
    )  # fmt: skip
    u = check_agreement("prolong", args, "fp64")["u"].reshape(counts[::-1])
    inner = np.ones(counts[::-1], bool)
    for axis, (n, c) in enumerate(zip(counts, (cx, cy, cz))):
        if c < n and n % 2 == 0:  # beyond the last coarse centre a correction without flux is constant, not linear
            np.moveaxis(inner, 2 - axis, 0)[-1] = False
    expected = field(fine).reshape(inner.shape)
    np.testing.assert_allclose(u[inner], expected[inner], rtol=1e-9, atol=1e-9)


@given(seed=SEEDS)
def test_a_constant_correction_stays_constant_without_walls(seed):
    rng = np.random.default_rng(seed)
    args = example(200, rng, np.float64)
    args["coarse_u"][:] = 3.0
    before = args["u"].copy()
    free = (args["sink"] >= 0) | (args["held"] == 0)
    u = check_agreement("prolong", args, "fp64")["u"]
    np.testing.assert_allclose(u[free], before[free] + 3.0, rtol=1e-12)
