"""Nobody walks into a voxel whose pores are too small."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.behaviour import behaviour_of
from gputme.ops.matrix._fibres import voxel_of
from gputme.ops.matrix.bar import example
from gputme.vocabulary import Behaviours

GRID = ("x0", "y0", "z0", "per_x", "per_y", "per_z", "nx", "ny", "nz", "periodic")


def ends(args: dict, got: dict) -> tuple[np.ndarray, np.ndarray]:
    """The voxels where walks begin and end."""
    grid = [args[name] for name in GRID]
    here = [args[axis] for axis in "xyz"]
    return voxel_of(*here, *grid), voxel_of(*(a + got[f"d{axis}"] for a, axis in zip(here, "xyz")), *grid)


@given(st.integers(0, 2**32))
def test_walks_end_in_open_voxels_or_where_they_began(seed):
    args = example(200, np.random.default_rng(seed), np.float64)
    names = ("table", "slot", "ruled", "stride", "behaviours", "type")
    porosity = behaviour_of(*(args[name] for name in names), Behaviours.POROSITY)
    before, after = ends(args, check_agreement("bar", args, "fp64"))
    open_to = args["density"][after] <= 1 - porosity
    assert (open_to | (before == after) | (porosity == 0)).all()


@given(st.integers(0, 2**32))
def test_what_is_open_everywhere_stops_nobody(seed):
    args = example(200, np.random.default_rng(seed), np.float64)
    args["density"][:] = 0
    got = check_agreement("bar", args, "fp64")
    assert all(got[name].tobytes() == args[name].tobytes() for name in ("dx", "dy", "dz"))


def test_a_walk_ends_at_the_wall_of_a_dense_voxel_and_not_behind_it():
    """Even a walk that is long enough to jump over it."""
    args = example(1, np.random.default_rng(0), np.float64)
    args |= dict(nx=5, ny=1, nz=1, x0=0.0, y0=0.0, z0=0.0, per_x=0.1, per_y=0.1, per_z=0.1, periodic=0)
    args |= {
        name: np.full(1, float(value)) for name, value in zip(("x", "y", "z", "dx", "dy", "dz"), (5.0, 5, 5, 40, 0, 0))
    }
    args |= {"density": np.array([0, 0, 0.8, 0, 0], np.float64), "type": np.zeros(1, np.uint8)}
    args["slot"][:] = -1
    args["table"][Behaviours.POROSITY] = 0.4
    assert 10 <= check_agreement("bar", args, "fp64")["dx"][0] < 15
    args["table"][Behaviours.POROSITY] = 0.1
    assert check_agreement("bar", args, "fp64")["dx"][0] == 40
