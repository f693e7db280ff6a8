"""A11-A13: growth and composition of cycles, ages. Quick with 10^4 cells; slow with 10^5."""

from __future__ import annotations

import math

import numpy as np
import pytest
from colonies import Colony
from scipy import stats
from scipy.optimize import brentq

from gputme.columns import TICKS
from gputme.model import CellType
from validation.test_fate import SIZES, drawn, kernels, kind


def eigen(matrix: np.ndarray) -> tuple[float, np.ndarray]:
    """Largest growth rate of a linear population and its composition."""
    values, vectors = np.linalg.eig(matrix)
    leading = np.argmax(values.real)
    shares = np.abs(vectors[:, leading].real)
    return float(values[leading].real), shares / shares.sum()


# ------------------------------------------------------------------------------------------- A11 cycles


def cytometry(rates: tuple[float, ...], death: float = 0.0) -> tuple[float, np.ndarray]:
    """Growth rate and composition of a cycle of stochastic phases: leading eigenpair of the mean's
    generator."""
    size = len(rates)
    matrix = -np.diag(rates) - death * np.eye(size)
    for p, rate in enumerate(rates):
        matrix[(p + 1) % size, p] += rate * (2 if p == size - 1 else 1)
    return eigen(matrix)


def grow(cell_type: CellType, dt: float, minutes: float, **start) -> tuple[Colony, float, float]:
    """A colony after about ``minutes``; the growth rate of the living (1/min); its error of one sigma, at
    most."""
    founders = len(start["phase"])
    colony = Colony(kernels(), founders, cell_type, seed=11, **start).step(dt, round(minutes / dt))
    elapsed = colony.tick / TICKS
    rate = math.log(np.count_nonzero(colony.death == 0) / founders) / elapsed
    return colony, rate, 1 / math.sqrt(founders) / elapsed


def check_composition(measured, id: str, names: str, colony: Colony, shares: np.ndarray, what: str) -> None:
    """Phases of the living within 0.005, or the scatter of a small colony."""
    phases = colony.phase[colony.death == 0]
    found = np.bincount(phases, minlength=len(shares)) / len(phases)
    for name, share, value in zip(names.split(), shares, found):
        measured(id, f"share in {name}, {what}", share, value, max(0.005, 3 * 0.7 / math.sqrt(len(phases))))
    place = np.arange(len(shares))
    if not colony.death.any():
        measured.panel(id, "composition of cycles", "phase", "share", {what: (place, found)}, {what: (place, shares)})


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize(("death", "doubling"), [(0.0, 16.06), (0.00319 / 60, 17.34)])
@pytest.mark.parametrize("dt", [6.0, 60.0])
def test_a11_three_phase_cycle_has_its_growth_and_composition(measured, dt, death, doubling, n):
    rate, shares = cytometry((0.00324, 0.00208, 0.00333), death)
    assert math.log(2) / rate / 60 == pytest.approx(doubling, abs=0.005)
    assert shares == pytest.approx([0.3634, 0.4206, 0.2160], abs=5e-5)
    start = np.searchsorted(np.cumsum(shares), drawn(n // 4))
    colony, found, scatter = grow(kind("cytometry-3", death), dt, 5 * 60 * doubling, phase=start)
    what = f"three phases, death {60 * death:g} /h"
    measured("A11", f"growth, {what}", 60 * rate, 60 * found, 60 * max(0.01 * rate, 3 * scatter), "/h")
    check_composition(measured, "A11", "G0G1 S G2M", colony, shares, what)


@pytest.mark.parametrize(("n", "dt"), [(20_000, 60.0), pytest.param(100_000, 6.0, marks=pytest.mark.slow)])
def test_time_for_a_whole_cycle_is_not_stretched_by_the_step(n, dt):
    """Rounding each event up to the step's end would add half a step per phase: 0.8 % at 6 min."""
    rates = (0.00324, 0.00208, 0.00333)
    phases = [{"name": f"p{i}", "rate": rate} for i, rate in enumerate((*rates, 0.0))]
    colony = Colony(kernels(), n, kind({"model": "custom", "phase": phases}), seed=8).step(
        dt, round(12_000 / dt)
    )
    assert (colony.phase == 3).all()
    times = colony.phase_start / TICKS
    assert abs(times.mean() - sum(1 / r for r in rates)) < 3 * times.std() / math.sqrt(n)


# ------------------------------------------------------------------------------------- A12 other cycles


@pytest.mark.parametrize("n", SIZES)
def test_a12_four_phase_cycle_has_its_composition(measured, n):
    rate, shares = cytometry((0.00335, 0.00208, 0.00417, 0.0167))
    assert shares == pytest.approx([0.3537, 0.4232, 0.1800, 0.0431], abs=5e-5)
    start = np.searchsorted(np.cumsum(shares), drawn(n))
    colony, found, scatter = grow(kind("cytometry-4"), 6.0, 3 * math.log(2) / rate, phase=start)
    measured("A12", "growth, four phases", 60 * rate, 60 * found, 60 * max(0.01 * rate, 3 * scatter), "/h")
    check_composition(measured, "A12", "G0G1 S G2 M", colony, shares, "four phases")


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dt", [6.0, 60.0])
def test_a12_ki67_cycle_doubles_in_19_76_hours(measured, dt, n):
    leave, stay = 1 / (4.59 * 60), 15.5 * 60
    rate = brentq(lambda r: 2 * leave / (leave + r) * math.exp(-r * stay) - 1, 1e-5, 1e-2)
    negative = 2 * rate / (leave + rate)  # Ki67- cells: twice the divisions enter, they leave at their rate
    assert math.log(2) / rate / 60 == pytest.approx(19.76, abs=0.005)
    assert 1 - negative == pytest.approx(0.7226, abs=5e-5)
    positive = drawn(n) > negative
    age = -np.log1p(drawn(n, 1) * math.expm1(-rate * stay)) / rate  # in the stable composition
    colony, found, scatter = grow(
        kind("ki67-basic"),
        dt,
        3 * 60 * 19.76,
        phase=positive,
        phase_start=np.where(positive, -age * TICKS, 0),
    )
    doubling, scatter = math.log(2) / found / 60, max(0.01, 3 * scatter / rate)
    measured("A12", "doubling time, Ki67 basic", 19.76, doubling, 19.76 * scatter, "h")
    check_composition(measured, "A12", "Ki67- Ki67+", colony, np.array([negative, 1 - negative]), "Ki67 basic")


# ---------------------------------------------------------------------------------------------- A13 ages


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dt", [7.0, 400.0])
def test_a13_ages_in_a_fixed_cycle_follow_their_law(measured, dt, n):
    cycle = 1000.0  # T: n(a) = 2 ln 2 / T 2^(-a / T)
    phase = {"name": "one", "duration": cycle, "divides": True, "grows": True}
    start = -np.log2(1 - drawn(n) / 2) * cycle
    colony = Colony(
        kernels(), n, kind({"model": "custom", "phase": [phase]}), phase_start=-start * TICKS
    ).step(dt, round(2.3 * cycle / dt))
    age = (colony.tick - colony.phase_start) / TICKS
    assert 0 <= age.min() < age.max() <= cycle
    furthest = stats.kstest(age, lambda a: 2 * (1 - 2 ** (-np.clip(a / cycle, 0, 1)))).statistic
    level = 1.63 / math.sqrt(n)  # for n founders: the cells of a clone are of one age
    measured("A13", "KS distance of ages (1 % level)", 0, furthest, level)
    measured("A13", "mean age over T", 0.4427, age.mean() / cycle, "2 %")
    share, edges = np.histogram(age / cycle, 12, (0, 1), density=True)
    line = np.linspace(0, 1, 40)
    points, law = {f"dt = {dt:g} min": (edges[:-1] + 1 / 24, share)}, {"law": (line, 2 * np.log(2) * 2**-line)}
    measured.panel("A13", "ages in a fixed cycle", "age / T", "density", points, law)
