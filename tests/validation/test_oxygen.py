"""Oxygen in consuming tissue: spheres against exact solutions, packed cells too, and steady states at any step."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import solve_banded
from scipy.optimize import brentq

from gputme.engine import Simulation
from gputme.model import loads
from gputme.solvers.diffusion import Diffusion
from validation.test_fields import centres, fast, run


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


def test_a26_zero_order_consumers_and_the_critical_radius(measured):
    """p(r) = p0 - G (R^2 - r^2) / 6D; the centre reaches 0 at R_c = sqrt(6 D p0 / G) = 357.8 um."""
    D, G, p0 = 1.2e5, 900.0, 160.0
    centre = []
    for radius in (250.0, 330.0):
        s = Sphere(radius, 20.0)
        d = s.solver(D, beyond(s.r, radius, p0, G * radius / (3 * D)))
        u = run(d, p0, 1.0, 1, source=-G * s.inside).reshape(s.shape)
        exact = p0 - G * (radius**2 - s.r**2) / (6 * D)
        core = s.r < radius - 30
        error = np.abs(u[core] - exact[core]).max() / p0
        measured("A26", f"worst error of p(r) over p0, R {radius:.0f} um", 0, 100 * error, 2, "%")
        along = s.r[0, 0] < radius
        label = f"R = {radius:.0f} um"
        measured.panel("A26", "zero-order sphere", "r (um)", "pO2 (mmHg)", {label: (s.r[0, 0, along], u[0, 0, along])},
                       {label: (s.r[0, 0, along], exact[0, 0, along])})
        centre.append(u[0, 0, 0] - G * s.r[0, 0, 0] ** 2 / (6 * D))
    per_area = (centre[0] - centre[1]) / (330.0**2 - 250.0**2)
    radius2 = 250.0**2 + centre[0] / per_area
    measured("A26", "critical radius R_c, p0 160 mmHg, G 900 mmHg/min", 357.8, np.sqrt(radius2), "2 %", "um")


@pytest.mark.parametrize("radius", [450.0, 600.0])
def test_a26_the_starved_core_has_its_radius(measured, radius):
    """R_c^2 = (R - R_n)^2 (1 + 2 R_n / R); consumption that stops at 0 is G p / (0.1 mmHg + p), by Newton steps."""
    D, G, p0, K = 1.2e5, 900.0, 160.0, 0.1
    core = brentq(lambda x: (radius - x) ** 2 * (1 + 2 * x / radius) - 6 * D * p0 / G, 0, radius)
    s = Sphere(radius, 15.0)
    d = s.solver(D, beyond(s.r, radius, p0, G * (radius**3 - core**3) / (3 * D * radius**2)))
    u = np.full(s.shape, p0)
    for _ in range(30):
        sink, source = s.inside * G * K / (K + u) ** 2, -s.inside * G * u**2 / (K + u) ** 2
        u = run(d, u, 1.0, 1, sink, source).reshape(s.shape)
    consumed = 8 * (s.inside * u / (K + u)).sum() * s.dx**3  # volume at full consumption
    found = np.cbrt(radius**3 - 3 * consumed / (4 * np.pi))
    measured("A26", f"starved core, R {radius:.0f} um", core, found, "2 %", "um")


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
    38.0: {50: 35.1, 100: 26.5, 150: 13.1, 175: 6.07, 200: 1.54, 250: 0.059},
    160.0: {50: 157, 100: 148, 150: 132, 175: 122, 200: 111, 250: 83.7},
}


@pytest.mark.parametrize(("p0", "radius", "centre"), [(p, r, c) for p, t in TABLE_A27.items() for r, c in t.items()])
def test_a27_saturating_consumers(measured, p0, radius, centre):
    """V 900 mmHg/min, K 2.5 mmHg, D 1.2e5: the centre's pO2, by Picard iteration of V / (K + c); 3 %."""
    D, V, K = 1.2e5, 900.0, 2.5
    starved = centre < 1  # the field falls within sqrt(D K / V) = 18 um
    s = Sphere(radius, 6.25 if starved or radius < 60 else 12.5)
    mid, p = saturating_profile(radius, p0, D, V, K)
    slope_there = (p0 - p[-1]) / (radius - mid[-1])
    d = s.solver(D, beyond(s.r, radius, p0, slope_there))
    u = np.full(s.shape, p0)
    for _ in range(60):
        before, u = u, run(d, u, 1.0, 1, sink=s.inside * V / (K + u)).reshape(s.shape)
        if np.abs(u - before).max() < 1e-6 * p0:
            break
    middle = u[0, 0, 0] - (u[1, 1, 1] - u[0, 0, 0]) / 8  # r^2 of the first voxels is 3/4 and 27/4: to r = 0
    assert p[0] == pytest.approx(centre, rel=0.02)  # the target itself, to its digits
    note = "at R 250 um and 38 mmHg the field falls within 18 um: with dx 12.5 um the centre reads 4 % high" * starved
    measured("A27", f"centre, p0 {p0:g} mmHg, R {radius} um, dx {s.dx} um", centre, middle, "3 %", "mmHg", note)
    label = f"p0 = {p0:g} mmHg"
    sizes = np.arange(50.0, 260.0, 20.0)
    line = [saturating_profile(size, p0, D, V, K)[1][0] for size in sizes]
    measured.panel("A27", "Michaelis-Menten sphere", "R (um)", "centre (mmHg)", {label: ([radius], [middle])},
                   {label: (sizes, line)})


@pytest.mark.parametrize(("radius", "centre"), [(256, 15.0), (317, 10.0), (412, 5.0)])
def test_a28_first_order_consumers(measured, radius, centre):
    """c(0) / c(R) = (R/l) / sinh(R/l), l = 99.5 um, 38 mmHg at the surface; 2 %."""
    D, reach = 1e5, 99.5
    s = Sphere(radius, 12.5)
    surface_slope = 38.0 * (1 / reach / np.tanh(radius / reach) - 1 / radius)
    d = s.solver(D, beyond(s.r, radius, 38.0, surface_slope))
    u = run(d, 38.0, 1.0, 1, sink=s.inside * D / reach**2).reshape(s.shape)
    x = s.r[0, 0, 0] / reach
    exact = 38 * (radius / reach) / np.sinh(radius / reach)
    assert exact == pytest.approx(centre, rel=0.02)
    found = u[0, 0, 0] * x / np.sinh(x)
    measured("A28", f"centre, R {radius} um, l 99.5 um, 38 mmHg", exact, found, "2 %", "mmHg")
    sizes = np.linspace(200, 450, 26) / reach
    measured.panel("A28", "first-order sphere", "R (um)", "centre (mmHg)", {"l = 99.5 um": ([radius], [found])},
                   {"l = 99.5 um": (sizes * reach, 38 * sizes / np.sinh(sizes))})


# -- packed cells: the same laws at a surface within the tissue, with the uptake per volume that the cells have ----

PACKED = """
name = "packed"
domain = {{ size = [700, 700, 700], voxel = 20 }}
time = {{ end = "1 h" }}
[[substrate]]
name = "oxygen"
unit = "mmHg"
diffusion = {D}
decay = 0
initial = 38
faces = {{ fixed = {outside} }}
scheme = "{scheme}"
tolerance = {tolerance}
[[cell_type]]
name = "cell"
apoptosis = {{ rate = 0 }}
mechanics = {{ movable = false }}
exchange = {{ oxygen = {{ {uptake} }} }}
[[cells]]
type = "cell"
spacing = {spacing}
sphere = {{ radius = {radius} }}
[numerics]
picard = 4
max_cycles = 40
precision = "{precision}"
"""


def packed(uptake: str, radius: float, **change) -> Simulation:
    """Cells that do nothing but consume, close-packed within a radius (um)."""
    usual = dict(D=1.2e5, outside=38, scheme="steady", tolerance=1e-9, spacing=1.9048, precision="fp64")
    return Simulation(loads(PACKED.format(uptake=uptake, radius=radius, **(usual | change))))


def at_cells(simulation: Simulation) -> tuple[np.ndarray, np.ndarray]:
    """Distance from the centre and oxygen at each cell, by id, trilinear between voxel centres as cells sense it."""
    from scipy.interpolate import RegularGridInterpolator

    cells, field = simulation.cells, simulation.fields["oxygen"]
    axes, order = [centres(n, 20.0) for n in field.shape], np.argsort(cells["id"])
    where = np.stack([cells[a][order] for a in "zyx"], axis=1).astype(np.float64)
    r = np.linalg.norm(where, axis=1)
    return r, RegularGridInterpolator(axes, field.astype(np.float64), bounds_error=False, fill_value=None)(where)


def shell_mean(r: np.ndarray, p: np.ndarray, at: float) -> float:
    """p at a distance, from a line through the cells around it."""
    near = np.abs(r - at) < 20
    return float(np.polyfit(r[near] - at, p[near], 1)[1])


def filling(spacing: float, volume: float = 2494.0) -> float:
    """Share of the volume that packed cells fill: layers sqrt(3) / 2 spacings apart, rows too, as PhysiCell has it."""
    apart = spacing * (volume * 3 / (4 * np.pi)) ** (1 / 3)
    return volume / (0.75 * apart**3)


def test_a28_packed_cells_consume_as_a_uniform_sphere(measured):
    """c(0) / c(r) = (r/l) / sinh(r/l) within a ball of cells whose uptake times filling gives l = 99.5 um."""
    D, reach, r0 = 1e5, 99.5, 200.0
    simulation = packed(f"uptake = {D / reach**2 / filling(1.9048)}", 256, D=D)
    simulation.run(3)
    r, p = at_cells(simulation)
    ratio = shell_mean(np.abs(r), p, 30.0) / shell_mean(r, p, r0)
    exact = (np.sinh(30 / reach) / 30) / (np.sinh(r0 / reach) / r0)
    measured("A28", "packed cells, c(30 um) / c(200 um), l 99.5 um, dx 20 um", exact, ratio, "2 %")


@pytest.mark.parametrize("outside", [80, 160])
def test_a27_packed_cells_consume_as_a_saturating_sphere(measured, outside):
    """The centre, given the oxygen 120 um from it; V 900 mmHg/min per volume of tissue, K 2.5 mmHg."""
    D, V, K, r0 = 1.2e5, 900.0, 2.5, 120.0
    simulation = packed(f"vmax = {V / filling(1.9048)}, km = {K}", 175, outside=outside)
    simulation.run(8)
    r, p = at_cells(simulation)
    mid, expected = saturating_profile(r0, shell_mean(r, p, r0), D, V, K)
    found = shell_mean(r, p, 30.0)
    measured(
        "A27", f"packed cells, 30 um from the centre, {outside} mmHg at the walls, dx 20 um",
        float(np.interp(30.0, mid, expected)), found, "3 %", "mmHg",
    )  # fmt: skip


# -- steady states do not depend on the step -----------------------------------------------------------------------


@pytest.mark.parametrize("dt", [0.1, 1.0])
@pytest.mark.parametrize("precision", ["fp32", "fp64"])
@pytest.mark.parametrize("dx", [20.0, 10.0, 5.0])
def test_a_consuming_slab_does_not_depend_on_the_step(measured, dx, precision, dt):
    """Uptake 10 /min in 800 um, 38 mmHg in both end voxels, D 1e5, ten minutes: within 0.5 % of the dense solve."""
    n, D, uptake = round(800 / dx), 1e5, 10.0
    ends = np.zeros((1, 1, n), bool)
    ends[..., [0, -1]] = True
    d = Diffusion(fast(precision), ends.shape, (dx,) * 3, D, 0.0, {}, (ends, 38.0))
    u = run(d, 38.0, dt, round(10 / dt), uptake)
    bands = np.zeros((3, n))
    bands[0, 2:] = bands[2, :-2] = -D / dx**2
    bands[1], bands[1, [0, -1]] = uptake + 2 * D / dx**2, 1.0
    held = np.zeros(n)
    held[[0, -1]] = 38.0
    exact = solve_banded((1, 1), bands, held)
    measured("O2", f"slab, worst voxel, dx {dx:g} um, dt {dt:g} min", 0, 100 * np.abs(u / exact - 1).max(), 0.5, "%")


@pytest.mark.parametrize("dt", [0.1, 1.0])
def test_a_packed_spheroid_does_not_depend_on_the_step(measured, dt):
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
    measured("O2", f"uniform spheroid, mean over voxels, dt {dt} min", 0, 100 * error.mean(), 0.5, "%")
    measured("O2", f"uniform spheroid, worst voxel, dt {dt} min", 0, 100 * error.max(), 0.5, "%")


@pytest.mark.parametrize("dt", [0.1, 1.0])
def test_oxygen_at_packed_cells_does_not_depend_on_the_step(measured, dt):
    """9,392 cells as PhysiCell's stock spheroid is timed with, frozen, after ten minutes in single precision."""
    text = "uptake = 10"
    usual = dict(D=1e5, spacing=2.0, radius=200)
    exact = packed(text, **usual)
    exact.run(2)
    simulation = packed(text, **usual, scheme="implicit", tolerance=1e-4, precision="fp32")
    simulation = Simulation(simulation.scenario.with_("substrate.oxygen.step", f"{dt} min"))
    simulation.run(10)
    (_, expected), (_, found) = at_cells(exact), at_cells(simulation)
    error = 100 * np.abs(found / expected - 1)
    count = f"{len(found)} packed cells"
    measured("O2", f"{count}, mean over cells, dt {dt:g} min", 0, error.mean(), 0.5, "%")
    measured("O2", f"{count}, worst cell, dt {dt:g} min", 0, error.max(), 0.5, "%")
