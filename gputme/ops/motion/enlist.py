"""Cells of more than one step in a base step in the order of how many, most first.

In a sub-step it is the turn of all cells whose steps end there: always the first of this list, since who takes 2^e
steps turns wherever somebody of fewer does.
"""

from __future__ import annotations

import numpy as np

from gputme.ops.motion._ways import LEVELS

__all__ = ["AGREEMENT", "canonical", "enlist", "example"]

AGREEMENT = "exact"


def enlist(n, level, count, taken, active):
    """active: places, by falling exponent level (n,); count, taken (32,): cells by exponent, enlisted (0 before)."""
    some = np.flatnonzero(level[:n])
    active[: len(some)] = some[np.argsort(-level[some], kind="stable")]
    taken[1:LEVELS] += np.bincount(level[some], minlength=LEVELS)[1:]


def canonical(args: dict, results: dict) -> dict:
    """The results with the cells of one exponent ascending: any order is right."""
    active, total = results["active"].copy(), int(args["count"][1:].sum())
    active[:total] = active[:total][np.lexsort((active[:total], -args["level"][active[:total]]))]
    return results | {"active": active}


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Most cells take one step."""
    level = np.where(rng.random(size) < 0.3, rng.integers(0, LEVELS, size), 0)
    count = np.bincount(level, minlength=LEVELS)
    count[0] = 0
    return dict(
        n=size, level=level, count=count, taken=np.zeros(LEVELS, np.int64), active=np.zeros(size, np.int32)
    )
