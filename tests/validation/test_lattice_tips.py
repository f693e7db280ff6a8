"""Tips on the lattice of Anderson & Chaplain (1998), each alone, against the drift of one point (A30)."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq

from gputme.engine import Simulation
from gputme.model import load
from gputme.rng import Stream, random_words, uniform
from gputme.vessels.lattice import Lattice, Numbers, chances, disc, fibronectin, hop, line

TIPS = 400
WHENCE = "where no formula holds, targets come from a prototype of the same rules, of 40 runs"
FAR = (np.sqrt(5) - 0.1) / (np.sqrt(5) - 1)


def walk(
    taf: np.ndarray, numbers: Numbers, step: float, end: float, goal: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Tips from the middle of the vessel, none of which meets or feeds on anything: when each first comes within
    ``goal`` of the tumour's middle (nan: not yet), and x at the end."""
    n, ids = len(taf), 1 + np.arange(TIPS)
    fibre, site, arrived = fibronectin(n), np.full(TIPS, n // 2 * n), np.full(TIPS, np.nan)
    for k in range(round(end / step)):
        drawn = uniform(random_words(1, k, ids, Stream.TRIAL)[0])
        site = hop(site, chances(taf, fibre, site, step, numbers), drawn, taf.shape)
        x, y = (site % n + 0.5) / n, (site // n + 0.5) / n
        arrived[(np.hypot(1 - x, y - 0.5) <= goal) & np.isnan(arrived)] = (k + 1) * step
        if not np.isnan(arrived).any():
            break
    return arrived, x


def mean_field() -> float:
    """From r = 1 to r = 0.1 at chi0 c' / (1 + alpha c)."""

    def slowness(r: float) -> float:
        c, slope = (FAR - r) ** 2 / (FAR - 0.1) ** 2, 2 * (FAR - r) / (FAR - 0.1) ** 2
        return (1 + 0.6 * c) / (0.38 * slope)

    return quad(slowness, 0.1, 1)[0]


@pytest.mark.parametrize("step", [0.0005, 0.001, 0.002])
def test_a30_tips_arrive_when_a_point_that_drifts_does(measured, step):
    assert mean_field() == pytest.approx(3.64, abs=0.005)
    arrived, _ = walk(disc(200), Numbers(haptotaxis=0.0), step, 8.0, 0.1)
    note = f"{TIPS} tips each alone, of no haptotaxis, steps of 0.0005 to 0.002; unit: 1.5 d"
    what = "time until a tip has come from the vessel to a round tumour, mean"
    measured("A30", what, 3.64, arrived.mean(), "3 %", note=note)
    measured("A30", "and its standard deviation", 0.27, arrived.std(), 0.05)


def test_a30_cut_off_central_differences_are_late(measured):
    late = walk(disc(200), Numbers(haptotaxis=0.0, ac98_compat=True), 0.001, 10.0, 0.1)[0].mean()
    measured("A30", "the same by central differences cut off at 0, as in the paper", 4.65, late, "3 %", note=WHENCE)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "numbers", "there", "within"),
    [
        ("no haptotaxis", Numbers(haptotaxis=0.0), 3.17, 0.12),
        ("no haptotaxis, cut off", Numbers(haptotaxis=0.0, ac98_compat=True), 4.18, 0.2),
        ("haptotaxis 0.16, cut off", Numbers(haptotaxis=0.16, ac98_compat=True), 5.97, 0.4),
    ],
)
def test_a30_the_first_of_five_sprouts_that_branch_arrives(measured, name, numbers, there, within):
    """Within three standard errors of the two means."""
    times, place = [], (np.arange(200) + 0.5) / 200
    tumour = np.hypot(1 - place, place[:, None] - 0.5) <= 0.1
    for seed in range(1, 21):
        sprouts = Lattice(disc(), fibronectin(), numbers, seed=seed).begin([0.1, 0.3, 0.5, 0.7, 0.9])
        while not sprouts.owner[tumour].any() and len(sprouts.tips.id):
            sprouts.grow(0.02)
        if sprouts.owner[tumour].any():
            times.append(sprouts.steps * sprouts.step)
    assert len(times) >= 15  # in the others all have joined before
    what = f"until the first of five sprouts that branch and join comes to a round tumour, {name}"
    joined = f"; {name}: in {20 - len(times)} of 20 runs all had joined before" if len(times) < 20 else ""
    measured("A30", what, there, np.mean(times), within, note=WHENCE + joined)


def days(seed: int, *keys: str) -> float:
    """Until a sprout of the packaged scenario has come to the round tumour."""
    simulation = Simulation(load("anderson-chaplain", ["vessels.lattice.tumour=disc", *keys]), seed=seed)
    while True:
        simulation.run(simulation.time + 60)
        nodes = simulation.tissue.vessels.nodes
        if (np.hypot(nodes.x - 1000, nodes.y) <= 200).any():
            return (simulation.time - 60) / 1440  # what tips do in an hour is laid when it is over


def test_a30_the_packaged_scenario_takes_as_many_days(measured):
    """3.17 units of 1.5 d, within three standard errors of the two means."""
    found = np.mean([days(seed) for seed in (1, 2, 3)])
    what = "until the first of five sprouts comes to a round tumour, scenario anderson-chaplain, three seeds"
    measured("A30", what, 4.755, found, 0.38, "d", note=WHENCE)


@pytest.mark.slow
def test_a30_and_with_the_paper_s_differences_as_many_more(measured):
    """4.18 units."""
    found = np.mean([days(seed, "vessels.lattice.ac98_compat=true", "time.end=20 d") for seed in (1, 2, 3, 4, 5)])
    what = "the same with the paper's differences, five seeds"
    measured("A30", what, 6.27, found, 0.49, "d", note=WHENCE)


@pytest.mark.parametrize(("shape", "end"), [("round", 12.0), ("straight", 30.0)])
def test_a30_tips_stall_where_fibronectin_holds_them(measured, shape, end):
    """Where chi c' + rho f' vanishes, at rho = 0.34."""

    def drift(x: float) -> float:
        if shape == "round":
            c, slope = (FAR - 1 + x) ** 2 / (FAR - 0.1) ** 2, 2 * (FAR - 1 + x) / (FAR - 0.1) ** 2
        else:
            c = np.exp(-((1 - x) ** 2) / 0.45)
            slope = 2 * (1 - x) / 0.45 * c
        return 0.38 * slope / (1 + 0.6 * c) - 0.34 * 0.75 * 2 * x / 0.45 * np.exp(-(x**2) / 0.45)

    there = brentq(drift, 0.1, 0.5) if shape == "round" else brentq(drift, 0.5, 0.9)
    _, x = walk(disc(100) if shape == "round" else line(100), Numbers(), 0.004, end)
    what = f"where tips stall on their way to a {shape} tumour at a haptotaxis of 0.34, mean"
    measured("A30", what, there, x.mean(), 0.01, note="100 x 100 sites; the drift vanishes there, and turns beyond")
