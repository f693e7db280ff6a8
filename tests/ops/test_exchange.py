"""Exchange coefficients: the field's equation, death, saturation, and target A6."""

from __future__ import annotations

import math

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.maths import from_bits
from gputme.ops.exchange import example

SECRETION, TARGET, UPTAKE, EXPORT = range(4, 8)  # example(): first = 4 of 9 behaviours


def plain(n: int, **values: float) -> dict:
    """n living cells of 2000 um3 in one voxel of 8000 um3, one type's behaviours set by name, no rules."""
    args = example(n, np.random.default_rng(0), np.float64)
    args |= dict(nx=1, ny=1, nz=1, periodic=0, nearest=0, u=np.array([values.pop("u", 1.0)]))
    args["slot"][:] = -1
    args["type"][:] = args["death"][:] = 0
    for name, volume in (("fluid", 1500), ("nuclear", 200), ("cytoplasmic", 300)):
        args[name][:] = volume
    for name in ("vmax", "km", "dead_factor"):
        args[name][0] = values.pop(name, 0.0)
    behaviours = args["table"].reshape(3, -1)
    behaviours[0] = 0
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


def test_dead_cells_only_take_up_by_their_factor():
    args = plain(3, secretion=2, target=5, uptake=10, export=40, vmax=6, km=2, dead_factor=0.1)
    args["death"][:] = 1
    got = check_agreement("exchange", args, "fp64")
    np.testing.assert_allclose(got["taking"], 0.25 * 0.1 * (10 + 6 / (2 + 1)))
    np.testing.assert_allclose(got["giving"], 0)


@given(st.floats(0, 100))
def test_michaelis_menten_uptake_saturates(u):
    got = check_agreement("exchange", plain(1, uptake=1, vmax=6, km=2, u=u), "fp64")
    np.testing.assert_allclose(got["taking"], 0.25 * (1 + 6 / (2 + u)))


@given(st.integers(0, 2**32 - 1))
def test_peaks_are_the_largest_sizes(seed):
    got = check_agreement("exchange", example(50, np.random.default_rng(seed), np.float32))
    np.testing.assert_array_equal(from_bits(got["peaks"]), [got["taking"].max(), np.abs(got["giving"]).max()])


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
