"""The wall of a vessel: how thick, how mature, how leaky."""

from __future__ import annotations

import numpy as np
import pytest

from gputme.vessels.graph import Segments
from gputme.vessels.lining import maturity, permeability, thickness


def test_walls_are_as_thick_as_measured():
    np.testing.assert_allclose(thickness(np.array([2.6, 4, 5, 10])), (2.635, 3.755, 4.5, 7.796), atol=5.1e-4)
    assert thickness(0.0) == 0


def test_a_wall_is_mature_when_it_is_that_of_a_grown_vessel_and_no_more():
    wall = thickness(4.0) * np.array([0, 0.25, 1, 2])
    np.testing.assert_allclose(maturity(np.full(4, 4.0), wall), (0, 0.25, 1, 1))


def test_a_capillary_is_as_leaky_as_its_wall_is_thin_up_to_that_of_none():
    wall = thickness(5.0) * np.array([0, 1e-3, 0.1, 0.5, 1, 2])
    np.testing.assert_allclose(permeability(wall, 0.01, 1.0), (1, 1, 0.1, 0.02, 0.01, 0.005))


def test_a_wall_that_lets_nothing_through_is_passed_where_it_is_lost_alone():
    wall = thickness(5.0) * np.array([0, 1e-3, 1])
    assert permeability(wall, 0.0, 1.0).tolist() == [1, 0, 0]
    assert permeability(wall, 0.0, 0.0).tolist() == [0, 0, 0]


def test_the_growth_factor_opens_walls():
    assert permeability(thickness(5.0), 0.01, 1.0, vegf=1.0, half=0.5) == pytest.approx(0.03)


def test_what_nobody_says_of_a_segment_is_that_of_a_grown_vessel():
    given = Segments(id=np.array([1, 2]), radius=np.array([4.0, 5.0]))
    assert given.rest.tolist() == [4, 5]
    assert given.wall.tolist() == thickness(given.radius).tolist()
    assert given.sprout.tolist() == given.inside.tolist() == [-1, -1]
    bare = Segments(id=np.array([1]), radius=4.0, rest=6.0, wall=0.0)
    assert bare.those(np.array([True])).rest.tolist() == [6]
    assert bare.extended(given).wall[0] == 0
