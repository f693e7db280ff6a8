"""Red-black smoothing: a solution stays, one colour moves, fixed voxels do not, colours cover every voxel once."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.fields._operator import colour_mask, gather
from gputme.ops.fields.smooth import example
from gputme.solvers.grids import Grid

SEEDS = st.integers(0, 2**32 - 1)


def shape_of(args: dict) -> tuple[int, int, int]:
    return args["nz"], args["ny"], args["nx"]


@given(seed=SEEDS)
def test_a_solution_stays(seed):
    args = example(300, np.random.default_rng(seed), np.float64)
    shape = shape_of(args)
    zero = np.zeros(shape)
    s, d = gather(shape, args["periodic"], args["varied"], args["rate"], args["links"], args["faces"], zero,
                  args["u"].reshape(shape))  # fmt: skip
    args["b"] = ((d + args["sink"].reshape(shape)) * args["u"].reshape(shape) - s).ravel()
    before = args["u"].copy()
    np.testing.assert_allclose(check_agreement("smooth", args, "fp64")["u"], before, rtol=1e-9)


@given(seed=SEEDS)
def test_touches_one_colour_and_no_fixed_voxel(seed):
    args = example(300, np.random.default_rng(seed), np.float32)
    before = args["u"].copy()
    u = check_agreement("smooth", args)["u"]
    mine = colour_mask(shape_of(args), args["periodic"], args["colour"]).ravel() & (args["sink"] >= 0)
    assert np.array_equal(u[~mine], before[~mine])
    assert not np.any(u[mine] == before[mine])


@given(counts=st.tuples(*[st.integers(1, 6)] * 3), periodic=st.integers(0, 7))
def test_colours_cover_every_voxel_once_and_neighbours_differ(counts, periodic):
    periodic &= sum(1 << axis for axis in range(3) if counts[axis] > 1)
    shape = counts[::-1]
    masks = [colour_mask(shape, periodic, c) for c in Grid(counts, (1.0,) * 3).colours(periodic)]
    if np.prod(counts) == 1:
        assert len(masks) == 1
    assert np.array_equal(sum(m.astype(int) for m in masks), np.ones(shape, int))
    colour = sum(k * m for k, m in enumerate(masks))
    for axis in range(3):
        pairs = colour != np.roll(colour, 1, 2 - axis)
        if not periodic >> axis & 1:
            pairs = np.moveaxis(pairs, 2 - axis, 0)[1:]
        assert pairs.all()
