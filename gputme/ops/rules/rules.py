r"""Rules of the cell-behaviour grammar (CBHG 3.0; Johnson et al., Cell, 2025): signals set behaviours, per
cell.

All rules for one behaviour of one type form a group. With H = \Sigma / (1 + \Sigma) and
\Sigma = \sum_j (s_j / h_j)^{n_j} over the increasing (U) and over the decreasing (D) signals,

    b = b_U + (b_min - b_U) H_D,    b_U = b_0 + (b_max - b_0) H_U,

b_0 the base value: the type's, or the cell's own where its type varies (row ``own`` of custom), times the cell's factor
where mutations change it (row ``factor``), at most ``limit``. b_max and b_min are the
group's one largest and smallest saturation (``span``), of b_0 too where bits 1 and 2 of ``within`` say so. A signal
below 1e-16 counts as 0. In a dead cell a rule that does not apply to dead cells contributes 0, and where
none of the group applies the behaviour stays as it was; so ``ruled`` belongs to the state. A type without
rules for a behaviour that is set per cell gets its base value there while the cell lives; a custom variable
without rules stays the cell's own.

Powers go through our own exponential in float64, so that backends agree.
"""

from __future__ import annotations

import numpy as np

from gputme.columns import Death
from gputme.maths import flush, pow_

__all__ = ["AGREEMENT", "BASE_LARGEST", "BASE_SMALLEST", "FOR_DEAD", "INCREASES", "example", "rules"]

AGREEMENT = "bitwise"
GRAIN = 64
INCREASES, FOR_DEAD = 1, 2
BASE_LARGEST, BASE_SMALLEST = 1, 2


def rules(
    n, types, stride, behaviours, count, groups, terms, table, number, row, own, factor, limit, group, first, span,
    within, source, flags, half_max, power, type, death, sensed, ruled, custom,
):  # fmt: skip
    """Set behaviours ``number`` (count,) of all cells: into row ``row`` of ruled, or -1 - row of custom."""
    dead = death[:n] != Death.ALIVE
    for t in range(types):
        cells = np.flatnonzero(type[:n] == t)
        for b in range(count if len(cells) else 0):
            g = group[t * count + b]
            into, start = (ruled, row[b] * stride) if row[b] >= 0 else (custom, (-1 - row[b]) * stride)
            base = np.full(len(cells), table[t * behaviours + number[b]], np.float64)
            if own[b] >= 0:
                base[:] = custom[own[b] * stride + cells]
            if factor[b] >= 0:
                base = base * custom[factor[b] * stride + cells].astype(np.float64)
                base = np.where(base > limit[b], limit[b], base)
            if g < 0:
                if into is ruled:
                    living = cells[~dead[cells]]
                    into[start + living] = flush(base[~dead[cells]].astype(ruled.dtype))
                continue
            up, down = np.zeros(len(cells)), np.zeros(len(cells))
            applies = ~dead[cells]
            for r in range(first[g], first[g + 1]):
                heeded = ~dead[cells] | bool(flags[r] & FOR_DEAD)
                applies |= heeded
                s = sensed[source[r] * stride + cells].astype(np.float64)
                acts = heeded & (s >= 1e-16)
                share = pow_(np.where(acts, s, 0.0) / half_max[r], power[r])
                if flags[r] & INCREASES:
                    up += share
                else:
                    down += share
            largest, smallest = np.full(len(cells), span[g * 2]), np.full(len(cells), span[g * 2 + 1])
            largest = np.where((within[g] & BASE_LARGEST != 0) & (base > largest), base, largest)
            smallest = np.where((within[g] & BASE_SMALLEST != 0) & (base < smallest), base, smallest)
            value = base + (largest - base) * (up / (1.0 + up))
            value = value + (smallest - value) * (down / (1.0 + down))
            into[start + cells[applies]] = flush(value[applies].astype(ruled.dtype))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Three types, three behaviours, of which one varies between cells, and one custom variable set by up to four rules
    each, dead cells among them."""
    n, stride, types, behaviours, count, signals = size, size + 1, 3, 6, 4, 5
    has = rng.random((types, count)) < 0.7
    has[0, 0] = True
    groups = int(has.sum())
    group = np.full((types, count), -1, np.int32)
    group[has] = np.arange(groups)
    first = np.concatenate([[0], np.cumsum(rng.integers(1, 5, groups))]).astype(np.int32)
    terms = int(first[-1])
    return dict(
        n=n, types=types, stride=stride, behaviours=behaviours, count=count, groups=groups, terms=terms,
        table=rng.random(types * behaviours).astype(real), number=np.array([0, 2, 3, 5], np.int32),
        row=np.array([1, 0, 2, -1], np.int32),
        own=np.array([-1, 1, -1, -1], np.int32), factor=np.array([0, -1, 1, -1], np.int32),
        limit=np.array([0.5, 1, np.inf, 1]), group=group.ravel(), first=first, span=rng.random(groups * 2),
        within=rng.integers(0, 4, groups).astype(np.int32), source=rng.integers(0, signals, terms).astype(np.int32),
        flags=rng.integers(0, 4, terms).astype(np.int32), half_max=rng.uniform(0.1, 50, terms),
        power=rng.choice([1, 2, 3.7, 8, 16], terms), type=rng.integers(0, types, n).astype(np.uint8),
        death=rng.choice([0, 0, 0, 1, 3], n).astype(np.uint8),
        sensed=rng.choice([0, 1e-20, 0.3, 12, 700], signals * stride).astype(real) * real(rng.random()),
        ruled=rng.random(3 * stride).astype(real), custom=rng.random(2 * stride).astype(real),
    )  # fmt: skip
