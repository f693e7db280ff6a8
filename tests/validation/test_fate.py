"""A9, A10, A24: waiting times, birth and death, counts. Quick with 10^4 cells; slow with
10^5."""

from __future__ import annotations

import math

import numpy as np
import pytest
from colonies import Colony
from scipy import stats

from gputme import backends
from gputme.columns import COLUMNS, TICKS
from gputme.model import CellType
from gputme.rng import Stream, random_words, uniform

SIZES = [10_000, pytest.param(100_000, marks=pytest.mark.slow)]


def kernels():
    """The fastest backend on the host: all agree bit for bit."""
    return backends.create("native" if backends.available()["native"][0] else "numpy")


def kind(
    cycle: str | dict = "none", death: float = 0.0, stays: float = 0.001, name: str = "a", **more
) -> CellType:
    """A cell type; ``death``: rate of apoptosis, ``stays``: minutes until the dead are removed."""
    cycle = {"model": cycle} if isinstance(cycle, str) else cycle
    return CellType(name=name, cycle=cycle, apoptosis={"rate": death, "duration": stays}, **more)


def live(birth: float) -> dict:
    return {"model": "live", "rates": {"live": birth}}


def drawn(n: int, draw: int = 0) -> np.ndarray:
    """``n`` uniform numbers."""
    return uniform(random_words(1, 0, np.arange(n), Stream.TRIAL, draw)[0])


# ------------------------------------------------------------------------------------------- A9 waiting


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("hazard", [0.001, 0.1, 0.7])
def test_a9_waiting_times_are_exponential_at_any_step(measured, hazard, n):
    rate = 0.002
    colony = Colony(kernels(), n, kind(death=rate, stays=1e9), seed=9)
    dt = hazard / rate
    colony.step(dt, math.ceil(0.3 / hazard))
    elapsed = colony.tick / TICKS
    times = colony.phase_start[colony.death > 0] / TICKS
    law = stats.truncexpon(b=rate * elapsed, scale=1 / rate)
    measured("A9", f"KS p of waiting times, step {hazard} / rate", "> 0.01", stats.kstest(times, law.cdf).pvalue)
    expected = -math.expm1(-rate * elapsed)
    what = f"share of events after {hazard * math.ceil(0.3 / hazard):.1f} / rate, step {hazard} / rate (3 SE)"
    measured("A9", what, expected, len(times) / n, 3 * math.sqrt(expected * (1 - expected) / n))
    seen = np.sort(times)[:: len(times) // 12]
    survival = 1 - np.searchsorted(np.sort(times), seen) / n
    line = np.linspace(0, 0.9, 40)
    measured.panel("A9", "survival", "rate x time", "share left", {f"step {hazard} / rate": (rate * seen, survival)},
                   {"exp(-rate t)": (line, np.exp(-line))})


@pytest.mark.parametrize("dt", [10.0, 500.0])
def test_a9_competing_rates_share_events_in_proportion(measured, dt):
    necrosis = {"rate": 0.003, "duration": 1e9}
    mortal = kind(death=0.001, stays=1e9, necrosis=necrosis, transitions={"b": 0.004})
    colony = Colony(kernels(), 20_000, mortal, kind(name="b"), seed=2)
    colony.step(dt, round(2000 / dt))
    c = colony.counts
    total = c["apoptoses"] + c["necroses"] + c["transitions"]
    for name, share in (("apoptoses", 1 / 8), ("necroses", 3 / 8), ("transitions", 1 / 2)):
        scatter = math.sqrt(share * (1 - share) / total)
        measured("A9", f"share of {name} among competing events (3 SE)", share, c[name] / total, 3 * scatter)


# ---------------------------------------------------------------------------------------- A10 birth, death


@pytest.mark.parametrize("hazard", [0.1, 0.7])
def test_a10_birth_and_death_have_their_mean_and_variance(measured, hazard):
    birth, death, founders, t = 0.002, 0.0008, 10_000, 700.0
    dt = hazard / birth
    steps = round(t / dt)
    colony = Colony(kernels(), founders, kind(live(birth), death), seed=4).step(dt, steps)
    t = colony.tick / TICKS
    growth = math.exp((birth - death) * t)
    variance = (birth + death) / (birth - death) * growth * (growth - 1)
    sizes = np.bincount(colony.clone.astype(int), minlength=founders + 1)[1:]
    step = f"step {hazard} / birth rate (3 SE)"
    measured("A10", f"mean size of a clone, {step}", growth, sizes.mean(), 3 * math.sqrt(variance / founders))
    fourth = np.mean((sizes - growth) ** 4)
    scatter = math.sqrt((fourth - variance**2) / founders)
    measured("A10", f"variance of a clone's size, {step}", variance, sizes.var(), 3 * scatter)
    extinct = death * (growth - 1) / (birth * growth - death)
    scatter = math.sqrt(extinct * (1 - extinct) / founders)
    measured("A10", f"share of clones extinct by then, {step}", extinct, np.mean(sizes == 0), 3 * scatter)


def test_a10_populations_that_ever_die_out(measured):
    """(d / b)^N0 of the populations of N0 founders; of 0.4 lone ones, 0.398 have died out by the end."""
    birth, death, founders = 0.002, 0.0008, 3000
    colony = Colony(kernels(), founders, kind(live(birth), death), seed=5).step(100.0, 40)
    gone = np.bincount(colony.clone.astype(int), minlength=founders + 1)[1:] == 0
    for together in (1, 2, 5):
        extinct = gone.reshape(-1, together).all(axis=1)
        expected = (death / birth) ** together
        scatter = math.sqrt(expected * (1 - expected) / len(extinct))
        what = f"share of populations of {together} that die out, b 0.002, d 0.0008 (3 SE)"
        measured("A10", what, expected, extinct.mean(), 3 * scatter)


@pytest.mark.parametrize("dt", [50.0, 350.0])
def test_a10_pure_birth_is_a_yule_process(measured, dt):
    birth, founders = 0.002, 10_000
    colony = Colony(kernels(), founders, kind(live(birth)), seed=3).step(dt, round(700 / dt))
    sizes = np.bincount(colony.clone.astype(int))[1:]
    p = math.exp(-birth * 700)
    measured("A10", "Yule, mean size (3 SE)", 1 / p, sizes.mean(), 3 * math.sqrt((1 - p) / p**2 / founders))
    variance = (1 - p) / p**2  # e^(bt) (e^(bt) - 1)
    fourth = np.mean((sizes - 1 / p) ** 4)
    measured("A10", "Yule, variance (3 SE)", variance, sizes.var(), 3 * math.sqrt((fourth - variance**2) / founders))
    for k in (1, 2, 5):  # sizes are geometric
        share = p * (1 - p) ** (k - 1)
        scatter = math.sqrt(share / founders)
        measured("A10", f"Yule, share of clones of {k} (3 SE)", share, np.mean(sizes == k), 3 * scatter)
    k = np.arange(1, 21)
    share = np.bincount(sizes, minlength=21)[1:21] / founders
    measured.panel("A10", "Yule process", "size of clone", "share", {f"dt = {dt:g} min": (k, share)},
                   {f"dt = {dt:g} min": (k, p * (1 - p) ** (k - 1))}, "y")


def test_extinction_with_more_deaths_than_births_is_certain():
    colony = Colony(kernels(), 300, kind(live(0.002), 0.02), seed=4).step(100, 60)
    assert colony.n == 0
    assert colony.counts["removals"] == 300 + colony.counts["births"]


# ------------------------------------------------------------------------------------------- A24 counts


@pytest.mark.parametrize("dt", [1.0, 200.0])
def test_a24_cell_counts_ids_and_lineage_close(measured, dt):
    colony = Colony(kernels(), 500, kind(live(0.002), 0.001, stays=100.0), seed=6)
    seen = {}
    for _ in range(round(600 / dt)):
        colony.step(dt)
        seen |= dict(
            zip(colony.id.tolist(), zip(colony.parent.tolist(), colony.clone.tolist(), colony.birth.tolist()))
        )
        assert len(np.unique(colony.id)) == colony.n
    c = colony.counts
    assert c["births"] > 300
    assert c["removals"] > 50
    measured("A24", "cells less founders, births and removals", 0, colony.n - 500 - c["births"] + c["removals"], 0)
    assert colony.cells.next_id == 501 + c["births"]
    if dt == 1:  # nobody is born and removed within one step
        assert set(seen) == set(range(1, 501 + c["births"]))
        for cell, (parent, clone, birth) in seen.items():
            if cell > 500:
                assert clone == seen[parent][1]
                assert seen[parent][2] < birth <= colony.tick
            else:
                assert (parent, clone, birth) == (0, cell, 0)


def test_a24_division_keeps_mass_damage_and_contents(measured):
    n = 200
    rigid = {"fluid_rate": 0.0, "cytoplasm_rate": 0.0, "nuclear_rate": 0.0}
    dividing = kind(live(0.01), volume=rigid, custom={"m": {"value": 8.0, "inherit": "halve"}})
    colony = Colony(
        kernels(), n, dividing, customs=["m"], tracked=1, damage=np.full(n, 4.0), x=np.arange(n) * 100.0
    )
    cells = colony.cells
    cells.row("internal", 0)[:n], cells.row("custom", 0)[:n] = 16.0, 8.0
    colony.step(40, 3)
    assert colony.n > 2 * n
    volume = colony.fluid + colony.nuclear + colony.cytoplasmic
    error = volume.sum(dtype=np.float64) / (2494 * n) - 1
    measured("A24", "relative error of the total volume after divisions, fp32", 0, error, 1e-6)
    host = cells.kernels.host
    internal, custom = (host(cells.row(stack, 0)[: cells.n]) for stack in ("internal", "custom"))
    assert (colony.damage == 4).all()  # a state, which both daughters have
    for name, kept, start in (("internal", internal, 16), ("custom, halved", custom, 8)):
        measured("A24", f"{name}: total after divisions, over its start", 1, kept.sum() / (start * n), 0)
    for clone in (1, 7, 100):  # the centre of mass of a clone stays where its founder stood
        mine = colony.clone == clone
        assert np.average(colony.x[mine], weights=volume[mine]) == pytest.approx(
            100.0 * (clone - 1), abs=0.01
        )


# ------------------------------------------------------------------------------------ order, steps, resume


def test_results_do_not_depend_on_memory_order_or_backend():
    types = (
        kind({"model": "ki67-basic", "spread": 0.1}, 3e-4, 516.0, transitions={"b": 1e-4}),
        kind("live", name="b"),
    )
    n = 300
    order = np.random.default_rng(0).permutation(n)
    start = dict(x=np.arange(n) * 20.0)
    shuffled = {"x": start["x"][order], "id": order + 1, "clone": order + 1}
    colonies = [
        Colony(kernels(), n, *types, **start),
        Colony(kernels(), n, *types, **shuffled),
        Colony(backends.create("numpy"), n, *types, **start),
    ]
    for colony in colonies:
        colony.step(30, 100)
    assert colonies[0].n > 1.5 * n
    for name in COLUMNS:
        for other in colonies[1:]:
            assert np.array_equal(getattr(colonies[0], name), getattr(other, name)), name
