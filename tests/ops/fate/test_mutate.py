"""Daughters get Poisson numbers of mutations, each for herself, which change what they inherit."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from scipy.stats import chisquare, poisson

from gputme.solvers.mutations import poisson as law

M = 20000


def mutated(*means: float, effects=(), value=1.0, type_of_daughters=0, seed=3) -> tuple[np.ndarray, np.ndarray]:
    """How many of each kind arose, (2, M, kinds), and the value of mothers and daughters, (2, M). There is a second
    type of cells, which never mutates. effects: of which kind, times, plus."""
    laws = [law(mean) for mean in means]
    width = max(map(len, laws))
    below = np.ones((2, len(means), width))
    for k, mine in enumerate(laws):
        below[0, k, : len(mine)] = mine
    args = dict(
        m=M, n=M, seed=seed, stride=2 * M, types=2, kinds=len(means), width=width, below=below.ravel(),
        first=np.searchsorted([e[0] for e in effects], np.arange(len(means) + 1)).astype(np.int32),
        row=np.zeros(max(len(effects), 1), np.int32), times=np.array([e[1] for e in effects] or [0.0]),
        plus=np.array([e[2] for e in effects] or [0.0]), mothers=np.arange(M),
        id=np.arange(1, 2 * M + 1, dtype=np.uint64), type=np.repeat([0, type_of_daughters], M).astype(np.uint8),
        fate_time=np.full(2 * M, 77), custom=np.full(2 * M, value), found=np.zeros(2 * M * len(means), np.uint8),
    )  # fmt: skip
    got = check_agreement("mutate", args, "fp64")
    return got["found"].reshape(2, M, -1), got["custom"].reshape(2, M)


@pytest.mark.parametrize("mean", [0.03, 0.5, 7.0, 100.0])
def test_numbers_are_poisson_numbers(mean):
    found = mutated(mean)[0].ravel()
    assert found.mean() == pytest.approx(mean, abs=4 * np.sqrt(mean / len(found)))
    counts = np.bincount(found)
    expected = poisson.pmf(np.arange(len(counts)), mean) * len(found)
    often = expected > 20
    rare = counts[~often].sum(), len(found) - expected[often].sum()
    seen, meant = (np.append(some[often], rest) for some, rest in zip((counts, expected), rare))
    assert chisquare(seen, meant).pvalue > 1e-3


def test_kinds_daughters_and_seeds_draw_for_themselves():
    (one, other), _ = mutated(1.0, 1.0)
    columns = [one[:, 0], one[:, 1], other[:, 0], mutated(1.0, 1.0, seed=4)[0][0, :, 0]]
    apart = np.abs(np.corrcoef(columns) - np.eye(4)).max()
    assert apart < 4 / np.sqrt(M)


def test_each_mutation_acts_once():
    found, value = mutated(1.5, 0.3, effects=[(0, 1.5, 0.0), (1, 0.0, 4.0)], value=2.0)
    expected = np.where(found[..., 1] > 0, 4.0, 2.0 * 1.5 ** found[..., 0].astype(float))
    np.testing.assert_allclose(value, expected, rtol=1e-12)


def test_neutral_ones_and_types_that_do_not_mutate_change_nothing():
    found, value = mutated(2.0, type_of_daughters=1)
    assert found[0].sum() > M
    assert not found[1].any()
    assert (value == 1.0).all()
