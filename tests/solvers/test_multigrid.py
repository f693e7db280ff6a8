"""Multigrid: a cycle reduces the residual at least to 0.45 of it, whatever the box; geometry that coarsens exactly."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import tables
from hypothesis import given
from hypothesis import strategies as st
from operators import FIXED, PERIODIC

from gputme.solvers.axis import Axis, Face
from gputme.solvers.diffusion import Diffusion
from gputme.solvers.grids import Grid


def fast(precision: str = "fp64"):
    """The native kernels where there is a compiler, else NumPy."""
    found = tables(precision)
    return found.get("native", found["numpy"])


def shell(shape: tuple[int, int, int]) -> np.ndarray:
    mask = np.ones(shape, bool)
    mask[1:-1, 1:-1, 1:-1] = False
    return mask


def rods(shape: tuple[int, int, int]) -> np.ndarray:
    mask = np.zeros(shape, bool)
    mask[:, shape[1] // 3, shape[2] // 3] = mask[shape[0] // 4, :, shape[2] // 2] = True
    return mask


def ball(shape: tuple[int, int, int]) -> np.ndarray:
    z, y, x = np.indices(shape)
    return (z - shape[0] / 2) ** 2 + (y - shape[1] / 2) ** 2 + (x - shape[2] / 2) ** 2 < (min(shape) / 3) ** 2


CASES = {
    "no-flux box": ((32, 32, 32), (20, 20, 20), {}, None, None),
    "fixed faces": ((32, 32, 32), (20, 20, 20), FIXED, None, None),
    "odd sizes": ((31, 27, 37), (20, 20, 20), FIXED, None, None),
    "permeable wall": ((25, 25, 25), (20, 20, 20), {"x_min": Face(permeability=100, outside=10)}, None, None),
    "layers of 2 dx": ((16, 40, 40), (20, 20, 40), {}, None, None),
    "layers of 5 dx": ((9, 40, 40), (20, 20, 100), FIXED, None, None),
    "all spacings differ": ((20, 30, 40), (10, 17, 25), {"y_max": Face(fixed=38)}, None, None),
    "one layer": ((1, 61, 47), (20, 20, 20), {}, None, None),
    "one line": ((1, 1, 81), (20, 20, 20), {"x_min": Face(fixed=38)}, None, None),
    "odd periodic": ((25, 25, 25), (20, 20, 20), PERIODIC, None, None),
    "fixed end layers": ((33, 30, 35), (20, 20, 20), {}, shell, None),
    "vessels": ((33, 30, 35), (20, 20, 20), {}, rods, None),
    "dense ball": ((32, 32, 32), (20, 20, 20), FIXED, None, lambda shape: np.where(ball(shape), 0.1, 1.0)),
}


@pytest.mark.parametrize("rate", [1.1, 1e-3])
@pytest.mark.parametrize("name", CASES)
def test_a_cycle_leaves_less_than_0_45_of_the_residual(name, rate):
    shape, spacing, faces, mask, relative = CASES[name]
    rng = np.random.default_rng(7)
    k, n = fast(), int(np.prod(shape))
    fixed = (mask(shape), 38.0) if mask else None
    d = Diffusion(k, shape, spacing, 1e5, 0.1, faces, fixed, relative(shape) if relative else None)
    u, source = k.array(rng.uniform(0, 38, n)), k.zeros(n)
    sink = k.array(np.where(rng.random(n) < 0.3, 10.0, 0.0))  # patchy
    d.hold(u, sink)
    before, _ = d._sequence(u, sink, source, 1.0, d.debt, True)
    before()
    rest = []
    for _ in range(9):
        d.grid.solve(u, sink, rate, 0.0, 1)
        rest.append(d.workspace.read()[0])
    assert (rest[-1] / rest[2]) ** (1 / 6) <= 0.45


@given(
    n=st.integers(1, 50), planes=st.tuples(st.booleans(), st.booleans()), gap=st.sampled_from([0.0, 7.0, np.inf]),
    halvings=st.integers(0, 6),
)  # fmt: skip
def test_coarsening_keeps_volume_and_the_place_of_the_walls(n, planes, gap, halvings):
    axis = Axis.uniform(n, 10.0, 1e3, (Face(), Face()), planes)
    axis = Axis(**{**vars(axis), "gaps": (gap, 0.0)})
    free, wall = 10.0 * (n - sum(axis.planes)), axis.planes[0]
    zero = 5.0 if wall else -gap  # where the lower end's condition holds
    for _ in range(halvings):
        if len(axis.widths) > 1:
            axis = axis.coarser(True)
    # free volume, without layers that still stand for themselves
    first = 1 if axis.planes[0] else 0
    widths = axis.widths[first : len(axis.widths) - axis.planes[1]]
    if n > 2:
        assert widths.sum() == pytest.approx(free)
        there = axis.centres[0] if axis.planes[0] else axis.centres[0] - axis.widths[0] / 2 - axis.gaps[0]
        assert there == pytest.approx(zero)


def test_only_the_finest_axes_are_halved_until_the_others_have_caught_up():
    grid, seen = Grid((64, 64, 8), (10.0, 10.0, 40.0)), []
    while grid.voxels > 1:
        seen.append(grid.halved)
        grid = grid.coarser()
    assert seen[:3] == [(True, True, False), (True, True, False), (True, True, True)]
    assert grid.counts == (1, 1, 1)


def test_a_periodic_face_needs_its_opposite():
    with pytest.raises(ValueError, match="axis y: a periodic face needs its opposite"):
        Diffusion(fast(), (4, 4, 4), (20, 20, 20), 1e3, 0.1, {"y_min": Face(periodic=True)})
