r"""Asymmetric division: daughters that turn into another type at birth.

With p_k the mother's probability of an asymmetric division to type k (a behaviour: her type's, or what rules have set),
the daughter becomes of type k with p_k, and stays of her mother's type with what is left to 1. Probabilities that rules
raise to more than 1 in all hold in proportion. An entry for the mother's own type is no change. One number decides,
keyed by the mother's id and the time of the division, so neither step nor order matter; the mother, who keeps her id,
never turns (PhysiCell 1.14.2, `standard_asymmetric_division_function`).

The daughter is then what a newborn of her type is: phase 0, the nucleus grows towards its target, and she does what
her type does until rules look at her. Volumes, damage, amounts and variables stay what division left.
"""

from __future__ import annotations

import numpy as np

from gputme.ops.behaviour import behaviour_of, example_behaviours
from gputme.rng import Stream, random_words, uniform
from gputme.vocabulary import Behaviours

__all__ = ["AGREEMENT", "differentiate", "example"]

AGREEMENT = "bitwise"
GRAIN = 128
DRAW = 1  # of the stream of division; 0 is the axis


def differentiate(
    m, n, types, seed, stride, behaviours, asymmetric, table, slot, ruled, target, parent, birth, type, phase,
    nuclear_target, turned,
):  # fmt: skip
    """Let the m daughters at places n, n + 1, ... turn; turned (1,) is raised by how many did. ``asymmetric``: number
    of the behaviour "asymmetric division to type 0"; target (types,) um3, nuclear solids of a newborn."""
    d, own = np.arange(n, n + m), type[n : n + m].astype(np.int64)
    p = np.zeros((types, m))
    for k in range(types):
        chance = behaviour_of(table, slot, ruled, stride, behaviours, type, asymmetric + k, d)
        p[k] = np.where(own == k, 0.0, chance)
    total = np.zeros(m)
    for chance in p:
        total = total + chance
    words = random_words(seed, birth[d], parent[d], Stream.DIVISION, DRAW)
    u = uniform(words[0]) * np.where(total > 1.0, total, 1.0)
    into, reached = own.copy(), np.zeros(m)
    for k in range(types):
        before, reached = reached, reached + p[k]
        into[(u >= before) & (u < reached)] = k
    turns = into != own
    w, into = d[turns], into[turns]
    type[w], phase[w], nuclear_target[w] = into, 0, target[into]
    for b in np.flatnonzero(slot >= 0):
        ruled[slot[b] * stride + w] = table[into * behaviours + b]
    turned[0] += len(w)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Daughters of three types, with probabilities of the types or of rules that may be more than 1 in all."""
    n, types = size, 3
    numbers = Behaviours(1, types, 0)
    behaviours = example_behaviours(2 * size, types, numbers.count, rng, real)
    chances = behaviours["table"].reshape(types, numbers.count)[:, numbers.all_of("asymmetric")]
    chances *= rng.choice([0, 0.1, 0.5]) / max(chances.max(), 1e-9)
    behaviours["table"].reshape(types, numbers.count)[:, numbers.all_of("asymmetric")] = chances
    return behaviours | dict(
        m=size, n=n, types=types, seed=int(rng.integers(2**63)), asymmetric=numbers.of("asymmetric"),
        target=rng.uniform(100, 200, types).astype(real),
        parent=rng.permutation(np.arange(1, 2 * size + 1)).astype(np.uint64), birth=rng.integers(0, 2**40, 2 * size),
        type=rng.integers(0, types, 2 * size).astype(np.uint8), phase=rng.integers(0, 6, 2 * size).astype(np.uint8),
        nuclear_target=rng.uniform(100, 200, 2 * size).astype(real), turned=np.zeros(1, np.int64),
    )  # fmt: skip
