"""Deposit: nothing is lost, no order matters, the centre of what is deposited is the cell's."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.maths import bits
from gputme.ops.exchange._cloud import grid_of, per_unit
from gputme.ops.exchange.deposit import example

seeds = st.integers(0, 2**32 - 1)


def deposited(args: dict) -> np.ndarray:
    total = check_agreement("deposit", args, "fp64" if args["x"].dtype == np.float64 else "fp32")["total"]
    return total / per_unit(args["peak"][0], args["n"])


def cells_in(shape, spacing, where, value, real=np.float64, **options) -> dict:
    """Arguments for cells at ``where`` (3, n) in a box from the origin."""
    grid = grid_of(shape, spacing, (0, 0, 0), **options)
    x, y, z = np.asarray(where, real)
    value = np.asarray(value, real)
    total = np.zeros(int(np.prod(shape)), np.int64)
    peak = bits(np.abs(value)).max(keepdims=True)
    return dict(n=len(x), **grid, x=x, y=y, z=z, value=value, peak=peak, total=total)


@given(seeds)
def test_the_sum_over_voxels_is_the_sum_over_cells(seed):
    args = example(200, np.random.default_rng(seed), np.float64)
    got, size = deposited(args).sum(), np.abs(args["value"]).sum()
    assert got == pytest.approx(args["value"].sum(), abs=1e-9 * size)


@given(seeds)
def test_the_order_of_cells_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    args = example(200, rng, np.float32)
    before = check_agreement("deposit", args)["total"]
    order = rng.permutation(200)
    after = check_agreement("deposit", args | {name: args[name][order] for name in ("x", "y", "z", "value")})[
        "total"
    ]
    assert np.array_equal(before, after)


@given(st.lists(st.floats(0.5, 3.5), min_size=3, max_size=3))
def test_the_centre_of_a_deposit_is_the_cell(voxels):
    """Away from walls, with sides that differ."""
    spacing = np.array([20.0, 10.0, 5.0])
    got = deposited(
        cells_in((4, 4, 4), spacing, np.array(voxels)[:, None] * spacing[:, None], [2.0])
    ).reshape(4, 4, 4)
    centres = np.array(np.meshgrid(*[(np.arange(4) + 0.5) * h for h in spacing[::-1]], indexing="ij"))[::-1]
    np.testing.assert_allclose((centres * got).sum((1, 2, 3)) / 2, voxels * spacing, rtol=1e-8)


def test_nearest_gives_all_to_the_voxel_of_the_centre():
    got = deposited(cells_in((1, 3, 4), (10, 10, 10), [[25.1], [19.9], [5]], [3.0], nearest=True)).reshape(
        3, 4
    )
    assert got[1, 2] == 3.0
    assert np.count_nonzero(got) == 1


def test_walls_clamp_and_periodic_axes_wrap():
    where = [[1.0], [5.0], [5.0]]
    wall = deposited(cells_in((1, 1, 4), (10, 10, 10), where, [1.0]))
    wrapped = deposited(cells_in((1, 1, 4), (10, 10, 10), where, [1.0], periodic=(True, False, False)))
    np.testing.assert_allclose(wall, [1, 0, 0, 0], atol=1e-9)
    np.testing.assert_allclose(wrapped, [0.6, 0, 0, 0.4], atol=1e-9)


@pytest.mark.parametrize("value", [1e-25, 1.0, 1e25])
def test_any_number_of_cells_of_any_size_fits_one_voxel(value):
    n = 20_000
    got = deposited(cells_in((1, 1, 1), (10, 10, 10), np.full((3, n), 5.0), np.full(n, value)))
    assert got[0] == pytest.approx(n * value, rel=1e-12)
