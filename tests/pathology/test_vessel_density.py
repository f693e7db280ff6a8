"""Length of vessels in squares, and vessels per mm2."""

from __future__ import annotations

import numpy as np
import pytest

from gputme.pathology.squares import Squares
from gputme.pathology.vessels import density, length_in

SQUARES = Squares((-100.0, -100.0, -100.0), (25.0, 25.0, 25.0), (8, 8, 8))


def test_length_is_where_the_vessel_runs():
    """Against many points along each; nothing is lost, and only those that count are counted."""
    rng = np.random.default_rng(0)
    start, end = rng.uniform(-100, 100, (2, 3, 40))
    counts = rng.random(40) < 0.7
    found = length_in(SQUARES, start, end, counts)
    length = np.sqrt(((end - start) ** 2).sum(axis=0))
    assert found.sum() == pytest.approx(length[counts].sum())
    share = (np.arange(4000) + 0.5) / 4000
    expected = np.zeros(SQUARES.number)
    for i in np.flatnonzero(counts):
        at = SQUARES.at(start[:, i, None] + (end - start)[:, i, None] * share)
        expected += np.bincount(at, minlength=SQUARES.number) * length[i] / 4000
    assert np.abs(found.ravel() - expected).max() < 0.25 * 25 * 4  # pieces are whole


def test_parallel_vessels_are_counted_per_mm2_of_section():
    """16 along z through 200 x 200 um: 400 per mm2, in any part."""
    x, y = (a.ravel() for a in np.meshgrid(*[np.arange(-87.5, 100, 50)] * 2))
    start = np.stack([x, y, np.full(16, -100.0)])
    end = np.stack([x, y, np.full(16, 100.0)])
    found = length_in(SQUARES, start, end, np.ones(16, bool))
    assert density(found, np.ones(SQUARES.shape, bool), SQUARES.content, 1.0) == pytest.approx(400)
    half = np.zeros(SQUARES.shape, bool)
    half[:3] = True
    assert density(found, half, SQUARES.content, 1.0) == pytest.approx(400)


def test_in_2d_the_layer_has_its_thickness():
    """1 mm of vessel in 1 mm2 of a layer of 20 um: 50 per mm2."""
    squares = Squares((-500.0, -500.0), (25.0, 25.0), (40, 40))
    start, end = np.array([[-500.0], [1.0], [7.0]]), np.array([[500.0], [1.0], [7.0]])
    found = length_in(squares, start, end, np.ones(1, bool))
    assert density(found, np.ones((40, 40), bool), squares.content, 20.0) == pytest.approx(50)


def test_no_vessels_are_none():
    none = np.zeros((3, 0))
    assert not length_in(SQUARES, none, none, np.zeros(0, bool)).any()
