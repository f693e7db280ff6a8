"""Exchange coefficients: the field's equation, death, saturation, and target A6."""

from __future__ import annotations

import math

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.maths import from_bits
from gputme.ops.exchange.exchange import example

SECRETION, TARGET, UPTAKE, EXPORT = range(4, 8)  # example(): first = 4 of 9 behaviours


def plain(n: int, **values: float) -> dict:
    """n living cells of 2000 um3 in one voxel of 8000 um3, one type's behaviours set by name, no rules."""
    args = example(n, np.random.default_rng(0), np.float64)
    args |= dict(saturates=1, demands=1, types=1, table=np.zeros(2 * 9), vmax=np.zeros(2), km=np.ones(2))
    args |= dict(nx=1, ny=1, nz=1, periodic=0, nearest=0, u=np.array([values.pop("u", 1.0)]))
    args["slot"][:] = -1
    args["type"][:] = args["death"][:] = 0
    for name, volume in (("fluid", 1500), ("nuclear", 200), ("cytoplasmic", 300)):
        args[name][:] = volume
    args["km"][:] = values.pop("km", 1.0)
    args["vmax"][:] = values.pop("vmax", 0.0)
    behaviours = args["table"].reshape(2, -1)
    for number, name in (
        (SECRETION, "secretion"),
        (TARGET, "target"),
        (UPTAKE, "uptake"),
        (EXPORT, "export"),
    ):
        behaviours[0, number] = values.pop(name, 0.0)
    assert not values
    return args


def test_living_cells_secrete_take_up_and_export():
    got = check_agreement("exchange", plain(3, secretion=2, target=5, uptake=10, export=40), "fp64")
    np.testing.assert_allclose(got["taking"], 0.25 * (2 + 10))
    np.testing.assert_allclose(got["giving"], 0.25 * 2 * 5 + 40 / 8000)


@pytest.mark.parametrize("field", [-0.01, -2.0, -5.0])
def test_nothing_taken_is_negative_where_an_iterate_falls_below_zero(field):
    """vmax / (km + u) would change its sign at -km: below 0 the uptake goes on with the slope that it has there."""
    got = check_agreement("exchange", plain(3, vmax=8, km=2, u=field), "fp64")
    np.testing.assert_allclose(got["taking"], 0.25 * 8 / 2)
    assert not got["easing"].any()
    assert from_bits(got["peaks"][0]) >= got["taking"].max()


def test_the_dead_do_what_the_table_says_of_the_dead_or_a_rule_of_each():
    args = plain(4, secretion=2, target=5, uptake=10, export=40, vmax=6, km=2)
    args["death"][:] = 0, 1, 2, 3
    dead = args["table"].reshape(2, -1)[1]
    dead[[SECRETION, TARGET, UPTAKE]], args["vmax"][1] = (0, 5, 1), 0.6
    got = check_agreement("exchange", args, "fp64")
    np.testing.assert_allclose(got["taking"], 0.25 * np.array([12 + 2, 1.2, 1.2, 1.2]))
    np.testing.assert_allclose(got["giving"], [0.25 * 10 + 40 / 8000, 0, 0, 0])

    args["slot"][[SECRETION, UPTAKE]] = 1, 0
    args["ruled"], args["stride"] = np.array([7.0, 7, 7, 7, 3, 3, 3, 0]), 4
    got = check_agreement("exchange", args, "fp64")  # what a rule has set is not scaled
    np.testing.assert_allclose(got["taking"], 0.25 * np.array([10 + 2, 10.2, 10.2, 7.2]))
    np.testing.assert_allclose(got["giving"], 0.25 * 5 * np.array([3, 3, 3, 0]) + 40 / 8000 * np.array([1, 0, 0, 0]))


def test_a_negative_export_is_a_demand_and_gives_nothing():
    got = check_agreement("exchange", plain(3, export=-40), "fp64")
    np.testing.assert_allclose(got["demand"], 40 / 8000)
    assert not got["giving"].any()
    assert not got["taking"].any()


@given(seed=st.integers(0, 2**32 - 1))
def test_easing_is_minus_u_times_the_slope_of_taking(seed):
    args = example(30, np.random.default_rng(seed), np.float64) | dict(saturates=1, nearest=1)
    args["u"] = np.random.default_rng(seed).uniform(0.5, 38, args["u"].size)
    got = check_agreement("exchange", args, "fp64")
    assert (got["easing"] <= got["taking"] * (1 + 1e-12)).all()
    step = 1e-6
    more, less = (
        check_agreement("exchange", args | dict(u=args["u"] * f), "fp64")["taking"] for f in (1 + step, 1 - step)
    )
    slope = (less - more) / (2 * step)  # du/u
    np.testing.assert_allclose(got["easing"], slope, rtol=1e-4, atol=1e-6 * got["taking"].max())


@given(st.floats(0, 100))
def test_michaelis_menten_uptake_saturates(u):
    got = check_agreement("exchange", plain(1, uptake=1, vmax=6, km=2, u=u), "fp64")
    np.testing.assert_allclose(got["taking"], 0.25 * (1 + 6 / (2 + u)))


@given(st.integers(0, 2**32 - 1))
def test_peaks_are_the_largest_sizes(seed):
    got = check_agreement("exchange", example(50, np.random.default_rng(seed), np.float32))
    largest = [got[name].max() for name in ("taking", "giving", "easing", "demand")]
    np.testing.assert_array_equal(from_bits(got["peaks"]), largest)
    assert (got["giving"] >= 0).all()


def one_voxel(c: float, dt: float, steps: int, n: int = 4, secretion=0.3, target=20.0, uptake=0.7) -> float:
    """Implicit steps of one voxel with n cells and nothing else."""
    got = check_agreement("exchange", plain(n, secretion=secretion, target=target, uptake=uptake), "fp64")
    sink, source = got["taking"].sum(), got["giving"].sum()
    for _ in range(steps):
        c = (c + dt * source) / (1 + dt * sink)
    return c


def test_a6_one_voxel_relaxes_to_equilibrium(measured):
    exact = 6.0 + (38.0 - 6.0) * math.exp(-1.0)  # c_eq = S c*/(S + U), rate (S + U) n V / V_voxel = 1 /min
    found = one_voxel(38.0, 1e-6, 10**6)
    t, line = np.arange(1, 13) / 4, np.linspace(0, 3, 40)
    curve = [one_voxel(38.0, 1e-3, round(1000 * minutes)) for minutes in t]
    law = 6.0 + (38.0 - 6.0) * np.exp(-line)
    measured.panel("A6", "four cells in a voxel", "t (min)", "c", {"dt 0.001 min": (t, curve)}, {"exact": (line, law)})
    measured("A6", "relative error of c(1 min), 4 cells in a voxel, dt 1e-6 min", 0, found / exact - 1, 1e-6)


@given(st.floats(0, 1e3), st.floats(0, 1e4))
def test_a6_positive_at_any_step(measured, c, uptake):
    lowest = one_voxel(c, 10.0, 5, uptake=uptake)
    measured("A6", "negative part of c, uptake up to 1e4 /min, dt 10 min", 0, min(lowest, 0), 0)
