"""Squares fill the domain, and know what lies in them."""

from __future__ import annotations

import numpy as np
import pytest

from gputme.model import Domain
from gputme.pathology.squares import MOST, Squares

FLAT = Squares((-60.0, -40.0), (20.0, 16.0), (5, 6))
DEEP = Squares((-60.0, -40.0, 0.0), (20.0, 16.0, 30.0), (3, 5, 6))


def places(squares, n, seed=0, beyond=0.0):
    rng, axes = np.random.default_rng(seed), len(squares.sides)
    lengths = [side * count for side, count in zip(squares.sides, reversed(squares.shape))]
    return [squares.lower[a] + lengths[a] * rng.uniform(-beyond, 1 + beyond, n) for a in range(axes)]


def centres(squares):
    """Of all squares in the order of arrays, x first."""
    along = [low + (np.arange(n) + 0.5) * h for low, h, n in zip(squares.lower, squares.sides, reversed(squares.shape))]
    return [axis.ravel() for axis in reversed(np.meshgrid(*reversed(along), indexing="ij"))]


@pytest.mark.parametrize("size", [(600, 400), (90, 60), (610, 590, 30)])
def test_they_fill_the_domain_with_sides_of_about_25_um(size):
    squares = Squares.over(Domain(size=size, voxel=10, origin=(100, 0)))
    lengths = [side * count for side, count in zip(squares.sides, reversed(squares.shape))]
    assert lengths == pytest.approx(size)
    assert squares.lower == pytest.approx([-length / 2 for length in size])
    assert all(18 < side < 32 for side in squares.sides)


def test_a_large_domain_is_divided_more_coarsely():
    assert Squares.over(Domain(size=[10_000] * 3, voxel=50)).number == pytest.approx(MOST, rel=0.01)


@pytest.mark.parametrize("squares", [FLAT, DEEP])
def test_a_place_is_in_the_square_that_holds_it(squares):
    where = places(squares, 300)
    at = squares.at(where)
    for axis, middle in enumerate(centres(squares)):
        assert (np.abs(where[axis] - middle[at]) <= squares.sides[axis] / 2 + 1e-9).all()
    assert squares.at(centres(squares)).tolist() == list(range(squares.number))
    assert squares.count(at).sum() == 300


@pytest.mark.parametrize("squares", [FLAT, DEEP])
def test_faces_and_what_lies_beyond_belong_to_the_last(squares):
    far = [np.array([low + side * n, 1e6]) for low, side, n in zip(squares.lower, squares.sides, squares.shape[::-1])]
    assert squares.at(far).tolist() == [squares.number - 1] * 2
    assert squares.at([np.array([low, -1e6]) for low in squares.lower]).tolist() == [0, 0]


@pytest.mark.parametrize("squares", [FLAT, DEEP, Squares((0.0, 0.0), (10.0, 10.0), (1, 1))])
def test_values_between_centres_are_linear(squares):
    """A plane is found again where there are centres on both sides; at a centre its own value."""
    slope = [0.3, -1.2, 0.7]
    middles = centres(squares)
    values = sum(k * along for k, along in zip(slope, middles)).reshape(squares.shape)
    assert squares.between(values, middles) == pytest.approx(values.ravel())
    where = places(squares, 200, 1, beyond=0.2)
    held = [
        np.clip(along, middle.min(), middle.max()) for along, middle in zip(where, middles)
    ]  # beyond the last centre: its value
    assert squares.between(values, where) == pytest.approx(sum(k * along for k, along in zip(slope, held)))
