"""Points on the walls of vessels lie on them, stand for their whole length, and do not favour a side."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gputme.vessels.walls import conductance, walls


@given(st.integers(0, 2**32), st.floats(2, 40))
def test_points_lie_on_the_walls_and_stand_for_the_whole_length(seed, spacing):
    rng = np.random.default_rng(seed)
    start, end = rng.uniform(-100, 100, (2, 3, 5))
    end[:, 0] = start[:, 0] + (0, 0, 30)  # along an axis
    radius = rng.uniform(2, 20, 5)
    found = walls(start, end, radius, spacing)
    along = end - start
    length = np.linalg.norm(along, axis=0)
    s = found.segment
    from_start = np.array([found.x, found.y, found.z]) - start[:, s]
    down = (from_start * along[:, s]).sum(axis=0) / length[s]
    off = np.linalg.norm(from_start - down * along[:, s] / length[s], axis=0)
    np.testing.assert_allclose(off, radius[s], rtol=1e-9)
    assert ((down > 0) & (down < length[s])).all()
    np.testing.assert_allclose(np.bincount(s, found.length, 5), length, rtol=1e-12)
    assert (found.length <= spacing / 4 * (1 + 1e-12)).all()


def test_points_are_spread_evenly_around_the_axis():
    found = walls(np.zeros((3, 1)), np.array([[0.0], [0.0], [500.0]]), np.array([10.0]), 20.0)
    assert np.hypot(found.x.mean(), found.y.mean()) < 0.1
    sectors = np.bincount(np.floor(np.arctan2(found.y, found.x) / (np.pi / 4)).astype(int) + 4, minlength=8)
    assert sectors.max() - sectors.min() <= 3


def test_what_lies_between_wall_and_grid_resists():
    """Without a wall the tissue up to 1.7 times the radius is left, at a voxel of twice the radius."""
    r = np.array([5.0])
    assert conductance(r, np.inf, 1.2e5, 10.0) == pytest.approx(2 * np.pi * 1.2e5 / np.log(1.7))
    assert conductance(r, 6e4, 1.2e5, 1e-9) == pytest.approx(2 * np.pi * 5 * 6e4)
