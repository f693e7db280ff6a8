"""Interstitial pressure and flow of tumours, against the exact spheres of Baxter and Jain (1989).

Each is an octant, mirrored in the planes through its centre. What is alone lies in a fluid without pressure that moves
a hundred times as easily, so that 0 mmHg hold on the faces of its voxels; in tissue the exact pressure is held far off.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from agreement import tables

from gputme.engine import Simulation
from gputme.model import load
from gputme.solvers.interstitial import Interstitial

K, LEAK, EFFECTIVE = (247.8, 51.18), (3.36e-3, 1.512e-4), (11.5, 6.5)  # of tumour, of normal tissue
LENGTH = tuple(np.sqrt(k / leak) for k, leak in zip(K, LEAK))  # um


def fast(precision: str):
    """The native kernels where there is a compiler, else NumPy."""
    found = tables(precision)
    return found.get("native", found["numpy"])


def alone(radius: float) -> tuple[Callable[[np.ndarray], np.ndarray], float]:
    """Pressure over the distance from the centre, 0 outside; velocity at the rim."""
    a, l = radius, LENGTH[0]
    rim = K[0] * EFFECTIVE[0] * (1 / (l * np.tanh(a / l)) - 1 / a)
    return lambda r: np.where(r < a, EFFECTIVE[0] * (1 - a * np.sinh(r / l) / (r * np.sinh(a / l))), 0.0), rim


def embedded(radius: float) -> tuple[Callable[[np.ndarray], np.ndarray], float]:
    """The same in endless normal tissue: p_e - A sinh(r/l)/r inside, p_e + B exp(-r/l)/r outside."""
    a, (inner, outer) = radius, LENGTH
    system = [
        [np.sinh(a / inner) / a, np.exp(-a / outer) / a],
        [K[0] * (np.cosh(a / inner) / inner - np.sinh(a / inner) / a) / a,
         -K[1] * np.exp(-a / outer) * (1 / outer + 1 / a) / a],
    ]  # fmt: skip
    A, B = np.linalg.solve(system, [EFFECTIVE[0] - EFFECTIVE[1], 0.0])

    def pressure(r: np.ndarray) -> np.ndarray:
        inside = EFFECTIVE[0] - A * np.sinh(np.minimum(r, a) / inner) / r
        return np.where(r < a, inside, EFFECTIVE[1] + B * np.exp(-r / outer) / r)

    return pressure, float(A * system[1][0])


def test_the_exact_spheres_are_those_of_the_tables():
    pressure, rim = alone(500.0)
    r = np.array([1e-9, 0.25, 0.5, 0.75, 0.9]) * 500
    np.testing.assert_allclose(pressure(r), [4.6090, 4.3630, 3.5936, 2.2005, 0.9931], atol=6e-5)
    assert rim == pytest.approx(5.3358, abs=6e-5)
    pressure, rim = alone(1000.0)
    np.testing.assert_allclose(pressure(2 * r), [9.3673, 9.0531, 7.9410, 5.4134, 2.6644], atol=6e-5)
    assert rim == pytest.approx(7.6570, abs=6e-5)
    pressure, rim = embedded(500.0)
    r = np.array([1e-9, 0.5, 0.9, 1.0, 1.25, 1.5, 2.0]) * 500
    expected = [10.6285, 10.5001, 10.1712, 10.0456, 8.7881, 8.0381, 7.2506]
    np.testing.assert_allclose(pressure(r), expected, atol=6e-5)
    assert rim == pytest.approx(0.6748, abs=6e-5)


def solved(radius: float, dx: float, end: float, exact: Callable[[np.ndarray], np.ndarray], outside: float):
    """An octant out to ``end`` um, conductivity ``outside`` of the ball relative to its own: distances of the centres,
    pressures, and what leaves the ball per area of its rim, um/min."""
    n = round(end / dx) + 1
    x = (np.arange(n) + 0.5) * dx
    r = np.sqrt(x**2 + x[:, None] ** 2 + x[:, None, None] ** 2)
    inside = r < radius
    sink = np.where(inside, *LEAK)
    source = sink * np.where(inside, *EFFECTIVE)
    k = fast("fp32")
    solver = Interstitial(
        k, r.shape, (dx,) * 3, K[0], {}, np.where(inside, 1.0, outside), (r >= end, exact(r))
    )  # fmt: skip
    p = k.zeros(n**3)
    solver.solve(p, k.array(sink.ravel()), k.array(source.ravel()))
    assert solver.unsolved <= 1
    out = sum(np.diff(f, axis=2 - a) for a, f in enumerate(solver.flow(p)))
    return r, k.host(p).astype(float).reshape(r.shape), out[inside].sum() * dx**3 / (4 * np.pi * radius**2 / 8)


CASES = {"alone": (alone, 1.0, 100.0), "in normal tissue": (embedded, 2.5, K[1] / K[0])}


@pytest.mark.parametrize(
    ("radius", "dx"), [(500.0, 20.0), (1000.0, 20.0), pytest.param(500.0, 10.0, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("where", CASES)
def test_p1_the_pressure_of_a_tumour_and_how_fast_fluid_leaves_it(measured, where, radius, dx):
    exactly, reach, outside = CASES[where]
    exact, rim = exactly(radius)
    r, p, speed = solved(radius, dx, reach * radius, exact, outside)
    most = 3.0 if dx > 10 else 1.5
    what = f"R {radius:g} um {where}, dx {dx:g} um"
    seen = r < (radius if where == "alone" else 2 * radius)
    off = 100 * np.abs(p - exact(r))[seen].max() / exact(np.array([1e-9]))[0]
    measured("P1", f"{what}: worst error of the pressure over that of the centre", 0, off, most, "%")
    measured("P1", f"{what}: velocity at the rim", rim, speed, f"{most:g} %", "um/min")
    if radius == 500 and dx == 20:
        rays = np.arange(len(p)), np.zeros(len(p), int), np.zeros(len(p), int)
        shown = r[rays] < 1.6 * radius
        line = np.linspace(1, 1.6 * radius, 200)
        measured.panel("P1", "interstitial pressure", "r (um)", "p (mmHg)", {where: (r[rays][shown], p[rays][shown])},
                       {where: (line, exact(line))})  # fmt: skip


def test_p2_a_leak_in_tissue_that_drains(measured):
    """1e4 um3/min into tumour tissue, above its pressure at rest: 3 % from four voxels on."""
    dx, n, given = 20.0, 60, 1e4
    x = (np.arange(n) + 0.5) * dx
    r = np.sqrt(x**2 + x[:, None] ** 2 + x[:, None, None] ** 2)
    sink, source = np.full(r.size, LEAK[0]), np.zeros(r.size)
    source[0] = given / 8 / dx**3
    k = fast("fp64")
    solver = Interstitial(k, (n,) * 3, (dx,) * 3, K[0], {})
    p = k.zeros(r.size)
    solver.solve(p, k.array(sink), k.array(source))
    law = lambda r: given * np.exp(-r / LENGTH[0]) / (4 * np.pi * K[0] * r)  # noqa: E731
    np.testing.assert_allclose(law(np.array([20.0, 50, 100, 200])), [0.1492, 0.0534, 0.0222, 0.0077], atol=6e-5)
    p, near = k.host(p).reshape(r.shape), (r >= 80) & (r <= 250)
    off = 100 * np.abs(p[near] / law(r[near]) - 1).max()
    measured("P2", "worst relative error, 80 to 250 um, dx 20 um", 0, off, 3, "%")
    order = np.argsort(r[near])[::40]
    measured.panel("P2", "a leak", "r (um)", "p (mmHg)", {"1e4 um3/min": (r[near][order], p[near][order])},
                   {"1e4 um3/min": (r[near][order], law(r[near][order]))}, "y")  # fmt: skip


def test_p1_the_packaged_tumour_has_the_pressure_of_one_in_normal_tissue(measured):
    """`baxter-jain`: a ball of 500 um in voxels of 40 um, at the middle and at shells of one voxel."""
    simulation = Simulation(load("baxter-jain"))
    simulation.step()
    p = simulation.fields["interstitial pressure"]
    x = simulation.scenario.domain.voxel_centres()
    far = np.sqrt(sum(np.asarray(along) ** 2 for along in x))
    for share, there in ((0.0, 10.6285), (0.5, 10.5001), (0.9, 10.1712), (1.25, 8.7881), (1.5, 8.0381), (2.0, 7.2506)):
        near = np.abs(far - 500 * share) < (60 if share == 0 else 20)
        measured("P1", f"scenario baxter-jain, {share:g} R from the middle", there, p[near].mean(), "3 %", "mmHg")
