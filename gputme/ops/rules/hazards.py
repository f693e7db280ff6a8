r"""Hazards of turning into other types, each with signals of its own, as macrophages are polarised in SPQSP (public
repositories popellab/SPQSP_HCC_GPU, popellab/SPQSP_PDAC):

    b <- b + \sum_e k_e \prod_j F_j,   F_j = H_j where the signal raises, 1 - H_j where it lowers,
    H_j = (s_j / h_j)^{p_j} / (1 + (s_j / h_j)^{p_j}),

for each behaviour "transition to a type" and the living cells of the types that turn into it, after rules and scalings
have set b. A signal below 1e-16 counts as 0. The entries e of one pair of types are added in double precision.
"""

from __future__ import annotations

import numpy as np

from gputme.columns import Death
from gputme.maths import flush
from gputme.ops.rules.derive import saturated

__all__ = ["AGREEMENT", "example", "hazards"]

AGREEMENT = "bitwise"
GRAIN = 64


def hazards(
    n, stride, pairs, entries, terms, kind, row, entry, rate, first, source, lowers, half_max, power, type, death,
    sensed, ruled,
):  # fmt: skip
    """Add to row ``row`` of ruled in living cells of type ``kind``, (pairs,), the hazards of the pair's entries, from
    ``entry`` (pairs + 1,); rates and factors, from ``first`` on (entries + 1,); rows of ``stride`` values."""
    living = death[:n] == Death.ALIVE
    for p in range(pairs):
        cells = np.flatnonzero(living & (type[:n] == kind[p]))
        total = np.zeros(len(cells))
        for e in range(entry[p], entry[p + 1]):
            hazard = np.full(len(cells), rate[e])
            for t in range(first[e], first[e + 1]):
                s = sensed[source[t] * stride + cells].astype(np.float64)
                h = saturated(s, half_max[t], power[t])
                hazard = hazard * (1.0 - h if lowers[t] else h)
            total = total + hazard
        at = row[p] * stride + cells
        ruled[at] = flush((ruled[at].astype(np.float64) + total).astype(ruled.dtype))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Three types, dead cells among them; four pairs of types with up to three entries of up to three signals."""
    n, stride, pairs, signals = size, size + 1, 4, 5
    entry = np.concatenate([[0], np.cumsum(rng.integers(1, 4, pairs))]).astype(np.int32)
    entries = int(entry[-1])
    first = np.concatenate([[0], np.cumsum(rng.integers(0, 4, entries))]).astype(np.int32)
    terms = int(first[-1])
    return dict(
        n=n, stride=stride, pairs=pairs, entries=entries, terms=terms, kind=np.array([0, 0, 1, 2], np.int32),
        row=np.array([1, 2, 0, 0], np.int32), entry=entry, rate=rng.random(entries), first=first,
        source=rng.integers(0, signals, terms).astype(np.int32), lowers=rng.integers(0, 2, terms).astype(np.int32),
        half_max=rng.uniform(0.1, 50, terms), power=rng.choice([1, 2, 3.7, 8, 16], terms),
        type=rng.integers(0, 3, n).astype(np.uint8), death=rng.choice([0, 0, 0, 1, 3], n).astype(np.uint8),
        sensed=rng.choice([0, 1e-20, 0.3, 12, 700], signals * stride).astype(real) * real(rng.random()),
        ruled=rng.random(3 * stride).astype(real),
    )  # fmt: skip
