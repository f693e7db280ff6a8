"""A18: the Fisher-KPP front, u_t = D u_xx + r u (1 - u), as a field and as cells that walk and divide.

A front that starts from a step stands at 2 sqrt(r D) t - 3/2 sqrt(D/r) ln t (Bramson): held to between times a and b.
"""

from __future__ import annotations

import numpy as np
import pytest

from gputme.engine import Simulation
from gputme.model import loads
from gputme.solvers.diffusion import Diffusion
from validation.test_fields import fast

R, D = 7.2e-4, 1.25  # 1/min, um2/min: 2 sqrt(r D) = 0.0600 um/min
SPEED, WIDTH = 2 * (R * D) ** 0.5, (D / R) ** 0.5


def bramson(a: float, b: float) -> float:
    """Mean speed between two times over 2 sqrt(r D)."""
    return 1 - 0.75 * np.log(b / a) / (R * (b - a))


def front(dx: float, dt: float, times: np.ndarray) -> np.ndarray:
    """Where u = 1/2 stands at the given times (min), um; growth is the source r u, crowding the sink r u."""
    n = round((SPEED * times[-1] + 12 * WIDTH) / dx)
    k = fast()
    d = Diffusion(k, (1, 1, n), (dx,) * 3, D, 0.0, tolerance=1e-13)
    u, source, sink = k.zeros(n), k.zeros(n), k.zeros(n)
    u[: round(WIDTH / dx)] = 1
    x, where, due = (np.arange(n) + 0.5) * dx, [], set(np.round(times / dt))
    for step in range(1, round(times[-1] / dt) + 1):
        source[...] = R * u
        sink[...] = R * u
        d.step(u, sink, source, dt)
        if step in due:
            where.append(np.interp(-0.5, -k.host(u), x))
    return np.array(where)


@pytest.mark.parametrize("dx", [10.0, pytest.param(5.0, marks=pytest.mark.slow)])
def test_a18_a_fields_front_has_bramsons_speed(measured, dx):
    dt, a, b = 10.0, 10 / R, 30 / R
    times = np.linspace(a, b, 11).round(-1)
    x = front(dx, dt, times)
    speed = (x[-1] - x[0]) / (times[-1] - times[0])
    expected = bramson(times[0], times[-1]) * SPEED
    what = f"field, mean speed over r t = 10 to 30, dx {dx:g} um"
    measured("A18", what, 1440 * expected, 1440 * speed, "2 %", "um/d")
    line = x[0] + SPEED * (times - times[0]) - 1.5 * WIDTH * np.log(times / times[0])
    label = f"field, dx {dx:g} um"
    points, law = {label: (R * times, x)}, {label: (R * times, line)}
    measured.panel("A18", "Fisher-KPP front", "r t", "position (um)", points, law)


AGENTS = """
name = "front"
domain = {{ size = [1600, 200], voxel = 20, thickness = 20 }}
time = {{ end = "15 d", step = 32 }}
[[substrate]]
name = "crowd"
diffusion = 1
decay = 1
scheme = "steady"
[[cell_type]]
name = "cell"
volume = {{ total = 1, nuclear = 0.2 }}
cycle = {{ model = "live", rates = {{ live = {rate} }} }}
apoptosis = {{ rate = 0 }}
mechanics = {{ adhesion = 0, repulsion = 0 }}
motility = {{ speed = 0.5, persistence = 10 }}
exchange = {{ crowd = {{ export = 1 }} }}
[[rule]]
cell_type = "cell"
signal = "crowd"
direction = "decreases"
behaviour = "cycle entry"
saturation = 0
half_max = {half}
power = 4
[[cells]]
type = "cell"
count = {count}
packing = "random"
box = [[-800, -100, -10], [{right}, 100, 10]]
[numerics]
mechanics_step = 32
"""


@pytest.mark.slow
def test_a18_a_front_of_walking_and_dividing_cells(measured):
    """D = s^2 T / 2 of their walk; they divide at r, less where others are: 1500 cells per front's width."""
    count = 1500
    half = count / (WIDTH * 200 * 20)  # cells per um3
    simulation = Simulation(loads(AGENTS.format(rate=R, half=half, count=count, right=WIDTH - 800)))
    edges, path = np.linspace(-800, 800, 81), []
    while R * simulation.time < 15:
        simulation.step()
        density = np.histogram(simulation.cells["x"], edges)[0] / (20 * 200 * 20)
        last = np.flatnonzero(density > half / 2).max()
        middle = (edges[1:] + edges[:-1])[last : last + 2] / 2
        path.append((simulation.time, 800 + np.interp(-half / 2, -density[last : last + 2], middle)))
    t, x = np.array(path).T
    late = R * t >= 6
    t, x = t[late], x[late]
    speed, start = np.polyfit(t - t[0], x, 1)
    expected = bramson(t[0], t[-1]) * SPEED
    measured("A18", "cells, mean speed over r t = 6 to 15", 1440 * expected, 1440 * speed, "10 %", "um/d")
    line = start + SPEED * (t - t[0]) - 1.5 * WIDTH * np.log(t / t[0])
    points, law = {"cells": (R * t[::20], x[::20])}, {"cells": (R * t[::20], line[::20])}
    measured.panel("A18", "Fisher-KPP front", "r t", "position (um)", points, law)
