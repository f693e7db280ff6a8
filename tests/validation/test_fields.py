"""Fields against exact solutions: Green's function, orders, penetration depths, point source."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import tables

from gputme.solvers.axis import Face
from gputme.solvers.diffusion import Diffusion


def fast(precision: str = "fp64"):
    """The native kernels where there is a compiler, else NumPy."""
    found = tables(precision)
    return found.get("native", found["numpy"])


def centres(n: int, h: float) -> np.ndarray:
    return (np.arange(n) - (n - 1) / 2) * h


def run(d: Diffusion, start, dt: float, steps: int, sink=0.0, source=0.0) -> np.ndarray:
    """The field after some steps, float64, (nz*ny*nx,)."""
    k, n = d.kernels, d.workspace.grids[0].voxels
    u, s, q = (k.array(np.broadcast_to(np.ravel(a), n)) for a in (start, sink, source))
    for _ in range(steps):
        d.step(u, s, q, dt)
    return k.host(u).astype(np.float64)


def slope(x, y) -> float:
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


# -- A1: spreading Gaussian ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scheme", "decay"), [("implicit", 0.0), ("implicit", 0.2), ("lod", 0.2)])
@pytest.mark.parametrize("dimensions", [2, 3])
def test_a1_a_gaussian_spreads_as_greens_function_says(measured, dimensions, scheme, decay):
    """Relative L2 error below 1 % once sqrt(2 D t) = 5 dx; mean square displacement and total by the discrete laws."""
    D, dx, dt, n = 1000.0, 20.0, 0.01, 41
    start_time, end_time = 60.0**2 / (2 * D), 100.0**2 / (2 * D)
    shape = (n if dimensions == 3 else 1, n, n)
    z, y, x = np.meshgrid(*(centres(m, dx) for m in shape), indexing="ij")
    r2 = x**2 + y**2 + z**2

    def exact(t: float) -> np.ndarray:
        return np.exp(-r2 / (4 * D * t) - decay * (t - start_time)) / (4 * np.pi * D * t) ** (dimensions / 2)

    steps = round((end_time - start_time) / dt)
    d = Diffusion(fast(), shape, (dx,) * 3, D, decay, scheme=scheme)
    first = exact(start_time)
    u = run(d, first, dt, steps).reshape(shape)
    expected = exact(start_time + steps * dt)
    error = np.linalg.norm(u - expected) / np.linalg.norm(expected)
    measured("A1", f"relative L2 error at sqrt(2Dt) = 5 dx, {scheme}", 0, 100 * error, 1, "%")
    if scheme == "implicit" and not decay and dimensions == 3:
        middle = (n // 2,) * 2
        measured.panel("A1", "spreading Gaussian, 3D", "x (um)", "field", {"t = 5 s": (x[middle], 1e6 * u[middle])},
                       {"start": (x[middle], 1e6 * first[middle]), "t = 5 s": (x[middle], 1e6 * expected[middle])})
    parts = 1 if scheme == "implicit" else dimensions  # the split shares the decay between its sweeps
    factor = (1 + decay * dt / parts) ** (-steps * parts)
    kind = "without decay" if not decay else "with decay, as (1 + decay dt / d)^(-d n)" if parts > 1 else "with decay"
    measured("A1", f"relative error of the total {kind}, {scheme}, fp64", 0, u.sum() / first.sum() / factor - 1, 1e-10)
    spread = (u * r2).sum() / u.sum() - (first * r2).sum() / first.sum()
    gain = spread / (2 * dimensions * D * steps * dt / (1 + decay * dt / parts))
    measured("A1", f"gain of <r^2> over 2 d D t (its discrete law), {scheme}", 1, gain, "0.2 %")


def test_a1_mass_is_kept_in_single_precision(measured):
    """A day of one-minute steps of a pulse in a closed box."""
    start = np.zeros((20, 21, 22))
    start[4, 5, 6] = 1000.0
    u = run(Diffusion(fast("fp32"), start.shape, (20.0,) * 3, 1000.0, 0.0), start, 1.0, 1440)
    measured("A1", "relative error of the total without decay, implicit, fp32, 1440 steps", 0, u.sum() / 1000 - 1, 1e-6)
    assert u.min() >= 0


def test_every_axis_has_its_own_spacing():
    """dx, dy, dz all differ: the mean square displacement is 2 D t along each of them."""
    D, dt, steps, shape, spacing = 1000.0, 0.1, 30, (15, 31, 61), (10.0, 20.0, 40.0)
    z, y, x = np.meshgrid(*(centres(n, h) for n, h in zip(shape, spacing[::-1])), indexing="ij")
    first = np.exp(-(x**2 + y**2 + z**2) / (2 * 40.0**2))
    u = run(Diffusion(fast(), shape, spacing, D, 0.0), first, dt, steps).reshape(shape)
    for axis in (x, y, z):
        spread = (u * axis**2).sum() / u.sum() - (first * axis**2).sum() / first.sum()
        assert spread == pytest.approx(2 * D * dt * steps, rel=0.01)


@pytest.mark.parametrize("precision", ["fp32", "fp64"])
def test_a_varying_coefficient_conserves_mass_and_tends_to_a_constant(precision):
    rng = np.random.default_rng(3)
    shape, relative = (9, 10, 11), rng.uniform(0.05, 1, (9, 10, 11))
    d = Diffusion(fast(precision), shape, (20.0,) * 3, 1e4, 0.0, diffusion_map=relative)
    first = rng.uniform(0, 38, shape)
    u = run(d, first, 1.0, 300)
    assert u.sum() == pytest.approx(first.sum(), rel=1e-10 if precision == "fp64" else 1e-6)
    assert np.abs(u / first.mean() - 1).max() < 1e-3


# -- A2: orders ---------------------------------------------------------------------------------------------------


def cosine_error(n: int, dt: float, scheme: str = "implicit") -> float:
    D, length, t = 1e5, 1000.0, 0.5
    x = (np.arange(n) + 0.5) * length / n
    mode = np.cos(np.pi * x / length)
    first = 2 + np.outer(mode, mode)
    h = length / n
    d = Diffusion(fast(), (1, n, n), (h, h, h), D, 0.0, scheme=scheme, tolerance=1e-12, max_cycles=30)
    u = run(d, first, dt, round(t / dt)).reshape(n, n)
    amplitude = ((u - 2) * np.outer(mode, mode)).sum() / (np.outer(mode, mode) ** 2).sum()
    return abs(amplitude - np.exp(-2 * D * (np.pi / length) ** 2 * t))


@pytest.mark.parametrize("scheme", ["implicit", "lod"])
def test_a2_first_order_in_the_step(measured, scheme):
    steps = [0.05, 0.025, 0.0125, 0.00625]
    errors = [cosine_error(32, dt, scheme) for dt in steps]
    line = [errors[0] * dt / steps[0] for dt in steps]
    points, first_order = {scheme: (steps, errors)}, {scheme: (steps, line)}
    measured.panel("A2", "order in the step", "dt (min)", "error", points, first_order, "xy")
    measured("A2", f"order in dt, {scheme}", 1, slope(steps, errors), 0.15)


def test_a2_second_order_in_the_voxel(measured):
    """Against the same steps on the finest grid's exact discrete law, so that the step's own error drops out."""
    D, length, dt, steps = 1e5, 1000.0, 0.01, 20
    counts, errors = [8, 16, 32, 64], []
    for n in counts:
        h = length / n
        x = (np.arange(n) + 0.5) * h
        d = Diffusion(fast(), (1, 1, n), (h, h, h), D, 0.0, tolerance=1e-13, max_cycles=30)
        u = run(d, 2 + np.cos(np.pi * x / length), dt, steps)
        exact = 2 + np.cos(np.pi * x / length) * (1 + dt * D * (np.pi / length) ** 2) ** -steps
        errors.append(np.abs(u - exact).max())
    measured("A2", "order in dx, implicit", 2, -slope(counts, errors), 0.15)


@pytest.mark.parametrize("n", [24, 25])
def test_a_cosine_on_a_periodic_grid_decays_by_the_discrete_law(n):
    """Also where an odd axis closes on itself: amplitude per step 1 / (1 + dt D (2 - 2 cos k dx) / dx^2)."""
    faces = {f"{axis}_{end}": Face(periodic=True) for axis in "xy" for end in ("min", "max")}
    D, dx, dt, steps = 1e4, 20.0, 0.2, 10
    wave = np.cos(2 * np.pi * (np.arange(n) / n)[:, None] + 4 * np.pi * np.arange(n) / n)
    d = Diffusion(fast(), (1, n, n), (dx,) * 3, D, 0.0, faces, tolerance=1e-13, max_cycles=40)
    u = run(d, 2 + wave, dt, steps).reshape(n, n)
    laplace = sum((2 - 2 * np.cos(2 * np.pi * m / n)) / dx**2 for m in (1, 2))
    np.testing.assert_allclose(u, 2 + wave * (1 + dt * D * laplace) ** -steps, atol=1e-9)


# -- A4: penetration depth ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["steady", "implicit"])
@pytest.mark.parametrize(("reach", "discrete"), [(99.5, 99.67), (34.6, 35.1)])
def test_a4_penetration_depth_follows_the_discrete_law(measured, reach, discrete, scheme):
    """c = c0 cosh((L - x)/l)/cosh(L/l) with l = dx / (2 asinh(dx / 2 l)): 1e-6, however one gets there."""
    D, dx, n = 1e5, 20.0, 41
    mask = np.zeros((1, 1, n), bool)
    mask[..., 0] = True
    d = Diffusion(fast(), (1, 1, n), (dx,) * 3, D, D / reach**2, {}, (mask, 38.0), None, scheme, 1e-13, 30)
    u = run(d, 0.0, 1.0, 1 if scheme == "steady" else 60)
    law = dx / (2 * np.arcsinh(dx / (2 * reach)))
    assert law == pytest.approx(discrete, abs=0.05)
    x, length = np.arange(n) * dx, (n - 0.5) * dx  # no flux at the upper face
    exact = 38 * np.cosh((length - x) / law) / np.cosh(length / law)
    measured("A4", f"worst relative error, l {reach} um, dx 20 um, {scheme}", 0, np.abs(u / exact - 1).max(), 1e-6)
    found = -dx / np.log(u[1:4] / u[:3])  # far from the other end
    measured("A4", f"decay length, l {reach} um, dx 20 um", discrete, found.mean(), 0.05, "um")
    near, label = x <= 420, f"l = {reach} um"
    points, law = {label: (x[near], u[near])}, {label: (x[near], exact[near])}
    measured.panel("A4", "penetration depth", "x (um)", "field", points, law, "y")


# -- A5: point source ---------------------------------------------------------------------------------------------


def point_source(scheme: str, n: int, reach: float, dt: float, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Steady field of a source of 1000 /min in the middle voxel and the distances, um."""
    D, dx = 1e5, 20.0
    source = np.zeros((n, n, n))
    source[n // 2, n // 2, n // 2] = 1000.0
    x = centres(n, dx)
    r = np.sqrt(x**2 + x[:, None] ** 2 + x[:, None, None] ** 2)
    d = Diffusion(fast(), (n, n, n), (dx,) * 3, D, D / reach**2, scheme=scheme, tolerance=1e-10, max_cycles=30)
    return run(d, 0.0, dt, steps, source=source).reshape(r.shape), r


def test_a5_a_point_source_reaches_the_steady_field(measured):
    """c = S exp(-r/l) / (4 pi D r), 3 % from four voxels on, before the walls are felt."""
    u, r = point_source("steady", 61, 200.0, 1.0, 1)
    near = (r >= 80) & (r <= 160)
    exact = 1000.0 * 20.0**3 * np.exp(-r[near] / 200) / (4 * np.pi * 1e5 * r[near])
    measured("A5", "worst relative error, 4 dx <= r <= 8 dx", 0, 100 * np.abs(u[near] / exact - 1).max(), 3, "%")
    order = np.argsort(r[near])[::12]
    measured.panel("A5", "point source", "r (um)", "field", {"l = 200 um": (r[near][order], u[near][order])},
                   {"l = 200 um": (r[near][order], exact[order])})


def test_a5_the_split_schemes_steady_error_vanishes_with_the_step(measured):
    exact, r = point_source("steady", 21, 60.0, 1.0, 1)
    where = (r >= 40) & (r <= 120)
    steps = [0.0008, 0.0004, 0.0002]
    errors = [np.abs(point_source("lod", 21, 60.0, dt, round(0.4 / dt))[0] - exact)[where].max() for dt in steps]
    measured("A5", "order of the split's steady error in dt, lod", 1, slope(steps, errors), 0.15)
