"""Cells walk fastest at the ideal density, and longer runs along aligned fibres."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement

from gputme.ops.matrix.traction import example
from gputme.vocabulary import Behaviours


def walking(density: float, anisotropy: float, **changes) -> tuple[float, float]:
    """Factors of speed and persistence of a cell of type 0 in such a matrix, with guidance 0.5."""
    args = example(1, np.random.default_rng(0), np.float64)
    args |= {"speed_row": 0, "persistence_row": 2, "type": np.zeros(1, np.uint8), "death": np.zeros(1, np.uint8)}
    args["slot"][:] = -1
    args["table"].reshape(3, -1)[0, Behaviours.GUIDANCE] = 0.5
    args["ruled"] = np.ones_like(args["ruled"])
    args["density"][:], args["anisotropy"][:] = density, anisotropy
    got = check_agreement("traction", args | changes, "fp64")["ruled"]
    return got[0], got[2 * args["stride"]]


@pytest.mark.parametrize(("density", "share"), [(0, 0), (0.25, 0.5), (0.5, 1), (0.75, 0.5), (1, 0)])
def test_speed_is_a_tent_over_the_density(density, share):
    assert walking(density, 0)[0] == share


def test_cells_that_need_no_hold_are_slowed_only_by_what_is_dense():
    floor = np.array([1.0, 1.0, 1.0])
    assert [walking(density, 0, floor=floor)[0] for density in (0, 0.25, 0.5, 0.75)] == [1, 1, 1, 0.5]


def test_a_type_that_does_not_mind_keeps_its_speed():
    assert walking(0.9, 0, lowest=np.full(3, 2.0))[0] == 1


@pytest.mark.parametrize(("anisotropy", "factor"), [(0, 1), (0.5, 1.5), (0.9, 1.9)])
def test_runs_are_longer_among_aligned_fibres(anisotropy, factor):
    assert walking(0.5, anisotropy)[1] == pytest.approx(factor, rel=1e-12)


def test_the_dead_keep_what_they_did():
    assert walking(0.1, 0.9, death=np.ones(1, np.uint8)) == (1, 1)
