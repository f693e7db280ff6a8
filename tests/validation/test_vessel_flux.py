"""A vessel that crosses a grid gives off what an exact line does, in whatever direction it runs."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import diags_array, eye_array, kron
from scipy.sparse.linalg import cg
from scipy.special import k0, k1

from gputme.ops.exchange._cloud import cloud, corners
from gputme.vessels.walls import conductance, walls

D, LENGTH, WALL, BLOOD = 1.2e5, 60.0, 6e4, 40.0  # um2/min, um, um/min, mmHg


def exact(radius: float) -> float:
    """Flux per um of a line in infinite tissue that takes up in proportion."""
    tissue = k0(radius / LENGTH) / (2 * np.pi * D * (radius / LENGTH) * k1(radius / LENGTH))
    return BLOOD / (1 / (2 * np.pi * radius * WALL) + tissue)


def on_the_grid(radius: float, spacing: float, direction: np.ndarray, offset: np.ndarray, side: float = 480.0) -> float:
    """The same of a vessel through the middle of a box, from its middle third, solved by SciPy."""
    n = round(side / spacing)
    chord = (0.5 * side / np.abs(direction).max()) * direction
    start, end = (offset - chord)[:, None], (offset + chord)[:, None]
    points = walls(start, end, np.array([radius]), spacing)
    inside = (np.abs([points.x, points.y, points.z]) < side / 2).all(axis=0)
    points = type(points)(*(a[inside] for a in points))
    each = points.length * conductance(np.array([radius]), WALL, D, spacing)[points.segment]
    spans = cloud(points.x, points.y, points.z, *[-side / 2] * 3, *[1 / spacing] * 3, n, n, n, 0, 0)
    pairs = [(voxel, weight) for voxel, weight, _ in corners(spans, n, n)]
    sink = sum(np.bincount(v, w * each, n**3) for v, w in pairs) / spacing**3
    line = diags_array([np.r_[1.0, np.full(n - 2, 2.0), 1.0], -np.ones(n - 1), -np.ones(n - 1)], offsets=[0, 1, -1])
    one = eye_array(n)
    laplace = kron(kron(line, one), one) + kron(kron(one, line), one) + kron(kron(one, one), line)
    matrix = (laplace * (D / spacing**2) + diags_array(sink + D / LENGTH**2)).tocsr()
    p, failed = cg(matrix, sink * BLOOD, rtol=1e-8, M=diags_array(1 / matrix.diagonal()))
    assert not failed
    flux = each * (BLOOD - sum(w * p[v] for v, w in pairs))
    there = (np.array([points.x, points.y, points.z]).T - offset) @ direction
    middle = np.abs(there) < side / 6
    return flux[middle].sum() / points.length[middle].sum()


@pytest.mark.parametrize(
    ("spacing", "radius", "directions"),
    [(20.0, 5.0, 6), (20.0, 10.0, 6), pytest.param(10.0, 5.0, 6, marks=pytest.mark.slow)],
)
def test_the_flux_of_a_vessel_is_that_of_a_line(measured, spacing, radius, directions):
    """Random directions and places in the voxel."""
    rng = np.random.default_rng(1)
    found = []
    for _ in range(directions):
        direction = rng.normal(0, 1, 3)
        offset = rng.uniform(-0.5, 0.5, 3) * spacing
        found.append(on_the_grid(radius, spacing, direction / np.linalg.norm(direction), offset) / exact(radius) - 1)
    what = f"flux over that of a line, mean of {directions} random directions, r {radius:g} um, dx {spacing:g} um"
    measured("V1", what, 0, 100 * np.mean(found), 3, "%")


@pytest.mark.parametrize("radius", [5.0, 10.0])
@pytest.mark.parametrize("place", [0.0, 0.5])
def test_along_an_axis_of_the_grid_the_flux_is_within_eight_per_cent_wherever_it_runs(radius, place):
    """On the edges of voxels and through their centres, where no place averages out."""
    found = on_the_grid(radius, 20.0, np.array([1.0, 0.0, 0.0]), np.array([0.0, place, place]) * 20.0)
    assert abs(found / exact(radius) - 1) < 0.08
