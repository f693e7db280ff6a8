"""Fields against exact solutions: Green's function, orders, penetration depths, point source, consuming spheres."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import tables
from scipy.linalg import solve_banded

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
    debt = 0.0
    for _ in range(steps):
        debt = d.step(u, s, q, dt, debt)
    return k.host(u).astype(np.float64)


def slope(x, y) -> float:
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


# -- A1: spreading Gaussian ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("scheme", "decay"), [("implicit", 0.0), ("implicit", 0.2), ("lod", 0.2)])
@pytest.mark.parametrize("dimensions", [2, 3])
def test_a1_a_gaussian_spreads_as_greens_function_says(dimensions, scheme, decay):
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
    assert np.linalg.norm(u - expected) / np.linalg.norm(expected) < 0.01
    parts = 1 if scheme == "implicit" else dimensions  # the split shares the decay between its sweeps
    factor = (1 + decay * dt / parts) ** (-steps * parts)
    assert u.sum() / first.sum() == pytest.approx(factor, rel=1e-10)
    spread = (u * r2).sum() / u.sum() - (first * r2).sum() / first.sum()
    assert spread == pytest.approx(2 * dimensions * D * steps * dt / (1 + decay * dt / parts), rel=0.002)


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
def test_a2_first_order_in_the_step(scheme):
    steps = [0.05, 0.025, 0.0125, 0.00625]
    assert slope(steps, [cosine_error(32, dt, scheme) for dt in steps]) == pytest.approx(1, abs=0.15)


def test_a2_second_order_in_the_voxel():
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
    assert slope(counts, errors) == pytest.approx(-2, abs=0.15)


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
def test_a4_penetration_depth_follows_the_discrete_law(reach, discrete, scheme):
    """c = c0 cosh((L - x)/l)/cosh(L/l) with l = dx / (2 asinh(dx / 2 l)): 1e-6, however one gets there."""
    D, dx, n = 1e5, 20.0, 41
    mask = np.zeros((1, 1, n), bool)
    mask[..., 0] = True
    d = Diffusion(fast(), (1, 1, n), (dx,) * 3, D, D / reach**2, {}, (mask, 38.0), None, scheme, 1e-13, 30)
    u = run(d, 0.0, 1.0, 1 if scheme == "steady" else 60)
    law = dx / (2 * np.arcsinh(dx / (2 * reach)))
    assert law == pytest.approx(discrete, abs=0.05)
    x, length = np.arange(n) * dx, (n - 0.5) * dx  # no flux at the upper face
    np.testing.assert_allclose(u, 38 * np.cosh((length - x) / law) / np.cosh(length / law), rtol=1e-6)


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


def test_a5_a_point_source_reaches_the_steady_field():
    """c = S exp(-r/l) / (4 pi D r), 3 % from four voxels on, before the walls are felt."""
    u, r = point_source("steady", 61, 200.0, 1.0, 1)
    near = (r >= 80) & (r <= 160)
    exact = 1000.0 * 20.0**3 * np.exp(-r[near] / 200) / (4 * np.pi * 1e5 * r[near])
    assert np.abs(u[near] / exact - 1).max() < 0.03


def test_a5_the_split_schemes_steady_error_vanishes_with_the_step():
    exact, r = point_source("steady", 21, 60.0, 1.0, 1)
    where = (r >= 40) & (r <= 120)
    steps = [0.0008, 0.0004, 0.0002]
    errors = [np.abs(point_source("lod", 21, 60.0, dt, round(0.4 / dt))[0] - exact)[where].max() for dt in steps]
    assert slope(steps, errors) == pytest.approx(1, abs=0.15)


# -- A26 to A28: consuming spheres --------------------------------------------------------------------------------


class Sphere:
    """An eighth of a sphere of consumers in a box whose outer voxels hold the field of the exact solution outside.

    ``inside``: share of each voxel's volume within the sphere.
    """

    def __init__(self, radius: float, dx: float):
        n = int(radius / dx) + 3
        self.shape, self.dx = (n, n, n), dx
        x = (np.arange(n) + 0.5) * dx
        self.r = np.sqrt(x**2 + x[:, None] ** 2 + x[:, None, None] ** 2)
        fine = (np.arange(6 * n) + 0.5) * dx / 6
        within = fine**2 + fine[:, None] ** 2 + fine[:, None, None] ** 2 < radius**2
        self.inside = within.reshape(n, 6, n, 6, n, 6).mean(axis=(1, 3, 5))
        self.outer = np.zeros(self.shape, bool)
        self.outer[-1] = self.outer[:, -1] = self.outer[:, :, -1] = True

    def solver(self, D: float, outside: np.ndarray) -> Diffusion:
        fixed = (self.outer, outside)
        return Diffusion(fast(), self.shape, (self.dx,) * 3, D, 0.0, {}, fixed, None, "steady", 1e-10, 40)


def beyond(r: np.ndarray, radius: float, surface: float, slope_there: float) -> np.ndarray:
    """Without consumers outside: harmonic, with the surface's value and slope."""
    return surface + slope_there * radius * (1 - radius / np.maximum(r, radius))


def test_a26_zero_order_consumers_and_the_critical_radius():
    """p(r) = p0 - G (R^2 - r^2) / 6D; the centre reaches 0 at R_c = sqrt(6 D p0 / G) = 357.8 um."""
    D, G, p0 = 1.2e5, 900.0, 160.0
    centre = []
    for radius in (250.0, 330.0):
        s = Sphere(radius, 20.0)
        d = s.solver(D, beyond(s.r, radius, p0, G * radius / (3 * D)))
        u = run(d, p0, 1.0, 1, source=-G * s.inside).reshape(s.shape)
        exact = p0 - G * (radius**2 - s.r**2) / (6 * D)
        core = s.r < radius - 30
        assert np.abs(u[core] - exact[core]).max() < 0.02 * p0
        centre.append(u[0, 0, 0] - G * s.r[0, 0, 0] ** 2 / (6 * D))
    per_area = (centre[0] - centre[1]) / (330.0**2 - 250.0**2)
    radius2 = 250.0**2 + centre[0] / per_area
    assert np.sqrt(radius2) == pytest.approx(357.8, rel=0.02)


def saturating_profile(radius: float, p0: float, D: float, V: float, K: float) -> tuple[np.ndarray, np.ndarray]:
    """The radial boundary value problem p'' + 2 p'/r = V p / (D (K + p)) by a fine finite-volume Newton solve."""
    n = 4000
    edges = np.linspace(0, radius, n + 1)
    mid, h = (edges[1:] + edges[:-1]) / 2, radius / n
    volume = (edges[1:] ** 3 - edges[:-1] ** 3) / 3
    link = D * edges[1:-1] ** 2 / h
    wall = D * radius**2 / (h / 2)
    p = np.full(n, p0 * 0.5)
    for _ in range(100):
        diagonal = V * K / (K + p) ** 2 * volume
        diagonal[:-1] += link
        diagonal[1:] += link
        diagonal[-1] += wall
        rest = -V * p / (K + p) * volume
        rest[:-1] += link * np.diff(p)
        rest[1:] -= link * np.diff(p)
        rest[-1] += wall * (p0 - p[-1])
        bands = np.zeros((3, n))
        bands[0, 1:], bands[1], bands[2, :-1] = -link, diagonal, -link
        change = solve_banded((1, 1), bands, rest)
        p = np.maximum(p + change, 1e-12)
        if np.abs(change).max() < 1e-10:
            break
    return mid, p


TABLE_A27 = {
    38.0: {50: 35.1, 100: 26.5, 150: 13.1, 175: 6.07, 200: 1.54},
    160.0: {50: 157, 100: 148, 150: 132, 175: 122, 200: 111, 250: 83.7},
}


@pytest.mark.parametrize(("p0", "radius", "centre"), [(p, r, c) for p, t in TABLE_A27.items() for r, c in t.items()])
def test_a27_saturating_consumers(p0, radius, centre):
    """V 900 mmHg/min, K 2.5 mmHg, D 1.2e5: the centre's pO2, by Picard iteration of V / (K + c); 3 %."""
    D, V, K = 1.2e5, 900.0, 2.5
    s = Sphere(radius, 12.5 if radius > 60 else 6.25)
    mid, p = saturating_profile(radius, p0, D, V, K)
    slope_there = (p0 - p[-1]) / (radius - mid[-1])
    d = s.solver(D, beyond(s.r, radius, p0, slope_there))
    u = np.full(s.shape, p0)
    for _ in range(25):
        before, u = u, run(d, u, 1.0, 1, sink=s.inside * V / (K + u)).reshape(s.shape)
        if np.abs(u - before).max() < 1e-6 * p0:
            break
    middle = u[0, 0, 0] - (u[1, 1, 1] - u[0, 0, 0]) / 8  # r^2 of the first voxels is 3/4 and 27/4: to r = 0
    assert p[0] == pytest.approx(centre, rel=0.01)
    assert middle == pytest.approx(centre, rel=0.03)


@pytest.mark.parametrize(("radius", "centre"), [(256, 15.0), (317, 10.0), (412, 5.0)])
def test_a28_first_order_consumers(radius, centre):
    """c(0) / c(R) = (R/l) / sinh(R/l), l = 99.5 um, 38 mmHg at the surface; 2 %."""
    D, reach = 1e5, 99.5
    s = Sphere(radius, 12.5)
    surface_slope = 38.0 * (1 / reach / np.tanh(radius / reach) - 1 / radius)
    d = s.solver(D, beyond(s.r, radius, 38.0, surface_slope))
    u = run(d, 38.0, 1.0, 1, sink=s.inside * D / reach**2).reshape(s.shape)
    x = s.r[0, 0, 0] / reach
    exact = 38 * (radius / reach) / np.sinh(radius / reach)
    assert exact == pytest.approx(centre, rel=0.02)
    assert u[0, 0, 0] * x / np.sinh(x) == pytest.approx(exact, rel=0.02)


@pytest.mark.parametrize("dt", [0.1, 1.0])
def test_a_packed_spheroid_does_not_depend_on_the_step(dt):
    """Uptake 10 /min within 200 um, 38 mmHg in the outermost voxels, dx 20, ten minutes in single precision: within
    0.5 % of the converged discrete answer, at the mean and at the worst voxel."""
    n, dx = 30, 20.0
    x = centres(n, dx)
    r = np.sqrt(x**2 + x[:, None] ** 2 + x[:, None, None] ** 2)
    tumour = r < 200
    shell = np.ones((n,) * 3, bool)
    shell[1:-1, 1:-1, 1:-1] = False
    sink = np.where(tumour, 10.0, 0.0)
    arguments = dict(shape=(n,) * 3, spacing=(dx,) * 3, diffusion=1e5, decay=0.1, fixed=(shell, 38.0))
    reference = run(Diffusion(fast(), **arguments, scheme="steady", tolerance=1e-11, max_cycles=60), 38.0, 1.0, 1, sink)
    u = run(Diffusion(fast("fp32"), **arguments), 38.0, dt, round(10 / dt), sink)
    error = np.abs(u / reference - 1).reshape(r.shape)[tumour]
    assert error.mean() < 0.005
    assert error.max() < 0.005
