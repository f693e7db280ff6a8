"""The region of a tumour, depths in it, core and margin: against brute force."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from gputme.pathology.region import COVERED, WIDTH, bands, closed, covered, depth, distance, filled


def masks(shape, seed, share=0.5):
    return np.random.default_rng(seed).random(shape) < share


SHAPES = [(7, 9), (1, 6), (4, 5, 6)]


@pytest.mark.parametrize(("shape", "seed"), list(itertools.product(SHAPES, range(5))))
def test_distances_are_those_to_the_nearest_centre(shape, seed):
    mask, sides = masks(shape, seed, 0.2), [20.0, 25.0, 31.0][: len(shape)]
    middle = np.argwhere(np.ones(shape)) * sides[::-1]
    there = middle[mask.ravel()]
    far = [np.sqrt(((there - one) ** 2).sum(axis=1)).min() if len(there) else np.inf for one in middle]
    assert distance(mask, sides).ravel() == pytest.approx(far)
    near = np.where(np.array(far) <= 60, far, np.inf)
    assert distance(mask, sides, 60.0).ravel() == pytest.approx(near)


@pytest.mark.parametrize(("shape", "seed"), list(itertools.product(SHAPES, range(5))))
def test_what_no_way_leads_to_from_a_face_is_enclosed(shape, seed):
    mask = masks(shape, seed, 0.6)
    reached, todo = set(), [
        place for place in np.ndindex(shape) if not mask[place] and any(i in (0, n - 1) for i, n in zip(place, shape))
    ]
    while todo:
        place = todo.pop()
        if place in reached:
            continue
        reached.add(place)
        for axis, way in itertools.product(range(len(shape)), (-1, 1)):
            other = tuple(i + way * (a == axis) for a, i in enumerate(place))
            if all(0 <= i < n for i, n in zip(other, shape)) and not mask[other]:
                todo.append(other)
    expected = np.ones(shape, bool)
    for place in reached:
        expected[place] = False
    assert np.array_equal(closed(mask), expected)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_share_that_cells_cover_is_that_of_the_window_inside_the_domain(shape):
    rng, content = np.random.default_rng(1), 25.0 ** len(shape)
    at, radius = rng.integers(0, int(np.prod(shape)), 60), rng.uniform(2, 9, 60)
    size = np.pi * radius**2 if len(shape) == 2 else 4 / 3 * np.pi * radius**3
    place = np.stack(np.unravel_index(at, shape))
    found = covered(filled(at, radius, shape), content)
    for square in np.ndindex(shape):
        near = (np.abs(place - np.array(square)[:, None]) <= 1).all(axis=0)
        window = np.prod([min(i + 1, n - 1) - max(i - 1, 0) + 1 for i, n in zip(square, shape)])
        expected = size[near].sum() / (window * content)
        assert found[square] == pytest.approx(expected, abs=1e-5)


def test_the_order_of_cells_cannot_be_seen():
    rng = np.random.default_rng(2)
    at, radius, order = rng.integers(0, 63, 500), rng.uniform(2, 9, 500).astype(np.float32), rng.permutation(500)
    assert np.array_equal(filled(at, radius, (7, 9)), filled(at[order], radius[order], (7, 9)))


@pytest.mark.parametrize("sparse", [False, True])
def test_packed_cells_are_a_tumour_whose_edge_is_where_they_end(sparse):
    """A disc of cells of 8.4 um, 15 um apart: its region has its radius within half a square; cells 100 um apart are
    none."""
    apart, radius = (100.0, 8.4) if sparse else (15.0, 8.4)
    x, y = (a.ravel() for a in np.meshgrid(*[np.arange(-300, 301, apart)] * 2))
    inside = np.hypot(x, y) < 250
    at = (np.floor((y[inside] + 400) / 25) * 32 + np.floor((x[inside] + 400) / 25)).astype(np.int64)
    region = covered(filled(at, np.full(len(at), radius), (32, 32)), 625.0) >= COVERED
    assert np.sqrt(region.sum() * 625 / np.pi) == pytest.approx(0 if sparse else 255, abs=12.5)


def disc(radius, shape=(80, 80), side=25.0):
    """Squares whose centres lie within the radius of the middle, and how far each is from it."""
    far = np.hypot(*[(a + 0.5 - n / 2) * side for a, n in zip(np.indices(shape), shape)])
    return far <= radius, far


def test_depth_is_how_far_the_edge_is():
    """Of a disc: its radius less the distance from its middle, within a square; outside negative."""
    mask, far = disc(600)
    assert np.abs(depth(mask, (25.0, 25.0)) - (600 - far)).max() < 25
    assert np.array_equal(depth(mask, (25.0, 25.0)) > 0, mask)


@pytest.mark.parametrize(("radius", "width"), [(200, 100), (600, 300), (1500, WIDTH)])
def test_core_is_deeper_than_the_margin_is_wide(radius, width):
    """500 um, or half of the greatest depth where this is less."""
    mask, far = disc(radius, (160, 160))
    core, margin = bands(depth(mask, (25.0, 25.0)))
    for one, other in zip(bands(depth(mask, (25.0, 25.0), 2 * WIDTH)), (core, margin)):
        assert np.array_equal(one, other)
    assert not (core & margin).any()
    assert (core <= mask).all()
    assert ((core | margin) >= mask).all()
    assert core[far < radius - width - 25].all()
    assert not core[far > radius - width + 25].any()
    assert margin[(far > radius - width + 25) & (far < radius + width - 25)].all()
    assert not margin[far > radius + width + 25].any()


def test_without_an_edge_there_is_no_margin():
    """Nothing of a tumour, or nothing else."""
    for mask in (np.zeros((4, 5), bool), np.ones((4, 5), bool)):
        core, margin = bands(depth(mask, (25.0, 25.0)))
        assert np.array_equal(core, mask)
        assert not margin.any()
