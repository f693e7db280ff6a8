r"""Mutations of both daughters after a division.

Of each kind a daughter gets a Poisson number x, by inversion: the least x with u < P(X <= x), where u is keyed by
(seed, tick, id, kind) and ``below`` holds P(X <= x) for her type. Each changes values that daughters inherit,

    X <- times X + plus,

the cells' factors of behaviours, or custom variables. The host notes how many were ``found``, so each has a row of its
own in the genealogy: sites are never hit twice (infinite sites; Kimura, *Genetics*, 1969).
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.rng import Stream, random_words, uniform

__all__ = ["AGREEMENT", "example", "mutate"]

AGREEMENT = "bitwise"
GRAIN = 64


def mutate(
    m, n, seed, stride, types, kinds, width, below, first, row, times, plus, mothers, id, type, fate_time, custom, found
):  # fmt: skip
    """Mutate mothers (m,), then daughters (n .. n+m): how many of each kind, found (2 * m * kinds); below (types,
    kinds, width); what kind k does, entries first[k] to first[k + 1], to which rows of custom."""
    below, found = below.reshape(types, kinds, width), found.reshape(-1, kinds)
    for group, cells in enumerate((mothers[:m], np.arange(n, n + m))):
        for k in range(kinds):
            u = uniform(random_words(seed, fate_time[cells], id[cells], Stream.MUTATE, k)[0])
            count = (u[:, None] >= below[type[cells], k, : width - 1]).sum(axis=1)
            found[group * m : (group + 1) * m, k] = count
            for e in range(first[k], first[k + 1]):
                at = row[e] * stride + cells
                value = custom[at].astype(np.float64)
                for again in range(int(count.max(initial=0))):
                    value = np.where(count > again, value * times[e] + plus[e], value)
                custom[at] = flush(value.astype(custom.dtype))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Two types, three kinds, of which one does nothing and one acts on two rows; half of the cells divide."""
    m, n, types, kinds, width = size, 2 * size, 2, 3, 5
    stride = n + m + 1
    below = np.sort(rng.random((types, kinds, width)), axis=-1)
    below[..., -1] = 1.0
    return dict(
        m=m, n=n, seed=int(rng.integers(2**63)), stride=stride, types=types, kinds=kinds, width=width,
        below=below.ravel(), first=np.array([0, 0, 2, 3], np.int32), row=np.array([0, 1, 1], np.int32),
        times=np.array([1.5, 0.0, 0.9]), plus=np.array([0.0, 2.0, 0.1]), mothers=rng.choice(n, m, replace=False),
        id=rng.permutation(np.arange(1, stride + 1)).astype(np.uint64),
        type=rng.integers(0, types, stride).astype(np.uint8), fate_time=rng.integers(0, 2**40, stride),
        custom=rng.uniform(0, 9, 2 * stride).astype(real), found=np.zeros(2 * m * kinds, np.uint8),
    )  # fmt: skip
