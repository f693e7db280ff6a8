"""Sensing: linear fields exactly, walls, periodic axes, layers."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.exchange._cloud import grid_of
from gputme.ops.rules.sense import example

SHAPE, SPACING = (5, 4, 6), np.array([20.0, 10.0, 5.0])
SIDES = np.array(SHAPE[::-1]) * SPACING
CENTRES = np.meshgrid(*[(np.arange(m) + 0.5) * h for m, h in zip(SHAPE, SPACING[::-1])], indexing="ij")[::-1]


def sensed(field, where, shape=SHAPE, **options) -> dict:
    """What cells at ``where`` (3, n) sense in a box from the origin, fp64."""
    x, y, z = np.asarray(where, np.float64)
    n = len(x)
    out = {name: np.zeros(n) for name in ("value", "gx", "gy", "gz")}
    args = dict(n=n, **grid_of(shape, SPACING, (0, 0, 0), **options), gradients=n, x=x, y=y, z=z)
    return check_agreement("sense", args | dict(u=np.ascontiguousarray(field).ravel(), **out), "fp64")


slopes = st.lists(st.floats(-1, 1), min_size=3, max_size=3)


@given(slopes, st.integers(0, 2**32 - 1))
def test_a_linear_field_is_sensed_exactly(slope, seed):
    """Values down to half a voxel from the walls, gradients everywhere."""
    rng = np.random.default_rng(seed)
    field = 40 + sum(s * c for s, c in zip(slope, CENTRES))
    inner = SPACING[:, None] / 2 + (SIDES - SPACING)[:, None] * rng.random((3, 50))
    got = sensed(field, inner)
    np.testing.assert_allclose(got["value"], 40 + np.array(slope) @ inner, atol=1e-10)
    anywhere = sensed(field, SIDES[:, None] * rng.random((3, 50)))
    for name, s in zip(("gx", "gy", "gz"), slope):
        np.testing.assert_allclose(got[name], s, atol=1e-10)
        np.testing.assert_allclose(anywhere[name], s, atol=1e-10)


def test_gradient_is_second_order_in_a_smooth_field():
    errors = []
    for m in (16, 32):
        h = 320 / m
        x = (np.arange(m) + 0.5) * h
        field = np.broadcast_to(np.cos(x / 50), (1, 1, m))
        at = np.linspace(100, 200, 31)
        out = {name: np.zeros(31) for name in ("value", "gx", "gy", "gz")}
        args = dict(n=31, **grid_of((1, 1, m), (h, h, h), (0, 0, 0)), gradients=31, x=at, y=0 * at, z=0 * at)
        got = check_agreement("sense", args | dict(u=np.array(field).ravel(), **out), "fp64")
        errors.append(np.abs(got["gx"] + np.sin(at / 50) / 50).max())
    assert errors[1] < 0.3 * errors[0]


def test_gradient_does_not_jump_between_voxels():
    field = np.random.default_rng(3).random(SHAPE)
    for axis in range(3):
        where = np.array(SIDES / 2)[:, None] * np.ones((3, 2))
        where[axis] = (2 + 0.5) * SPACING[axis] + np.array([-1e-9, 1e-9])
        got = sensed(field, where)
        for name in ("gx", "gy", "gz"):
            np.testing.assert_allclose(got[name][0], got[name][1], atol=1e-8)


@given(st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_periodic_axes_have_no_seam(shift, seed):
    rng = np.random.default_rng(seed)
    field, where = rng.random(SHAPE), SIDES[:, None] * rng.random((3, 20))
    moved = where.copy()
    moved[0] = (moved[0] + shift * SPACING[0]) % SIDES[0]
    one = sensed(field, where, periodic=(True, False, False))
    other = sensed(np.roll(field, shift, 2), moved, periodic=(True, False, False))
    for name in one:
        np.testing.assert_allclose(one[name], other[name], atol=1e-10)


def test_a_single_layer_has_no_gradient_across():
    got = sensed(
        np.random.default_rng(1).random((1, 4, 6)), np.random.default_rng(2).random((3, 9)) * 5, (1, 4, 6)
    )
    assert not got["gz"].any()
    assert got["gx"].any()
    assert got["gy"].any()


def test_nearest_senses_the_voxel_of_the_centre():
    field = np.random.default_rng(1).random(SHAPE)
    got = sensed(field, [[47.0], [19.0], [12.0]], nearest=True)
    assert got["value"][0] == field[2, 1, 2]
    assert got["gx"][0] == (field[2, 1, 3] - field[2, 1, 1]) * (0.5 * (1 / 20.0))


def test_gradients_only_where_asked():
    args = example(40, np.random.default_rng(5), np.float32)
    args |= dict(
        gradients=0, gx=np.zeros(0, np.float32), gy=np.zeros(0, np.float32), gz=np.zeros(0, np.float32)
    )
    assert check_agreement("sense", args)["value"].any()
