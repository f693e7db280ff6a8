"""Targets A20 (what a cell does to the matrix of its voxel), A21 (how fibres guide) and A22 (speed over density),
through whole simulations: laws of Metzcar et al., Bull Math Biol (2025)."""

from __future__ import annotations

import numpy as np
import pytest

from gputme.engine import Simulation
from gputme.model import loads

STEPS = (102 / 1024, 0.5, 1.0, 6.0)  # min; time goes in 1/1024 min
SPACES = (2, 3)

BASE = """
name = "matrix"
[domain]
size = {size}
voxel = "20 um"
[time]
end = {end}
step = {step}
[numerics]
mechanics = false
precision = "{precision}"
[[substrate]]
name = "signal"
initial_ramp = {{ axis = "x", low = 0, high = 1 }}
static = true
diffusion = 0
decay = 0
[[cell_type]]
name = "cell"
cycle.model = "none"
apoptosis.rate = 0
"""


def simulation(
    text: str, side: float, dimensions: int, step: float, x: np.ndarray, precision: str = "fp32"
) -> Simulation:
    """Cells at x (n, 3) among what the text says, in a box of this side."""
    size = [side] * dimensions
    made = Simulation(loads(BASE.format(size=size, step=step, end=2000 * step, precision=precision) + text))
    made.add_cells("cell", *x[:, :dimensions].T)
    return made


def places(made: Simulation) -> np.ndarray:
    """(n, 3) um, by id."""
    cells = made.cells
    return np.column_stack([cells[axis] for axis in "xyz"]).astype(float)[np.argsort(cells["id"])]


def worst(errors: list[float]) -> float:
    return float(np.max(np.abs(errors)))


# ---------------------------------------------------------------------------------------------------- A20

SPEED, PRODUCTION, TARGET, ORDERING, ALIGNMENT, START = 0.1, 1e-2, 0.9, 0.2, 0.5, 0.1
TIMES = (6, 30, 60, 120)  # min: 12 um, within a voxel
FIBRES = {2: (0.28, 0.96, 0.0), 3: (2 / 7, 3 / 7, 6 / 7)}


def laid_down(t: np.ndarray, theta: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Density, anisotropy and the fibre's angle to the cell's way, after t min."""
    k, s = ORDERING * SPEED, ALIGNMENT * SPEED
    loose = (1 - START) * (1 - np.exp(-k * t)) / k
    angle = 2 * np.arctan(np.tan(theta / 2) * np.exp(-s * loose))
    return TARGET + (0.2 - TARGET) * np.exp(-PRODUCTION * t), 1 - (1 - START) * np.exp(-k * t), angle


@pytest.mark.parametrize("dimensions", SPACES)
@pytest.mark.parametrize("step", STEPS)
def test_a20_one_cell_remodels_its_voxel(measured, dimensions, step):
    text = f"""
motility = {{ speed = {SPEED}, bias = 1, chemotaxis = [{{ substrate = "signal" }}] }}
matrix = {{ production = {PRODUCTION}, target = {TARGET}, alignment = {ALIGNMENT}, ordering = {ORDERING} }}
[matrix]
density = 0.2
anisotropy = {START}
fibre = {list(FIBRES[dimensions][:dimensions])}
"""
    made = simulation(text, 60, dimensions, step, np.array([[-8.0, 0, 0]]))
    names, found, times = ("density", "anisotropy", "angle of the fibre"), [], []
    for t in TIMES:
        made.run(round(t / step) * step)
        assert -10 < places(made)[0, 0] < 10
        field = {name: values[tuple(n // 2 for n in values.shape)] for name, values in made.fields.items()}
        f = np.array([field[f"ECM fibre {axis}"] for axis in "xyz"], float)
        angle = np.arctan2(np.hypot(f[1], f[2]), abs(f[0]))
        times.append(made.time)
        found.append((float(field["ECM density"]), float(field["ECM anisotropy"]), float(angle)))
    theta = float(np.arccos(FIBRES[dimensions][0]))
    found, exact = np.array(found).T, np.array(laid_down(np.array(times), theta))
    curve = np.linspace(0, TIMES[-1], 100)
    lines = dict(zip(names, laid_down(curve, theta)))
    for name, mine, law in zip(names, found, exact):
        measured("A20", f"{name}, largest error, {dimensions}D, any step", 0, worst(mine - law), 1e-3)
        if dimensions == 2:
            measured.panel(
                "A20", "One cell in its voxel, steps of 0.1 and 6 min", "time (min)", "share, or radians",
                {name: (times, mine)} if step in STEPS[::3] else {}, {name: (curve, lines[name])},
            )  # fmt: skip


# ---------------------------------------------------------------------------------------------------- A21


def walkers(fibre: str, anisotropy: float, walk: str = "speed = 0.5, persistence = 10") -> str:
    return f"""
motility = {{ {walk} }}
matrix = {{ guidance = 1, persistence = 0 }}
[matrix]
anisotropy = {anisotropy}
fibre = {fibre}
"""


def spread_out(n: int, side: float, dimensions: int) -> np.ndarray:
    x = np.random.default_rng(4).uniform(-side / 2, side / 2, (n, 3))
    return x if dimensions == 3 else x * [1, 1, 0]


@pytest.mark.parametrize("dimensions", SPACES)
@pytest.mark.parametrize("step", STEPS)
def test_a21_full_guidance_leaves_the_way_of_the_fibre(measured, dimensions, step):
    f = np.array(FIBRES[dimensions])
    text = walkers(str(list(FIBRES[dimensions][:dimensions])), 1)
    made = simulation(text, 600, dimensions, step, spread_out(300, 300, dimensions), "fp64")
    before = places(made)
    made.run(round(60 / step) * step)
    way = places(made) - before
    length = np.linalg.norm(way, axis=1)
    assert length.min() > 0
    across = np.linalg.norm(way - (way @ f)[:, None] * f, axis=1) / length
    measured("A21", f"share of a way across the fibre, largest, {dimensions}D, any step", "< 1e-6", across.max())
    share = float(((way @ f) ** 2).sum() / (length**2).sum())
    measured("A21", f"<(v.f)^2> / <v^2>, {dimensions}D, any step", 1, share, 1e-6)


def spread(t: np.ndarray) -> np.ndarray:
    """A8: mean square displacement at 0.5 um/min and a persistence time of 10 min."""
    return 2 * 0.25 * 10 * (t - 10 * (1 - np.exp(-t / 10)))


@pytest.mark.parametrize("dimensions", SPACES)
def test_a21_without_anisotropy_cells_walk_as_without_a_matrix(measured, dimensions):
    times, n = (10, 60, 120), 40_000
    matrix = walkers('"random"', 0)
    bare = matrix.split("matrix =")[0]
    side = 1000.0 if dimensions == 2 else 600.0
    x, paths = spread_out(n, side - 300, dimensions), []
    for text in (matrix, bare):
        made = simulation(text, side, dimensions, 1, x)
        before, found = places(made), []
        for t in times:
            made.run(f"{t} min")
            found.append(places(made) - before)
        paths.append(np.array(found))
    assert np.array_equal(*paths)
    squared = (paths[0] ** 2).sum(axis=2).mean(axis=1)
    for t, value in zip(times, squared):
        what = f"anisotropy 0: mean square displacement at {t} min, as A8, {dimensions}D"
        measured("A21", what, float(spread(np.array(t))), float(value), "2 %", "um^2")


def test_a21_cells_stay_on_circular_fibres(measured):
    near, far = [], []
    for step in STEPS[:3]:
        made = simulation(walkers('"tangential"', 1), 800, 2, step, spread_out(2000, 560, 2))
        before = np.linalg.norm(places(made), axis=1)
        made.run(round(360 / step) * step)
        change = (np.linalg.norm(places(made), axis=1) / before - 1) * 100
        near.append(change[(before > 100) & (before < 200)])
        far.append(change[before > 200])
    assert min(map(len, near + far)) > 400
    what, note = "circular fibres, change of the radius in 6 h, steps up to 1 min:", (
        "a fibre is that of its voxel, so the nearer to the middle of a circle, the more a way along it goes astray: "
        f"of single cells 5 to 10 voxels from it up to {max(map(worst, near)):.2g} %"
    )
    measured("A21", f"{what} any cell 10 to 20 voxels from the middle", 0, max(map(worst, far)), 1, "%")
    measured(
        "A21", f"{what} mean, 5 to 10 voxels from the middle", 0, worst([n.mean() for n in near]), 1, "%", note
    )  # fmt: skip


# ---------------------------------------------------------------------------------------------------- A22

DENSITIES, TENT = (0, 0.25, 0.5, 0.75, 1), (0, 0.5, 1, 0.5, 0)


@pytest.mark.parametrize("dimensions", SPACES)
def test_a22_speed_over_density_is_a_tent(measured, dimensions):
    text = """
motility = { speed = 0.5, bias = 1, chemotaxis = [{ substrate = "signal" }] }
matrix.traction = { lowest = 0, ideal = 0.5, highest = 1 }
[matrix]
"""
    for lane, density in enumerate(DENSITIES):
        low, high = [-100, lane * 40 - 100, -100], [100, lane * 40 - 60, 100]
        text += f"[[matrix.regions]]\nbox = [{low[:dimensions]}, {high[:dimensions]}]\ndensity = {density}\n"
    x = np.array([[-50, lane * 40 - 80, 0] for lane in range(5)], float)
    for step in (0.5, 1, 2):
        made = simulation(text, 200, dimensions, step, x)
        before = places(made)
        made.run("8 min")
        speed = (places(made) - before)[:, 0] / 8 / 0.5
        for density, share, value in zip(DENSITIES, TENT, speed):
            measured("A22", f"speed over its most at density {density:g}, {dimensions}D, any step", share, value, 0)
    if dimensions == 2:
        measured.panel(
            "A22", "Speed over density", "density", "share of the speed", {"cells": (DENSITIES, speed)},
            {"tent": (DENSITIES, TENT)},
        )  # fmt: skip
