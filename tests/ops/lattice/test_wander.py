"""Where cells would go: chances that are chances, and as many as they say."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.lattice.wander import chances, example, wander


@pytest.mark.parametrize("precision", ["fp32", "fp64"])
@given(size=st.integers(1, 300), seed=st.integers(0, 2**32 - 1))
def test_agrees(size, seed, precision):
    real = np.float32 if precision == "fp32" else np.float64
    check_agreement("wander", example(size, np.random.default_rng(seed), real), precision)


@given(size=st.integers(1, 300), seed=st.integers(0, 2**32 - 1))
def test_chances_are_not_negative_and_nobody_leaves_the_lattice(size, seed):
    args = example(size, np.random.default_rng(seed), np.float64)
    nx, ny, point = args["nx"], args["ny"], args["place"] // args["capacity"]
    found = chances(nx, ny, args["jump"], args["drift"], args["type"], point, args["matrix"])
    assert (found >= 0).all()
    assert (found.sum(axis=0) <= 1).all()
    for way, at_edge in enumerate((point % nx == 0, point % nx == nx - 1, point // nx == 0, point // nx == ny - 1)):
        assert (found[way, at_edge] == 0).all()
    wander(**args)
    assert (found[:, args["way"] > 0][args["way"][args["way"] > 0] - 1, np.arange((args["way"] > 0).sum())] > 0).all()


def one_point(matrix: np.ndarray, kind: int, n: int, x: int = 1, y: int = 1, tick: int = 5) -> np.ndarray:
    """How often each of n cells on a point of a lattice stays and goes left, right, to the bottom and to the top."""
    ny, nx = matrix.shape
    args = dict(
        n=n, nx=nx, ny=ny, capacity=1, types=2, seed=3, tick=tick, jump=np.array([0.12, 0.06]),
        drift=np.array([0.15, 0.15]), id=np.arange(1, n + 1, dtype=np.uint64), type=np.full(n, kind, np.uint8),
        place=np.full(n, y * nx + x, np.int32), matrix=matrix.ravel(), way=np.zeros(n, np.uint8),
        turn=np.zeros(n, np.uint64),
    )  # fmt: skip
    wander(**args)
    return np.bincount(args["way"], minlength=5)


@pytest.mark.parametrize("kind", [0, 1])
@pytest.mark.parametrize(("x", "y"), [(1, 1), (0, 1), (2, 2)])
def test_a_cell_goes_as_often_as_its_chances_say(kind, x, y):
    """Against the formula written out; the slope along y makes a chance of an epithelial cell negative."""
    n, w = 200_000, np.array([[0.0, 0.1, 0.0], [0.3, 0.7, 0.6], [0.9, 0.95, 1.0]])
    free, up = (0.12, 0.06)[kind], 0.15
    along = w[y, x + 1] - w[y, x - 1] if 0 < x < 2 else 0.0
    across = w[y + 1, x] - w[y - 1, x] if 0 < y < 2 else 0.0
    raw = [free - up * along, free + up * along, free - up * across, free + up * across]
    inside = [x > 0, x < 2, y > 0, y < 2]
    expected = np.array([max(p, 0.0) * there for p, there in zip(raw, inside)])
    expected = np.array([1 - expected.sum(), *expected])
    found = one_point(w, kind, n, x, y) / n
    error = 4.5 * np.sqrt(expected * (1 - expected) / n)
    assert (np.abs(found - expected) <= error).all(), (found, expected)
    if kind == 1 and (x, y) == (1, 1):
        assert min(raw) < 0
        assert found[3] == 0


def test_turns_are_a_fair_order_and_differ_from_step_to_step():
    """Over many steps each of two cells that would go is the first as often."""
    first, both = 0, 0
    for tick in range(3000):
        args = dict(
            n=2, nx=3, ny=3, capacity=2, types=2, seed=9, tick=tick, jump=np.array([0.25, 0.25]), drift=np.zeros(2),
            id=np.array([1, 2], np.uint64), type=np.zeros(2, np.uint8), place=np.array([8, 9], np.int32),
            matrix=np.ones(9), way=np.zeros(2, np.uint8), turn=np.zeros(2, np.uint64),
        )  # fmt: skip
        wander(**args)
        both += args["way"].all()
        first += args["turn"][0] < args["turn"][1]
    assert both == 3000
    assert abs(first - 1500) < 4 * np.sqrt(3000) / 2
