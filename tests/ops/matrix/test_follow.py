"""Fibres guide walking cells: strictly where guidance and anisotropy are 1, not at all where they are 0."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops import TABLE
from gputme.ops.matrix.follow import example
from gputme.vocabulary import Behaviours

FIBRE, AXES = ("fibre_x", "fibre_y", "fibre_z"), ("dx", "dy", "dz")


def guided(seed: int, guidance: float, anisotropy: float, barrier: float = 0.0) -> dict:
    args = example(200, np.random.default_rng(seed), np.float64)
    args["slot"][:] = -1
    args["table"].reshape(3, -1)[:, Behaviours.GUIDANCE] = guidance
    args["anisotropy"][:], args["barrier"][:] = anisotropy, barrier
    for name, value in zip(FIBRE, (0.6, 0.8, 0.0)):
        args[name][:] = value
    return args


@given(st.integers(0, 2**32))
def test_full_guidance_leaves_the_two_ways_of_the_fibre(seed):
    got = check_agreement("follow", guided(seed, 1, 1), "fp64")
    across, out = 0.8 * got["dx"] - 0.6 * got["dy"], got["dz"]
    assert np.abs(across).max() < 1e-9
    assert np.abs(out).max() < 1e-9
    assert np.abs(got["dx"]).max() > 0


@pytest.mark.parametrize("args", [dict(guidance=0, anisotropy=1), dict(guidance=1, anisotropy=0)])
@given(st.integers(0, 2**32))
def test_without_fibres_or_guidance_cells_walk_as_they_would(args, seed):
    args = guided(seed, **args)
    mine = {name: args[name] for name in args if name in TABLE["motility"].meaning.__code__.co_varnames}
    got, free = check_agreement("follow", args, "fp64"), check_agreement("motility", mine, "fp64")
    for name in (*AXES, "mx", "my", "mz"):
        assert got[name].tobytes() == free[name].tobytes(), name


@given(st.integers(0, 2**32), st.floats(0, 1), st.floats(0, 1))
def test_a_fibre_has_no_sign(seed, guidance, anisotropy):
    args = guided(seed, guidance, anisotropy, barrier=0.3)
    flipped = args | {name: -args[name] for name in FIBRE}
    first, second = check_agreement("follow", args, "fp64"), check_agreement("follow", flipped, "fp64")
    for name in AXES:
        assert first[name].tobytes() == second[name].tobytes()


def test_a_barrier_slows_only_across_the_fibres():
    args = guided(3, 0, 1, barrier=0.75)
    args |= {"dt": 1e-3, "death": np.zeros(200, np.uint8)}  # no run ends
    args["table"].reshape(3, -1)[:, [Behaviours.SPEED, Behaviours.MOVABLE, Behaviours.PERSISTENCE]] = (2, 1, 1e9)
    for name, value in zip(("mx", "my", "mz"), (-0.8, 0.6, 0.0)):
        args[name][:100] = value
    for name, value in zip(("mx", "my", "mz"), (0.6, 0.8, 0.0)):
        args[name][100:] = value
    got = check_agreement("follow", args, "fp64")
    path = np.sqrt(sum(got[name] ** 2 for name in AXES)) / 2e-3
    assert path == pytest.approx([0.25] * 100 + [1] * 100, rel=1e-9)
