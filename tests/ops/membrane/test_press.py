"""An intact membrane pushes cells off on their own side, and holds them near; a broken one does nothing."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement

from gputme.ops.membrane.press import example
from gputme.vocabulary import Behaviours


def pressed(distance: float, side: int, integrity: float = 1.0) -> np.ndarray:
    """Velocity of a cell of radius 8 um (adhesion reaches 10) so far from the plane x = 0, the inside below."""
    args = example(1, np.random.default_rng(0), np.float64)
    args |= dict(nx=21, ny=1, nz=1, x0=-105.0, y0=-5.0, z0=-5.0, per_x=0.1, per_y=0.1, per_z=0.1, periodic=0)
    args |= {"phi": np.linspace(-100, 100, 21), "gx": np.ones(21), "gy": np.zeros(21), "gz": np.zeros(21)}
    args |= {"integrity": np.full(21, integrity), "measure": 1, "type": np.zeros(1, np.uint8)}
    args |= {name: np.full(1, value) for name, value in dict(x=distance, y=0.0, z=0.0, radius=8.0).items()}
    args |= {name: np.zeros(1) for name in ("vx", "vy", "vz", "stiffness")} | {"side": np.full(1, side, np.uint8)}
    args["slot"][:] = -1
    table = args["table"].reshape(3, -1)
    table[0, [Behaviours.REACH, Behaviours.MEMBRANE_REPULSION, Behaviours.MEMBRANE_ADHESION]] = 1.25, 100, 4
    got = check_agreement("press", args, "fp64")
    return np.array([got[name][0] for name in ("vx", "vy", "vz", "stiffness")])


@pytest.mark.parametrize("distance", [-2.0, 0.0, 3.0, 7.0, 9.0])
def test_the_law_is_physicells(distance):
    p, q = max(1 - distance / 8, 0), min(1 - distance / 10, 1)
    v = 100 * p**2 - 4 * q**2
    assert pressed(distance, side=1)[0] == pytest.approx(v, rel=1e-12)
    assert pressed(-distance, side=2)[0] == pytest.approx(-v, rel=1e-12)


def test_beyond_its_reach_there_is_nothing():
    assert not pressed(10.5, side=1).any()
    assert not pressed(-10.5, side=2).any()


def test_where_it_is_gone_it_does_nothing_and_half_of_it_half():
    assert not pressed(1.0, side=1, integrity=0.0).any()
    np.testing.assert_allclose(pressed(1.0, side=1, integrity=0.5), pressed(1.0, side=1) / 2, rtol=1e-12)


def test_the_slope_is_the_derivative_of_the_velocity():
    apart = 1e-5
    slope = (pressed(3 + apart, 1)[0] - pressed(3 - apart, 1)[0]) / (2 * apart)
    assert pressed(3.0, side=1)[3] == pytest.approx(abs(slope), rel=1e-6)


def test_a_cell_on_no_side_yet_is_left_alone():
    assert not pressed(1.0, side=0).any()
