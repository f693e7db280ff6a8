"""A19: cells that secrete what they climb (Keller-Segel).

    u_t = D lap u - chi div(u grad c),   c_t = Dc lap c - decay c + e u

Cells walk with D = s^2 T / 2 and a bias of b G K / (K + c)^2 |grad c| up the gradient. For weak gradients the drift is
s a / 2 in the plane (A7), a the bias, hence chi = s b G K / (2 (K + c)^2), constant for K much larger than c.
"""

from __future__ import annotations

import numpy as np
import pytest

from gputme.engine import Simulation
from gputme.model import loads

SCENARIO = """
name = "aggregation"
seed = {seed}
domain = {{ size = [1200, 1200], voxel = {dx}, thickness = {dx} }}
time = {{ end = "1 d", step = 2 }}
[[substrate]]
name = "signal"
diffusion = 100
decay = {decay}
{walls}
tolerance = 1e-6
initial = 1
[[cell_type]]
name = "cell"
volume = {{ total = 1, nuclear = 0.2 }}
apoptosis = {{ rate = 0 }}
mechanics = {{ adhesion = 0, repulsion = 0 }}
exchange = {{ signal = {{ export = {export} }} }}
[cell_type.motility]
speed = {speed}
persistence = {persistence}
bias = 0.5
chemotaxis = [{{ substrate = "signal", form = "receptor", half_max = {half_max}, sensitivity = {sensitivity} }}]
[[cells]]
type = "cell"
count = {count}
packing = "random"
box = [[-600, -600, 0], [600, 600, 0]]
[numerics]
mechanics_step = 2
"""
SIDE, DC, SPEED, CELLS = 1200.0, 100.0, 8.0, 100_000


def colony(x, y, D: float, chi: float, export: float, level: float, **change) -> Simulation:
    """Cells at the given places, um from the corner; chi: um2/min per unit of the signal at ``level``."""
    half_max = 1e4
    sensitivity = 2 * chi / (SPEED * 0.5) * (half_max + level) ** 2 / half_max
    text = SCENARIO.format(
        speed=SPEED, persistence=2 * D / SPEED**2, half_max=half_max, sensitivity=sensitivity, export=export,
        count=len(x), **change,
    )  # fmt: skip
    simulation = Simulation(loads(text))
    k, cells = simulation.kernels, simulation.tissue.cells
    place = k.host(cells.id[: cells.n]).astype(np.int64) - 1
    for column, where in ((cells.x, x), (cells.y, y)):
        column[: cells.n] = k.array(where[place] - SIDE / 2)
    return simulation


def places(simulation: Simulation) -> tuple[np.ndarray, np.ndarray]:
    cells = simulation.cells
    return tuple(cells[a].astype(np.float64) + SIDE / 2 for a in "xy")


def spread_out(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Evenly spread pairs of numbers in (0, 1) (additive recurrence of the plastic number)."""
    i, plastic = np.arange(CELLS), 1.324717957244746
    return (0.5 + i / plastic + 0.37 * seed) % 1, (0.5 + i / plastic**2 + 0.71 * seed) % 1


class Waves:
    """Uniform cells with cosines of small amplitude along x and y, as they grow of themselves."""

    D, DECAY = 10.0, 0.01

    def __init__(self, modes: tuple[int, ...], strength: float):
        """strength: chi u0 e, um2/min2, with the signal's mean at 1."""
        self.k, self.strength = np.array(modes) * np.pi / SIDE, strength

    @property
    def rates(self) -> np.ndarray:
        """Roots of sigma^2 + sigma (D k^2 + Dc k^2 + decay) + D k^2 (Dc k^2 + decay) - chi u0 e k^2."""
        k2 = self.k**2
        p = self.D * k2 + DC * k2 + self.DECAY
        q = self.D * k2 * (DC * k2 + self.DECAY) - self.strength * k2
        return (np.sqrt(p * p - 4 * q) - p) / 2

    def amplitudes(self, seed: int, sign: int, minutes: int, every: int, dx: float = 20.0) -> np.ndarray:
        """(times, modes) from a start of 0.04 times ``sign``, mean over x and y."""
        fine, start = np.linspace(0, SIDE, 20_001), 0.04 * sign
        cumulative = fine + start * sum(np.sin(k * fine) / k for k in self.k)
        x, y = (np.interp(u * SIDE, cumulative, fine) for u in spread_out(seed))
        export = self.DECAY * SIDE * SIDE * dx / CELLS
        simulation = colony(
            x, y, self.D, self.strength / self.DECAY, export, 1.0, seed=seed, dx=dx, decay=self.DECAY,
            walls='scheme = "implicit"',
        )  # fmt: skip
        centre = (np.arange(round(SIDE / dx)) + 0.5) * dx
        per_cell = self.DECAY / (self.rates + DC * self.k**2 + self.DECAY)
        wave = start * sum(a * np.cos(k * centre) for a, k in zip(per_cell, self.k))
        field = simulation.tissue.fields[0]
        field[...] = simulation.kernels.array((1 + wave[:, None] + wave).ravel())
        path = []
        for minute in range(0, minutes + 1, every):
            simulation.run(minute)
            path.append([np.mean([np.cos(k * a).mean() for a in places(simulation)]) * 2 for k in self.k])
        return np.array(path)

    def growth(self, seeds: int, minutes: int, every: int = 20) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Growth rate of each mode; times and amplitudes.

        Starts of both signs share their random numbers, so that half their difference has little noise.
        """
        both = [[self.amplitudes(seed, sign, minutes, every) for sign in (1, -1)] for seed in range(1, seeds + 1)]
        amplitudes = np.mean([(plus - minus) / 2 for plus, minus in both], axis=0)
        times = np.arange(0, minutes + 1, every)
        return np.polyfit(times, np.log(amplitudes), 1)[0], times, amplitudes


HOW = (
    "growth rates are of half the difference of two runs that share their random numbers and start with waves of "
    "opposite sign, over 4 seeds (1 seed for the threshold) of 100 000 cells, not of 20 single runs"
)


@pytest.mark.slow
def test_a19_modes_grow_at_their_rates(measured):
    modes = (3, 4, 5)
    waves = Waves(modes, 0.9)
    found, times, amplitudes = waves.growth(seeds=4, minutes=300)
    for mode, rate, expected, a in zip(modes, found, waves.rates, amplitudes.T):
        name = f"wavelength {2 * SIDE / mode:.0f} um"
        measured("A19", f"growth rate, {name}", 1440 * expected, 1440 * rate, "3 %", "/d", HOW)
        line = a[0] * np.exp(expected * times)
        points, law = {name: (times, a)}, {name: (times, line)}
        measured.panel("A19", "growth of density waves", "t (min)", "amplitude", points, law, "y")


@pytest.mark.slow
@pytest.mark.parametrize(("ratio", "sign"), [(0.8, "<"), (1.2, ">")])
def test_a19_the_threshold_of_aggregation(measured, ratio, sign):
    """chi u0 e = D (decay + Dc k^2) divides growth from decay."""
    threshold = Waves.D * (Waves.DECAY + DC * (4 * np.pi / SIDE) ** 2)
    found, _, _ = Waves((4,), ratio * threshold).growth(seeds=1, minutes=300)
    measured("A19", f"growth rate at {ratio} of the threshold", f"{sign} 0", 1440 * found[0], unit="/d")


@pytest.mark.slow
def test_a19_the_mass_of_blow_up(measured):
    """d<r^2>/dt = 4 D (1 - M / Mc), Mc = 8 pi D Dc / (chi e) per thickness, the signal steady, undecayed."""
    D, dx, sigma, minutes = 2.0, 10.0, 100.0, 400
    export = 2 * np.pi * DC * dx / CELLS
    critical = CELLS / dx
    u, v = spread_out(1)
    radius = sigma * np.sqrt(-2 * np.log1p(-u))
    x, y = (SIDE / 2 + radius * f(2 * np.pi * v) for f in (np.cos, np.sin))
    ratios, slopes = (0.5, 1.5), []
    for ratio in ratios:
        chi = 8 * np.pi * D * DC / (export * critical) * ratio
        walls = 'scheme = "steady"\nfaces = { fixed = 0 }'
        simulation = colony(x, y, D, chi, export, 1.5, seed=1, dx=dx, decay=0, walls=walls)
        path = []
        for minute in range(0, minutes + 1, 20):
            simulation.run(minute)
            path.append(sum(((a - SIDE / 2) ** 2).mean() for a in places(simulation)))
        slopes.append(np.polyfit(np.arange(0, minutes + 1, 20), path, 1)[0] / (4 * D))
        measured("A19", f"d<r^2>/dt / 4D at {ratio} of the critical mass", 1 - ratio, slopes[-1], 0.03)
    measured("A19", "critical mass over 8 pi D Dc / (chi e)", 1, np.interp(0, slopes[::-1], ratios[::-1]), "3 %")
