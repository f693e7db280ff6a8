"""Targets A14 (pair equilibrium), A15 (relaxation of two cells), A16 (chain of eleven), A17 (symmetries), and
tissues.

A15 and A16 run at the step that the engine chooses.
"""

from __future__ import annotations

import numpy as np
import pytest
from conftest import needs
from crowd import Crowd, packed
from scipy.integrate import solve_ivp

from gputme import backends
from gputme.vocabulary import Behaviours

RADIUS = 8.412710547954228
RELAXATION = {1: 13.147, 2: 14.780, 5: 16.888, 10: 18.038, 20: 18.709, 30: 18.911, 60: 19.036}  # min: um
DIVISIONS, MINUTES = 4, 20  # of the growing tissue


@pytest.fixture(scope="module")
def fp32():
    return backends.create("auto", "fp32")


@pytest.fixture(scope="module")
def fp64():
    return backends.create("auto", "fp64")


def distance(crowd: Crowd) -> float:
    return float(np.linalg.norm(np.diff(crowd.positions.astype(np.float64), axis=0)))


@pytest.mark.parametrize(("ratio", "radii"), [(0.04, 1.9048), (0.4, 1.4879), (0.01, 1.9565)])
def test_a14_a_pair_comes_to_rest_at_its_equilibrium(fp32, measured, ratio, radii):
    crowd = Crowd(fp32, [[0, 0, 0], [RADIUS, 0.3, 0.2]], RADIUS, change={Behaviours.ADHESION: 10 * ratio})
    for _ in range(400):
        crowd.step()
    q = ratio**0.5
    expected, found = 2 * (1 - q) / (1 - q / 1.25), distance(crowd) / RADIUS
    assert expected == pytest.approx(radii, abs=6e-5)
    assert found == pytest.approx(radii, abs=1e-4)
    measured("A14", f"distance at rest, q = {ratio}", expected, found, 1e-4, "r")
    line = np.geomspace(0.005, 0.5, 50) ** 0.5
    measured.panel("A14", "pair at rest", "q", "distance / r", {"pair": ([ratio], [found])},
                   {"pair": (line**2, 2 * (1 - line) / (1 - line / 1.25))}, "x")


def exact_row(x: np.ndarray, radius: float, adhesion: float):
    """Width of a row of cells over time, by an integrator of high order; for the figures."""

    def velocity(_, x):
        apart = x[None] - x[:, None]
        d = np.abs(apart) + 1e9 * np.eye(len(x))
        pull = adhesion * np.maximum(1 - d / (2.5 * radius), 0) ** 2
        return ((pull - 10 * np.maximum(1 - d / (2 * radius), 0) ** 2) * np.sign(apart)).sum(axis=1)

    def curve(minutes: float) -> tuple[np.ndarray, np.ndarray]:
        t = np.linspace(0, minutes, 111)
        path = solve_ivp(velocity, (0, minutes), x, t_eval=t, rtol=1e-9, atol=1e-9).y
        return t, np.ptp(path, axis=0)

    return curve


@pytest.mark.parametrize("steps", [None, 10])
def test_a15_two_overlapping_cells_relax_as_they_should(fp32, measured, steps):
    crowd = Crowd(fp32, [[0, 0, 0], [9.9247, 0, 0]], 10.0)
    path = []
    for _ in range(60):
        crowd.step(steps=steps)
        path.append(distance(crowd))
    how = "dt 0.1 min" if steps else "the engine's step"
    for minute, expected in RELAXATION.items():
        measured("A15", f"distance after {minute} min, {how}", expected, path[minute - 1], "0.5 %", "um")
    some = slice(None, None, 4 if steps else 5)
    points = {how: (np.arange(1, 61)[some], path[some])}
    exact = exact_row(np.array([0, 9.9247]), 10.0, 0.4)
    measured.panel("A15", "two cells relax", "t (min)", "distance (um)", points, {"exact": exact(60)})


def test_a15_is_of_second_order(fp64, measured):
    def after_five(steps):
        crowd = Crowd(fp64, [[0, 0, 0], [9.9247, 0, 0]], 10.0)
        for _ in range(5):
            crowd.step(steps=steps)
        return distance(crowd)

    exact = after_five(200)
    errors = [abs(after_five(steps) - exact) for steps in (5, 10, 20)]
    for order in np.log2(np.divide(errors[:-1], errors[1:])):
        measured("A15", "order in the step (AB2)", 2, order, 0.3)


def test_a16_the_chain_widens_at_its_pace(fp32, measured):
    crowd = Crowd(fp32, [[5 * i, 0, 0] for i in range(11)], 5.0, change={Behaviours.ADHESION: 0})
    width = [50.0]
    for _ in range(220):
        crowd.step()
        width.append(float(np.ptp(crowd.positions[:, 0])))
    minutes = np.arange(len(width))
    found = np.interp([90, 95], width, minutes)
    measured("A16", "time to 90 % of the final width, the engine's step", 88.66, found[0], "1 %", "min")
    measured("A16", "time to 90 % of the gain in width, the engine's step", 201.4, found[1], "1 %", "min")
    measured.panel("A16", "chain of eleven", "t (min)", "width (um)", {"chain": (minutes[::10], width[::10])},
                   {"exact": exact_row(5.0 * np.arange(11), 5.0, 0.0)(220)})


def rotation(seed: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]


def test_a17_velocities_turn_and_travel_with_the_tissue(fp64, measured):
    positions = packed(300, jitter=2)
    v = Crowd(fp64, positions).velocities()
    turn = rotation(1)
    moved = Crowd(fp64, positions @ turn.T + [123, -45, 6]).velocities()
    assert np.abs(v).max() > 0.1
    error = np.abs(moved - v @ turn.T).max()
    measured("A17", "velocities of a rotated and shifted tissue, fp64", 0, error, 1e-10, "um/min")
    measured("A17", "sum of all velocities, 300 cells, fp64", 0, np.abs(v.sum(axis=0)).max(), 1e-10, "um/min")


def test_a17_the_search_finds_every_pair(fp64, measured):
    positions = packed(400, jitter=3)
    crowd = Crowd(fp64, positions)
    found = {tuple(sorted(pair)) for pair in crowd.mechanics.neighbours.near_pairs(crowd.cells, crowd.behaviours)}
    apart = np.linalg.norm(positions[:, None] - positions, axis=2)
    i, j = np.nonzero(np.triu(apart < 2.5 * RADIUS, 1))
    pairs = set(zip(i, j))
    measured("A17", f"pairs that differ from brute force, of {len(pairs)}", 0, len(found ^ pairs), 0)


def test_a17_forces_equal_the_sum_over_all_pairs(fp64, measured):
    positions = packed(300, jitter=3)
    apart = positions[:, None] - positions
    d = np.linalg.norm(apart, axis=2) + 1e9 * np.eye(300)
    push, pull = (c * np.maximum(1 - d / reach, 0) ** 2 for c, reach in ((10, 2 * RADIUS), (0.4, 2.5 * RADIUS)))
    expected = ((push - pull)[..., None] * apart / d[..., None]).sum(axis=1)
    found = Crowd(fp64, positions).velocities()
    error, ends = np.abs(found - expected).max(), [expected.min(), expected.max()]
    points, line = {"60 cells": (expected[:60].ravel(), found[:60].ravel())}, {"equal": (ends, ends)}
    measured.panel("A17", "velocities (um/min)", "sum over all pairs", "by the search", points, line)
    measured("A17", "velocities against the sum over all pairs, fp64", 0, error, 1e-10, "um/min")


def test_memory_order_changes_no_bit(kernels):
    positions = packed(500, jitter=2)
    shuffle = np.random.default_rng(6).permutation(500)
    ids = np.arange(1, 501)
    there, shuffled = Crowd(kernels, positions, id=ids), Crowd(kernels, positions[shuffle], id=ids[shuffle])
    for _ in range(5):
        there.step()
        shuffled.step()
    assert np.array_equal(there.positions[shuffle], shuffled.positions)


def test_backends_agree_bit_for_bit_after_many_steps():
    needs("native")
    results = []
    for name in ("numpy", "native"):
        crowd = Crowd(backends.create(name), packed(300, jitter=3))
        steps = [crowd.step() for _ in range(20)]
        results.append((crowd.positions, crowd.k.host(crowd.cells.pressure).copy(), steps))
    assert results[0][2] == results[1][2]
    for a, b in zip(results[0][:2], results[1][:2]):
        assert np.array_equal(a, b)


def test_width_of_the_bins_changes_velocities_by_rounding_only(fp64):
    positions = packed(400, jitter=2)
    v = Crowd(fp64, positions).velocities()
    lone = [[3000.0, 0, 0]]  # a huge cell far away widens all bins
    wide = Crowd(fp64, [*positions, *lone], [RADIUS] * 400 + [100.0])
    np.testing.assert_allclose(wide.velocities()[:400], v, atol=1e-12)
    assert wide.mechanics.neighbours.bins != Crowd(fp64, positions).mechanics.neighbours.bins


def grow(k, steps: int | None) -> tuple[np.ndarray, float]:
    """Positions after some minutes of a tissue with divisions, and how often a minute a cell's forces are computed."""
    rng = np.random.default_rng(3)
    columns = {name: np.zeros(400) for name in ("px", "py", "pz", "started")}
    positions, radius, last_dt, taken = packed(400), np.full(400, RADIUS), 0.0, 0
    for _ in range(MINUTES):
        mothers = rng.choice(400, DIVISIONS, replace=False)
        axis = rng.normal(size=(DIVISIONS, 3))
        axis /= np.linalg.norm(axis, axis=1, keepdims=True)
        radius[mothers] /= 2 ** (1 / 3)
        step = axis * radius[mothers, None]
        positions = np.concatenate([positions, positions[mothers] - step])
        positions[mothers] += step
        radius = np.append(radius, radius[mothers])
        for name, column in columns.items():
            column[mothers] = 0
            columns[name] = np.append(column, np.zeros(DIVISIONS))
        crowd = Crowd(k, positions, radius)
        present = {name: k.host(getattr(crowd.cells, name)) for name in ("id", "x", "y", "z", "radius")}
        crowd.cells.load(present | columns, {})
        crowd.last_dt = last_dt
        crowd.step(steps=steps)
        taken += crowd.mechanics.evaluations / len(positions)
        last_dt, positions = crowd.last_dt, crowd.positions
        columns = {name: np.array(k.host(getattr(crowd.cells, name)), np.float64) for name in columns}
    return positions, taken / MINUTES


def test_a_growing_tissue_is_accurate_to_a_thousandth_of_a_radius(fp64):
    exact, _ = grow(fp64, 60)
    chosen, evaluations = grow(fp64, None)
    error = np.linalg.norm(chosen - exact, axis=1)
    assert np.sqrt((error**2).mean()) < 0.001 * RADIUS
    assert error.max() < 0.005 * RADIUS
    assert evaluations < 2.5  # the reference model takes ten a minute


@pytest.mark.parametrize("wall", ["reflect", "absorb", "periodic"])
def test_walls_hold_a_crowd(fp32, wall):
    rng = np.random.default_rng(9)
    positions = rng.uniform(0, 100, (400, 3))
    crowd = Crowd(fp32, positions, 6.0, box=((0, 0, 0), (100, 100, 100)), walls=wall)
    displacement = tuple(fp32.array(rng.normal(0, 0.5, 400)) for _ in range(3))
    for _ in range(10):
        crowd.step(displacement=displacement)
    assert crowd.positions.min() >= 0
    assert crowd.positions.max() <= 100
    gone = fp32.host(crowd.gone)[:400].any()
    assert gone == (wall == "absorb")


def test_a_periodic_row_pushes_through_the_wall(fp64):
    crowd = Crowd(fp64, [[1, 50, 50], [99, 50, 50]], 6.0, box=((0, 0, 0), (100, 100, 100)), walls="periodic")
    v = crowd.velocities()
    assert v[0, 0] > 1
    np.testing.assert_allclose(v[0], -v[1], atol=1e-12)


def test_a_periodic_axis_shorter_than_two_reaches_is_refused(fp64):
    from gputme.errors import RunError

    crowd = Crowd(fp64, [[10, 10, 10]], 10.0, box=((0, 0, 0), (40, 100, 100)), walls="periodic")
    with pytest.raises(RunError, match=r"40 um wide along its periodic axis x.*at least 50 um"):
        crowd.step()


def test_a_plane_stays_a_plane(fp32):
    positions = np.column_stack([np.random.default_rng(2).uniform(0, 120, (150, 2)), np.full(150, 5.0)])
    positions[1] = positions[0]
    crowd = Crowd(fp32, positions, planar=True)
    for _ in range(10):
        crowd.step()
    assert (crowd.positions[:, 2] == 5).all()
    assert np.linalg.norm(crowd.positions[0] - crowd.positions[1]) > 5


