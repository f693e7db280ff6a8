"""Where initial cells stand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gputme import model, piece
from gputme.errors import ScenarioError

TEXT = """\
name = "cells"
domain = {{ size = {size}, voxel = 20 }}
time = {{ end = "1 h" }}
[[cell_type]]
name = "tumour"
[[cells]]
type = "tumour"
{cells}
"""
CUBE, SQUARE = "[600, 600, 600]", "[600, 600]"


def place(cells: str, size: str = CUBE, uniform=None) -> np.ndarray:
    scenario = model.loads(TEXT.format(size=size, cells=cells))
    return model.positions(scenario.populations[0], scenario, uniform)


def uniform(n: int, k: int) -> np.ndarray:
    return np.random.default_rng(1).random((n, k))


@pytest.mark.parametrize(("radius", "count"), [(60, 245), (120, 2024), (200, 9392)])
def test_packed_spheres_hold_the_published_number_of_cells(radius, count):
    """Cells of 2494 um3 packed two radii apart: the three spheroids that PhysiCell is measured on."""
    assert len(place(f"sphere = {{ radius = {radius} }}\nspacing = 2.0")) == count


def test_a_packed_disc_is_hexagonal():
    """Six neighbours at the spacing for every inner cell, none nearer."""
    points = place("disc = { radius = 100 }\nspacing = 2.0", SQUARE)
    gaps = np.linalg.norm(points[:, None] - points[None], axis=2)
    spacing = 2 * (3 * 2494 / (4 * np.pi)) ** (1 / 3)
    assert gaps[gaps > 0].min() == pytest.approx(spacing)
    inner = np.linalg.norm(points, axis=1) < 100 - 2 * spacing
    np.testing.assert_array_equal((gaps < 1.01 * spacing).sum(axis=1)[inner] - 1, 6)
    np.testing.assert_array_equal(points[:, 2], 0)


@given(st.integers(1, 2000))
def test_count_takes_the_positions_nearest_the_centre(count):
    everything = place("sphere = { radius = 150 }\ncount = 2500")
    points = place(f"sphere = {{ radius = 150 }}\ncount = {count}")
    np.testing.assert_array_equal(points, everything[:count])
    np.testing.assert_array_equal(points[0], 0)


def test_a_count_does_not_depend_on_the_room_around_it():
    np.testing.assert_array_equal(
        place("sphere = { radius = 150 }\ncount = 500"), place("sphere = { radius = 290 }\ncount = 500")
    )


def test_a_count_that_does_not_fit_is_refused():
    with pytest.raises(ScenarioError, match=r"5000 do not fit the shape, it takes \d+"):
        place("sphere = { radius = 100 }\ncount = 5000")


def test_a_large_count_that_certainly_does_not_fit_is_refused_without_placing_it():
    """`check` places the cells of small scenarios only."""
    scenario = model.loads(TEXT.format(size=CUBE, cells="sphere = { radius = 100 }\ncount = 200_000"))
    with pytest.raises(ScenarioError, match=r"200000 do not fit the shape, it takes about \d+"):
        piece.founders(scenario)
    random = 'sphere = { radius = 100 }\ncount = 200_000\npacking = "random"'  # may overlap: a warning says so
    assert piece.founders(model.loads(TEXT.format(size=CUBE, cells=random))) == 200_000


@pytest.mark.parametrize("shape", ["sphere = { radius = 290 }", "box = [[-200, -100, -300], [200, 100, 300]]"])
def test_a_large_count_that_fits_is_never_taken_for_one_that_does_not(shape):
    most = len(place(shape))
    for count in (most, most - most // 20):
        scenario = model.loads(TEXT.format(size=CUBE, cells=f"{shape}\ncount = {count}"))
        assert piece.founders(scenario) == count > 1000


def test_a_point_is_one_cell():
    np.testing.assert_array_equal(place("box = [[1, 2, 3], [1, 2, 3]]"), [[1, 2, 3]])


@pytest.mark.parametrize(
    ("cells", "size"),
    [
        ("box = [[-100, -50, 0], [100, 50, 40]]", CUBE),
        ("box = [[100, 50], [-100, -50]]", SQUARE),
        ("disc = { radius = 80, centre = [100, 0] }", SQUARE),
        ("disc = { radius = 80, centre = [100, 0, 20] }", CUBE),
        ("sphere = { radius = 80, centre = [100, 0, -50] }", CUBE),
    ],
)
@pytest.mark.parametrize("packing", ["hexagonal", "random"])
def test_cells_stand_in_their_shape(cells, size, packing):
    points = place(f'{cells}\npacking = "{packing}"', size, uniform)
    assert len(points) > 10
    if "box" in cells:
        assert (np.abs(points[:, :2]) <= [100, 50]).all()
    else:
        centre = [100, 0, {"2": 20, "-": -50}.get(cells.split("0, ")[-1][0], 0)]
        assert (np.linalg.norm(points - centre, axis=1) <= 80 + 1e-9).all()


@pytest.mark.parametrize(("shape", "power"), [("disc", 2), ("sphere", 3)])
def test_random_cells_fill_their_shape_evenly(shape, power):
    points = place(f'{shape} = {{ radius = 100 }}\npacking = "random"\ncount = 20000', CUBE, uniform)
    share = (np.linalg.norm(points, axis=1) / 100) ** power
    assert len(points) == 20000
    np.testing.assert_allclose(np.quantile(share, [0.25, 0.5, 0.75]), [0.25, 0.5, 0.75], atol=0.02)
    np.testing.assert_allclose(points.mean(axis=0), 0, atol=2)


def test_random_cells_are_as_many_as_packed_ones():
    packed = len(place("sphere = { radius = 100 }"))
    assert len(place('sphere = { radius = 100 }\npacking = "random"', CUBE, uniform)) == pytest.approx(
        packed, rel=0.05
    )


@pytest.mark.parametrize(("shape", "size", "whole"), [
    ("disc = { radius = 100 }", SQUARE, 100**2),
    ("sphere = { radius = 100 }", CUBE, 100**3),
    ("box = [[-150, -100], [150, 100]]", SQUARE, 300 * 200 / np.pi),
])  # fmt: skip
def test_nobody_stands_in_a_hole_and_around_it_they_are_as_dense_as_without(shape, size, whole):
    for packing in ("hexagonal", "random"):
        full = place(f'{shape}\npacking = "{packing}"', size, uniform)
        points = place(f'{shape}\nhole = 60\npacking = "{packing}"', size, uniform)
        assert np.linalg.norm(points, axis=1).min() >= 60
        share = 1 - (60**3 if size is CUBE else 60**2) / whole
        assert len(points) == pytest.approx(share * len(full), rel=0.04)
    strewn = place(f'{shape}\nhole = 60\ncount = 500\npacking = "random"', size, uniform)
    assert len(strewn) == 500
    assert np.linalg.norm(strewn, axis=1).min() >= 60
    nearest = place(f"{shape}\nhole = 60\ncount = 40", size)
    assert len(nearest) == 40
    assert np.linalg.norm(nearest, axis=1).max() < 95


def test_a_hole_is_smaller_than_its_shape():
    with pytest.raises(ScenarioError, match=r"hole: must be less than 100 um, that of its shape, not 100 um"):
        place("box = [[-150, -100], [150, 100]]\nhole = 100", SQUARE)


@pytest.mark.parametrize("packing", ["hexagonal", "random"])
def test_none_is_a_number_of_cells(packing):
    assert len(place(f'disc = {{ radius = 100 }}\ncount = 0\npacking = "{packing}"', SQUARE, uniform)) == 0
