"""Exponential fitting of a face: exact for the exponential, conservative, never negative, without a seam anywhere."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.fields.fit import example


def one_face(conductance: float, flow: float) -> tuple[float, float]:
    """What the upper face of a line of one voxel passes on of the value below it, and of that above it."""
    args = dict(nx=1, ny=1, nz=1, varied=0, across=np.full(6, conductance), relative=np.ones(1),
                flow=np.array([0, flow, 0, 0, 0, 0.0]), faces=np.zeros(12))  # fmt: skip
    faces = check_agreement("fit", args, "fp64")["faces"]
    return faces[1], faces[7]


def laid_out(args: dict) -> np.ndarray:
    """The conductance of every face, in the order of the flow."""
    nx, ny, nz = args["nx"], args["ny"], args["nz"]
    x, y, z = np.split(np.asarray(args["across"], float), [nx + 1, nx + ny + 2])
    parts = [np.broadcast_to(x, (nz, ny, nx + 1)), np.broadcast_to(y[:, None], (nz, ny + 1, nx)),
             np.broadcast_to(z[:, None, None], (nz + 1, ny, nx))]  # fmt: skip
    conductance = np.concatenate([part.ravel() for part in parts])
    return conductance * args["relative"] if args["varied"] else conductance


@given(seed=st.integers(0, 2**32 - 1), precision=st.sampled_from(["fp32", "fp64"]))
def test_every_face_passes_on_what_solves_the_equation_between_two_points(seed, precision):
    args = example(50, np.random.default_rng(seed), np.float32 if precision == "fp32" else np.float64)
    up, down = np.split(check_agreement("fit", args, precision)["faces"].astype(float), 2)
    conductance, flow = laid_out(args), args["flow"].astype(float)
    assert min(up.min(), down.min()) >= 0
    with np.errstate(all="ignore"):
        z = np.abs(flow) / conductance
        against = np.where(conductance > 0, np.where(z > 0, flow / np.expm1(z) * np.sign(flow), conductance), 0)
    eps = 1e-6 if precision == "fp32" else 1e-13
    np.testing.assert_allclose(np.where(flow < 0, up, down), against, rtol=eps, atol=1e-30)
    np.testing.assert_allclose(np.where(flow < 0, down, up), against + np.abs(flow), rtol=eps, atol=1e-30)


@given(st.integers(0, 2**32 - 1))
def test_a_flow_the_other_way_passes_on_the_same_the_other_way(seed):
    args = example(50, np.random.default_rng(seed), np.float32)
    up, down = np.split(check_agreement("fit", args)["faces"], 2)
    there, back = np.split(check_agreement("fit", args | dict(flow=-args["flow"]))["faces"], 2)
    moves = args["flow"] != 0
    assert np.array_equal(there[moves], down[moves])
    assert np.array_equal(back[moves], up[moves])


@pytest.mark.parametrize("peclet", [1e-12, 1e-3, 0.125 - 1e-12, 0.125, 0.3, 2.0, 40.0])
def test_what_is_carried_and_what_diffuses_back_of_an_exponential_cancel(peclet):
    """u = exp(v x / D) has no flux: the value above is e^z of that below."""
    up, down = one_face(3.0, 3.0 * peclet)
    assert up == pytest.approx(down * np.exp(peclet), rel=1e-14)
    assert up - down == pytest.approx(3.0 * peclet, rel=1e-3 if peclet < 1e-6 else 1e-12)


def test_the_series_meets_the_quotient():
    """From both sides of 1/8 to the last digits, and at rest it is diffusion alone, exactly."""
    below, above = (one_face(1.0, np.nextafter(0.125, side))[1] for side in (0, 1))
    assert below == pytest.approx(above, rel=5e-16 * 8)
    assert one_face(7.5, 0.0) == (7.5, 7.5)


@pytest.mark.parametrize("conductance", [0.0, 1e-9])
def test_without_diffusion_the_flow_alone_carries(conductance):
    assert one_face(conductance, 4.0) == (4.0, 0.0)
    assert one_face(conductance, -4.0) == (0.0, 4.0)
