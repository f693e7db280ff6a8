"""Who goes: nobody is lost or made, no point holds more than fit, and vessels take whom they should."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.lattice._points import beside
from gputme.ops.lattice.admit import admit, example


@pytest.mark.parametrize("precision", ["fp32", "fp64"])
@given(size=st.integers(1, 300), seed=st.integers(0, 2**32 - 1))
def test_agrees(size, seed, precision):
    real = np.float32 if precision == "fp32" else np.float64
    check_agreement("admit", example(size, np.random.default_rng(seed), real), precision)


@given(size=st.integers(1, 300), seed=st.integers(0, 2**32 - 1))
def test_every_cell_is_on_one_place_or_in_a_vessel(size, seed):
    args = example(size, np.random.default_rng(seed), np.float64)
    n, capacity, before = args["n"], args["capacity"], args["place"] // args["capacity"]
    admit(**args)
    there = np.flatnonzero(args["who"])
    stays = np.flatnonzero(args["group"] == 0)
    np.testing.assert_array_equal(np.sort(args["who"][there] - 1), stays)  # each on one place, and nobody else is
    np.testing.assert_array_equal(args["place"][args["who"][there] - 1], there)
    mine = args["place"][stays][args["type"][stays] == 0] // capacity
    np.testing.assert_array_equal(args["makers"], np.bincount(mine, minlength=len(args["makers"])))
    assert args["groups"][0] == len(np.unique(args["group"][args["group"] > 0]))
    moved = np.setdiff1d(np.flatnonzero(args["place"] // capacity != before), args["movers"][: args["m"]])
    assert len(moved) == 0
    point, nx = args["place"] // capacity, args["nx"]
    moved = (point != before) & (args["group"] == 0)
    np.testing.assert_array_equal(np.floor((args["x"][moved] + 100) / 10), point[moved] % nx)
    np.testing.assert_array_equal(np.floor((args["y"][moved] + 50) / 10), point[moved] // nx)
    assert n == len(stays) + (args["group"] > 0).sum()


def cross(kind: int, opens: int, capacity: int = 4) -> dict:
    """5 x 5 points, full ones in a cross about the middle, which has room for one; one from the left would go."""
    points = beside(12, 5, 5)
    place = np.array([q * capacity + p for q in points for p in range(capacity)][:-1], np.int32)
    place = np.delete(place, capacity - 1)  # of the middle
    who, n = np.zeros(25 * capacity, np.int32), len(place)
    who[place] = 1 + np.arange(n)
    type = np.ones(n, np.uint8)
    mover = int(np.flatnonzero(place // capacity == 11)[0])
    type[mover] = kind
    vessels = np.zeros(25, np.uint8)
    vessels[12] = opens
    args = dict(
        n=n, m=1, nx=5, ny=5, capacity=capacity, side=2, x0=0.0, y0=0.0, spacing=1.0, movers=np.array([mover]),
        way=np.full(n, 2, np.uint8), type=type, opens=vessels, who=who, makers=np.zeros(25, np.int32), place=place,
        x=np.zeros(n), y=np.zeros(n), group=np.zeros(n, np.int32), groups=np.zeros(1, np.int64),
    )  # fmt: skip
    args["makers"][11] = kind == 0
    admit(**args)
    return args


@pytest.mark.parametrize(("kind", "opens", "takes"), [(0, 1, True), (1, 1, False), (0, 2, True), (1, 2, True)])
def test_a_mesenchymal_cell_opens_any_vessel_and_an_epithelial_one_none_that_is_whole(kind, opens, takes):
    """And with it go all on the point and its four neighbours."""
    args = cross(kind, opens)
    assert (args["group"] == int(takes)).all()
    assert args["groups"][0] == takes
    assert (args["who"].any(), args["makers"].sum()) == (not takes, 0)
    if not takes:  # it has gone to the free place
        assert (args["place"] // 4 == 12).sum() == 4


def test_a_full_point_admits_nobody():
    args = cross(0, 0)
    args["movers"], args["way"][:] = np.flatnonzero(args["place"] // 4 == 13)[:1], 1
    before = args["place"].copy()
    admit(**args)
    np.testing.assert_array_equal(args["place"], before)


@pytest.mark.parametrize(("order", "there"), [((0, 1), [2, 1]), ((1, 0), [2, 0])])
def test_who_comes_later_sees_who_has_gone(order, there):
    """Two points of one place each, one cell behind the other: where the one behind comes first, it stays."""
    args = dict(
        n=2, m=2, nx=3, ny=2, capacity=1, side=1, x0=0.0, y0=0.0, spacing=1.0, movers=np.array(order),
        way=np.array([2, 2], np.uint8), type=np.ones(2, np.uint8), opens=np.zeros(6, np.uint8),
        who=np.array([2, 1, 0, 0, 0, 0], np.int32), makers=np.zeros(6, np.int32), place=np.array([1, 0], np.int32),
        x=np.zeros(2), y=np.zeros(2), group=np.zeros(2, np.int32), groups=np.zeros(1, np.int64),
    )  # fmt: skip
    admit(**args)
    assert args["place"].tolist() == there
