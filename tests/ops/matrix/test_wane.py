"""Where no cell is, the matrix is lost exponentially, whatever the step, and what is booked is what changed."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.matrix._digest import digested
from gputme.ops.matrix.wane import example
from gputme.voxels import QUANTUM


def nothing_from_afar(real: type = np.float32) -> dict:
    return dict(digests=0, digestion=np.zeros(0, real), u=[])


@pytest.mark.parametrize("steps", [1, 10, 120])
def test_is_lost_exponentially_whatever_the_step(steps):
    args = example(50, np.random.default_rng(1), np.float64) | {"dt": 60 / steps, "turnover": 2.4e-5}
    afar = digested(args["digests"], args["digestion"], args["u"], slice(50), np.dtype(np.float64))
    rate = (afar + args["turnover"]) / (1 + args["resistance"] * args["crosslink"])
    density = args["density"]
    for _ in range(steps):
        density = check_agreement("wane", args | {"density": density}, "fp64")["density"]
    here = args["keeper"] >= args["first"]
    assert 0 < here.sum() < 50
    np.testing.assert_allclose(density[~here], (args["density"] * np.exp(-60 * rate))[~here], rtol=1e-9, atol=1e-29)
    assert (density[here] == args["density"][here]).all()


@given(st.integers(0, 2**32))
def test_books_what_changed_and_stays_within_limits(seed):
    for precision, real in (("fp32", np.float32), ("fp64", np.float64)):
        args = example(64, np.random.default_rng(seed), real)
        got = check_agreement("wane", args, precision)
        laid, broken = (got["books"] - args["books"]) * QUANTUM
        change = got["density"].astype(np.float64) - args["density"]
        assert laid - broken == pytest.approx(change.sum(), abs=128 * QUANTUM)
        assert broken >= 0
        assert ((got["density"] >= 0) & (got["density"] <= 1)).all()


def test_what_nothing_breaks_down_stays_as_it_is():
    args = example(64, np.random.default_rng(1), np.float32) | {"turnover": 0.0}
    args |= nothing_from_afar()
    got = check_agreement("wane", args, "fp32")
    for name in ("density", "books"):
        assert got[name].tobytes() == args[name].tobytes(), name


def test_increments_below_half_an_ulp_are_kept_in_fp32():
    """A density of 1/2 that loses 1e-9 of itself a step would stand still if it were rounded to the nearest."""
    n = 4000
    args = example(n, np.random.default_rng(2), np.float32)
    args |= {"turnover": 1e-8, "dt": 1.0, "crosslinks": 0, "keeper": np.zeros(n, np.int32)} | nothing_from_afar()
    args["density"] = np.full(n, 0.5, np.float32)
    for tick in range(20):
        got = check_agreement("wane", args | {"tick": tick * 1024}, "fp32")
        args |= {"density": got["density"], "books": got["books"]}
    lost = 0.5 - args["density"].astype(np.float64)
    assert lost.mean() == pytest.approx(1e-7, abs=4 * lost.std() / np.sqrt(n))


@pytest.mark.parametrize("precision", ["fp32", "fp64"])
@pytest.mark.parametrize("loss", [0.0, 1e-300, 0.339, 0.341, 0.3466, 5.0, 800.0])
def test_slow_and_fast_losses_follow_the_same_law(precision, loss):
    """The kernel tells blocks where all of them are slow from others, and passes over those where there is none."""
    real = np.float32 if precision == "fp32" else np.float64
    args = example(700, np.random.default_rng(3), real) | nothing_from_afar(real)
    args |= {"turnover": loss, "dt": 1.0, "crosslinks": 0, "keeper": np.zeros(700, np.int32)}
    args["density"] = np.full(700, 0.5, real)
    got = check_agreement("wane", args, precision)["density"]
    np.testing.assert_allclose(got, 0.5 * np.exp(-loss), rtol=1e-6 if precision == "fp32" else 1e-12, atol=1e-30)


def test_what_several_substrates_break_down_adds_up():
    """Each at its rate, in proportion to what there is of it."""
    u = np.random.default_rng(4).random((3, 300))
    args = example(300, np.random.default_rng(4), np.float64) | {"turnover": 1e-3, "dt": 2.0, "crosslinks": 0}
    args |= {"digests": 3, "digestion": np.array([0.1, 0.02, 3.0]), "u": list(u), "keeper": np.zeros(300, np.int32)}
    args["density"] = np.full(300, 0.8)
    expected = 0.8 * np.exp(-2 * (1e-3 + args["digestion"] @ u))
    np.testing.assert_allclose(check_agreement("wane", args, "fp64")["density"], expected, rtol=1e-12)
