"""Daughters copy, halve, redraw and mutate their mother's variables as their type says."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement

from gputme.ops.fate._law import COPY, HALVE, LOGNORMAL, NORMAL, UNIFORM, VALUE

M = 20000


def daughters(way: int, a=2.0, b=0.5, least=-np.inf, largest=np.inf, mutation=0.0) -> np.ndarray:
    """The variable of mothers (row 0) and daughters (row 1) after division; the mothers had 0 .. M - 1."""
    args = dict(
        m=M, n=M, seed=3, stride=2 * M, types=1, customs=1, how=np.array([way], np.int32),
        law=np.array([a, b, least, largest, mutation]), mothers=np.arange(M),
        id=np.arange(1, 2 * M + 1, dtype=np.uint64), type=np.zeros(2 * M, np.uint8),
        fate_time=np.full(2 * M, 77), custom=np.arange(2.0 * M),
    )  # fmt: skip
    return check_agreement("inherit", args, "fp64")["custom"].reshape(2, M)


def test_copies_and_halves():
    assert np.array_equal(daughters(COPY), [np.arange(M)] * 2)
    assert np.array_equal(daughters(HALVE), [np.arange(M) / 2] * 2)
    assert (daughters(VALUE, a=4.5) == 4.5).all()


def test_redraws_follow_their_law():
    normal = daughters(NORMAL)
    assert normal.mean() == pytest.approx(2, abs=0.01)
    assert normal.std() == pytest.approx(0.5, rel=0.02)
    uniform = daughters(UNIFORM, a=-1, b=3)
    assert uniform.mean() == pytest.approx(1, abs=0.03)
    assert -1 <= uniform.min() < -0.99
    assert 2.99 < uniform.max() <= 3
    logs = np.log(daughters(LOGNORMAL))
    assert logs.mean() == pytest.approx(np.log(2), abs=0.01)
    assert logs.std() == pytest.approx(0.5, rel=0.02)


def test_both_daughters_draw_for_themselves():
    one, two = daughters(NORMAL)
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.03


def test_mutation_changes_a_copy_and_stays_within_bounds():
    change = daughters(COPY, mutation=0.2) - np.arange(M)
    assert change.mean() == pytest.approx(0, abs=0.005)
    assert change.std() == pytest.approx(0.2, rel=0.02)
    assert daughters(COPY, mutation=5, least=10, largest=50).min() == 10


def test_a_copy_without_mutation_ignores_bounds():
    assert np.array_equal(daughters(COPY, least=10, largest=50), [np.arange(M)] * 2)
