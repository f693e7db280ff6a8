"""Numbers and sums over all cells and voxels, made on the device: only they travel to the host."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from gputme.backends import Kernels
from gputme.census import SLOW, Census
from gputme.ops.census import sum_exactly
from gputme.ops.census.census import WORDS
from gputme.parameters import Parameters

__all__ = ["Counting", "exact_sums"]

LARGE = 1e4  # um: no radius is larger


class Counting:
    """Counts the cells of a tissue. ``per_um`` and ``per_um2``: the units of the sums, so fine that they overflow in
    no domain and resolve less than rounding does."""

    def __init__(self, parameters: Parameters, kernels: Kernels, census: Census):
        k, types = kernels, len(parameters.types)
        farthest = max(*(abs(v) for v in parameters.scenario.domain.centred.upper), LARGE)
        self.kernels, self.census, self.types = kernels, census, types
        self.per_um = 2.0 ** (60 - math.frexp(farthest)[1])
        self.per_um2 = 2.0 ** (60 - math.frexp(farthest**2)[1])
        self._found = k.zeros(types * WORDS, np.int64)
        self._none = k.zeros(1)
        self._count = k.census.ready(
            types=types, per_um=self.per_um, per_um2=self.per_um2, resting=k.array(census.resting.ravel(), np.uint8),
            cycles=k.array(census.cycles, np.uint8), full=k.array(census.full, np.float64),
            slow=k.array(SLOW * census.full, np.float64), found=self._found,
        )  # fmt: skip

    def found(self, cells: Any, entry: Any = None) -> np.ndarray:
        """What the operation `census` finds, int64 (types, WORDS). ``entry``: the rate at which each cell enters its
        cycle, 1/min, on the backend; without it that of its type."""
        self._found[...] = 0
        if cells.n:
            known = entry is not None
            parts = self.kernels.backend.shares(cells.n)
            self._count(cells, parts=parts, known=int(known), entry=entry if known else self._none)
        return np.array(self.kernels.host(self._found)).reshape(self.types, WORDS)


def exact_sums(kernels: Kernels, arrays: Sequence[tuple[Any, int]]) -> list[np.ndarray]:
    """The sums of the first n values of each array, as `gputme.ops.census.sum_exactly.exact` takes them."""
    words = kernels.zeros((max(len(arrays), 1), sum_exactly.WORDS), np.int64)
    for row, (values, n) in enumerate(arrays):
        kernels.sum_exactly(n=n, parts=kernels.backend.shares(n), values=values, words=words[row])
    return list(kernels.host(words)[: len(arrays)])
