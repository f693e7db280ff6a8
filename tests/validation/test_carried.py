"""Solutes that a fluid carries, against exact layers and the moments of a pulse."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import tables

from gputme.solvers.axis import Face
from gputme.solvers.diffusion import Diffusion


def flowing(n: int, rate: float) -> list[np.ndarray]:
    """A uniform flow along a line of n voxels, 1/min."""
    return [np.full((1, 1, n + 1), rate), np.zeros((1, 2, n)), np.zeros((2, 1, n))]


@pytest.mark.parametrize("decay", [0.0, 0.01])
@pytest.mark.parametrize("peclet", [0.1, 1.0, 5.0, 10.0])
def test_a36_a_layer_that_fluid_crosses(measured, peclet, decay):
    """D 600 um2/min, 200 um in ten voxels, 0 and 1 on the faces; fitted faces are exact without decay."""
    D, n, dx = 600.0, 10, 20.0
    k = tables("fp64").get("native", tables("fp64")["numpy"])
    v, faces = peclet * D / dx, {"x_min": Face(fixed=0.0), "x_max": Face(fixed=1.0)}
    d = Diffusion(
        k, (1, 1, n), (dx,) * 3, D, decay, faces, None, None, "steady", 1e-15, 400, flow=flowing(n, v / dx)
    )  # fmt: skip
    u, zero = k.zeros(n), k.zeros(n)
    d.step(u, zero, zero, 1.0, closed=False)
    x, length = (np.arange(n) + 0.5) * dx, n * dx
    root = np.sqrt((v / (2 * D)) ** 2 + decay / D)
    exact = np.exp(v / (2 * D) * (x - length)) * np.sinh(root * x) / np.sinh(root * length)
    if not decay:  # the same, with more digits
        exact = np.expm1(v * x / D) / np.expm1(v * length / D)
    worst = np.abs(k.host(u) - exact).max()
    if decay:
        measured("A36", f"worst error, Pe {peclet:g} of a voxel, decay {decay:g} /min", 0, worst, 8e-4)
        return
    measured("A36", f"worst error, Pe {peclet:g} of a voxel", 0, worst, 1e-14)
    fine = np.linspace(0, length, 201)
    line = np.expm1(v * fine / D) / np.expm1(v * length / D)
    label = f"Pe {peclet:g}"
    points, law = {label: (x, k.host(u))}, {label: (fine, line)}
    measured.panel("A36", "a layer that fluid crosses", "x (um)", "field", points, law)


@pytest.mark.parametrize("peclet", [0.3, 2.0, 10.0])
def test_a37_a_pulse_that_fluid_carries(measured, peclet):
    """By the discrete law, from a point: v t, and the variance of fitted faces and backward Euler."""
    D, n, dx, dt, steps = 600.0, 1200, 20.0, 0.5, 60
    k = tables("fp64").get("native", tables("fp64")["numpy"])
    rate = peclet * D / dx**2  # 1/min
    d = Diffusion(k, (1, 1, n), (dx,) * 3, D, 0.0, tolerance=1e-13, max_cycles=200, flow=flowing(n, rate))
    u, zero = k.zeros(n), k.zeros(n)
    u[100] = 1.0
    for _ in range(steps):
        d.step(u, zero, zero, dt)
    u = k.host(u)
    x, t = (np.arange(n) - 100.0) * dx, steps * dt
    mean = (u * x).sum() / u.sum()
    variance = (u * x**2).sum() / u.sum() - mean**2
    law = 2 * D * (peclet / 2) / np.tanh(peclet / 2) * t + (rate * dx) ** 2 * t * dt
    measured("A37", f"distance over v t, Pe {peclet:g} of a voxel", 1, mean / (rate * dx * t), 1e-6)
    measured("A37", f"variance over its law, Pe {peclet:g} of a voxel", 1, variance / law, 1e-6)
