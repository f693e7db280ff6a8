"""Darcy's law: the flows through the faces of a voxel are what the pressure's own operator balances."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement, tables
from hypothesis import given
from hypothesis import strategies as st
from operators import FACES, dense

from gputme.ops.fields._operator import face_views, wall_terms
from gputme.ops.fields.darcy import example
from gputme.solvers.grids import Workspace
from gputme.solvers.multigrid import Multigrid


@given(seed=st.integers(0, 2**32 - 1), precision=st.sampled_from(["fp32", "fp64"]))
def test_means_the_same_on_every_backend_and_fills_every_face(seed, precision):
    args = example(50, np.random.default_rng(seed), np.float32 if precision == "fp32" else np.float64)
    assert np.isfinite(check_agreement("darcy", args, precision)["flow"]).all()


@given(
    shape=st.tuples(st.integers(1, 5), st.integers(1, 6), st.integers(1, 7)), faces=st.sampled_from(FACES),
    varied=st.booleans(), seed=st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_what_flows_into_a_voxel_is_what_its_pressure_lacks(shape, faces, varied, seed):
    """Sum of the flows through its faces = -(A p) + what walls bring, with A the operator without sinks."""
    rng, k, n = np.random.default_rng(seed), tables("fp64")["numpy"], int(np.prod(shape))
    relative = rng.uniform(0, 1, shape) if varied else None
    grid = Multigrid(Workspace(k, shape, (20.0, 20.0, 40.0)), 250.0, faces, relative)
    operator = grid.operator(0) | {name: k.host(grid.operator(0)[name]) for name in ("links", "faces")}
    walls = dict(wall_loss=k.host(grid.wall_loss), wall_gain=k.host(grid.wall_gain))
    p = rng.uniform(-5, 20, n)
    count = sum(f.size for f in face_views(np.zeros(4 * (n + 1) * 8), shape))
    flow = check_agreement("darcy", operator | walls | dict(p=p, flow=np.zeros(count)), "fp64")["flow"]
    into = np.zeros(shape)
    for a, f in enumerate(face_views(flow, shape)):
        into -= np.diff(f, axis=2 - a)
    gain = np.broadcast_to(wall_terms(shape, grid.varied, walls["wall_gain"], operator["faces"], outward=False), shape)
    expected = gain.ravel() - dense(operator | dict(sink=np.zeros(n))) @ p
    np.testing.assert_allclose(into.ravel(), expected, rtol=1e-9, atol=1e-9)
