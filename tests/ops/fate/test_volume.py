"""Volumes follow their equations exactly at any step, burst, and never stall; radii are cube roots."""

from __future__ import annotations

import math

import numpy as np
import pytest
from agreement import check_agreement, tables
from conftest import needs
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm
from scipy.optimize import brentq

from gputme import maths
from gputme.ops.fate._relax import advance as _advance
from gputme.ops.fate._relax import relaxation, total
from gputme.ops.fate.volume import example

LIVE = dict(
    fluid_rate=0.05, nuclear_rate=0.33 / 60, cytoplasm_rate=0.27 / 60, calcification_rate=0.0,
    fluid_fraction=0.75, cytoplasm_to_nucleus=1954 / 540,
)  # fmt: skip
SWELLING = LIVE | dict(
    fluid_rate=0.67 / 60, nuclear_rate=0.013 / 60, cytoplasm_rate=0.0032 / 60, calcification_rate=0.0042 / 60,
    fluid_fraction=1.0,
)  # fmt: skip
LYSED = SWELLING | dict(fluid_rate=0.05 / 60, fluid_fraction=0.0)
SHRINKING = LIVE | dict(nuclear_rate=0.35 / 60, cytoplasm_rate=1 / 60, fluid_fraction=0.0)
STATES = (LIVE, SHRINKING, SWELLING, LYSED)


def tables_of(dt: float, *states: dict) -> dict:
    """Numbers of one type, and its coefficients for steps of dt, as the operation takes them."""
    relax = [relaxation(dt, **state) for state in states]
    return dict(rates=np.array([[*state.values()] for state in states]).ravel(), relax=np.concatenate(relax))


def one_cell(state: int, dt: float, real: type, **columns) -> dict:
    """Arguments for one newborn cell in the given state, which nothing has happened to, and a step of dt."""
    values = dict(
        nuclear_target=135.0, rupture=4988.0, fluid=1870.5, nuclear=135.0, cytoplasmic=488.5, calcified=0.0
    )
    return dict(
        n=1, types=1, tick=0, end=round(1024 * dt), necrosis=1, calcification=1, **tables_of(dt, *STATES),
        id=np.array([7], np.uint64), type=np.zeros(1, np.uint8), phase_start=np.array([-5]),
        death=np.array([state], np.uint8), radius=np.zeros(1, real),
        **{k: np.array([v], real) for k, v in (values | columns).items()},
    )  # fmt: skip


def advance(k, args: dict, steps: int) -> dict:
    device = k.placed(args)
    length = args["end"] - args["tick"]
    for step in range(steps):
        k.volume(**(device | dict(tick=args["tick"] + length * step, end=args["tick"] + length * (step + 1))))
    return {n: np.array(k.host(v)) for n, v in device.items() if isinstance(v, np.ndarray)}


rates = st.floats(1e-6, 0.3)


@given(
    dt=st.floats(0.01, 20),
    fluid=rates,
    nuclear=rates,
    cytoplasm=rates,
    fraction=st.floats(0, 1),
    ratio=st.floats(0, 9),
)
def test_coefficients_solve_the_linear_system(dt, fluid, nuclear, cytoplasm, fraction, ratio):
    c = relaxation(dt, fluid, nuclear, cytoplasm, 1e-4, fraction, ratio)
    pull = fluid * fraction
    generator = np.array([  # of (F, N, C, T): T is constant
        [pull - fluid, pull, pull, 0],
        [0, -nuclear, 0, nuclear],
        [0, 0, -cytoplasm, cytoplasm * ratio],
        [0, 0, 0, 0],
    ])  # fmt: skip
    exact = expm(generator * dt)
    np.testing.assert_allclose(c[:4], exact[0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(c[4:6], exact[1, [1, 3]], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(c[6:8], exact[2, [2, 3]], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(c[8:], [math.exp(-1e-4 * dt), -math.expm1(-1e-4 * dt)], rtol=1e-12)


def test_equal_rates_have_their_limit():
    assert np.allclose(
        relaxation(6.0, 0.04, 0.01, 0.01, 0, 0.75, 3), relaxation(6.0, 0.04, 0.01 + 1e-9, 0.01, 0, 0.75, 3)
    )


NAMES = ("live", "apoptotic", "necrotic, swelling", "necrotic, lysed")


def closed_form(state: int, t: float) -> dict[str, float]:
    """Compartments and radius of ``one_cell`` after t minutes. The fluid's integral by the trapezium rule."""
    p, target = STATES[state], 270.0 if state == 0 else 0.0
    limit = target * p["cytoplasm_to_nucleus"]
    s = np.linspace(0, t, 200001)
    nuclear = target + (135 - target) * np.exp(-p["nuclear_rate"] * s)
    cytoplasmic = limit + (488.5 - limit) * np.exp(-p["cytoplasm_rate"] * s)
    a, pull = p["fluid_rate"] * (1 - p["fluid_fraction"]), p["fluid_rate"] * p["fluid_fraction"]
    fluid = 1870.5 * math.exp(-a * t) + pull * np.trapezoid(np.exp(-a * (t - s)) * (nuclear + cytoplasmic), s)
    total = fluid + nuclear[-1] + cytoplasmic[-1]
    return dict(
        nuclear=nuclear[-1], cytoplasmic=cytoplasmic[-1], fluid=fluid, radius=(3 * total / (4 * math.pi)) ** (1 / 3)
    )


@pytest.mark.parametrize("dt", [0.1, 1.0, 6.0])
@pytest.mark.parametrize("state", range(4))
def test_a23_compartments_follow_their_closed_form(measured, dt, state):
    k, minutes = tables("fp32")["numpy"], 240.0
    target = 270.0 if state == 0 else 0.0
    args = one_cell(state, dt, np.float32, nuclear_target=target, rupture=1e9)
    got = advance(k, args, round(minutes / dt))
    for part, expected in closed_form(state, minutes).items():
        error = got[part][0] / expected - 1
        measured("A23", f"relative error of {part} after 240 min, {NAMES[state]}", 0, error, 1e-4)
    assert got["calcified"][0] == pytest.approx(1 - math.exp(-STATES[state]["calcification_rate"] * minutes), rel=2e-4)
    if dt == 6.0:
        times = np.arange(30, 241, 30)
        found = [advance(k, args, round(t / dt))["radius"][0] for t in times]
        law = [closed_form(state, t)["radius"] for t in times]
        points, line = {NAMES[state]: (times, found)}, {NAMES[state]: (times, law)}
        measured.panel("A23", "radius of a cell, dt 6 min", "t (min)", "radius (um)", points, line)


def test_necrotic_cell_swells_to_rupture_in_six_and_a_half_hours_and_dries():
    args = one_cell(2, 1.0, np.float32, nuclear_target=0.0)
    k = tables("fp32")["numpy"]
    swollen = advance(k, args, 6 * 60)
    assert swollen["death"][0] == 2
    lysed = advance(k, args, 7 * 60)
    assert lysed["death"][0] == 3
    left = advance(k, args, 4 * 24 * 60)
    share = sum(left[c][0] for c in ("fluid", "nuclear", "cytoplasmic")) / 2494
    assert share == pytest.approx(0.18, abs=0.01)


def test_increments_below_half_an_ulp_are_not_lost():
    args = one_cell(0, 1.0, np.float32, nuclear_target=270.0, nuclear=269.0)
    for name, value in args.items():
        if isinstance(value, np.ndarray) and name not in ("relax", "rates"):
            args[name] = np.repeat(value, 1000)
    args |= dict(n=1000, id=np.arange(1, 1001, dtype=np.uint64))
    args |= tables_of(1.0, *[LIVE | dict(nuclear_rate=3e-6)] * 4)
    got = advance(tables("fp32")["numpy"], args, 2000)  # one increment: 3e-6 um3, half an ulp: 1.5e-5
    assert got["nuclear"].mean(dtype=np.float64) - 269 == pytest.approx(-math.expm1(-3e-6 * 2000), rel=0.02)


@pytest.mark.slow
def test_slow_relaxation_does_not_stall_over_a_million_steps():
    needs("native")
    args = one_cell(0, 1.0, np.float32, nuclear_target=270.0)
    slow = LIVE | dict(nuclear_rate=3e-6, cytoplasm_rate=3e-6, calcification_rate=3e-6)
    args |= tables_of(1.0, *[slow] * 4)
    got = advance(tables("fp32")["native"], args, 10**6)
    assert got["nuclear"][0] == pytest.approx(270 - 135 * math.exp(-3), rel=1e-4)
    assert got["calcified"][0] == pytest.approx(1 - math.exp(-3), rel=2e-4)


@pytest.mark.parametrize("state", range(4))
@pytest.mark.parametrize("event", [0.0, 2.25, 5.9990234375, 6.0])
def test_a_cell_relaxes_from_its_event_on_not_from_the_start_of_the_step(state, event):
    """``fate`` leaves the volumes of the event's time; 6 min of step less those until the event are to come."""
    args = one_cell(state, 6.0, np.float64, rupture=1e9)
    args |= dict(tick=3 * 6144, end=4 * 6144, phase_start=np.array([3 * 6144 + round(1024 * event)]))
    args |= dict(nuclear_target=np.array([270.0 if state == 0 else 0.0]))
    got, wanted = check_agreement("volume", args, "fp64"), closed_form(state, 6.0 - event)
    for part, value in wanted.items():
        assert got[part][0] == pytest.approx(value, rel=1e-9), part


@pytest.mark.parametrize("dt", [0.5, 1.0, 6.0, 30.0, 600.0])
def test_a_cell_bursts_at_its_own_tick_whatever_the_step(dt):
    """Twice its volume at death is reached after 366.92 min of swelling, and then it dries."""
    args = one_cell(2, dt, np.float64, nuclear_target=0.0)
    got = advance(tables("fp64")["numpy"], args, round(600 / dt))
    start = np.array([args[part] for part in PARTS])
    burst = brentq(lambda t: total(after(start, SWELLING, t))[0] - 4988, 300, 500)
    tick = math.ceil(burst * 1024) / 1024
    assert tick == pytest.approx(366.92, abs=0.005)
    wanted = after(after(start, SWELLING, tick), LYSED, 600 - tick)
    assert got["death"][0] == 3
    for part, value in zip(PARTS, wanted):
        assert got[part][0] == pytest.approx(value[0], rel=1e-11), part


PARTS = ("fluid", "nuclear", "cytoplasmic", "calcified")


def after(parts: np.ndarray, state: dict, minutes: float) -> np.ndarray:
    """The four parts of a dead cell after some minutes in a state."""
    return _advance(relaxation(minutes, **state)[:, None], parts, np.zeros(1))


@given(seed=st.integers(0, 2**32 - 1))
def test_volumes_stay_positive_and_only_swollen_cells_burst(seed):
    args = example(200, np.random.default_rng(seed), np.float64)
    got = check_agreement("volume", args, "fp64")
    assert all((got[c] >= 0).all() for c in ("fluid", "nuclear", "cytoplasmic", "calcified"))
    calm = check_agreement("volume", args | dict(rupture=np.full(200, 1e9)), "fp64")
    swollen = sum(calm[c] for c in ("fluid", "nuclear", "cytoplasmic"))
    burst = (args["death"] == 2) & (swollen > args["rupture"])
    assert np.array_equal(got["death"], np.where(burst, 3, args["death"]))
    assert np.array_equal(got["nuclear"], calm["nuclear"]) or burst.any()


@given(st.floats(1e-280, 1e280))
def test_cube_root_is_right(x):
    assert float(maths.cbrt(x)) == pytest.approx(math.exp(math.log(x) / 3), rel=1e-12)
    assert float(maths.cbrt(x)) ** 3 == pytest.approx(x, rel=2e-15)
