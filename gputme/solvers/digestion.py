"""What substrates break down from afar, of the matrix or of the basement membrane."""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_not
from typing import Any

from gputme.backends import Kernels

__all__ = ["Digestion"]


class Digestion:
    """What an operation takes: ``digests``, how many substrates do so; ``digestion``, how fast each, 1/min per unit of
    it; ``u``, what they are now, from `look` on."""

    def __init__(self, kernels: Kernels, rates: Sequence[float]):
        self._by = [s for s, rate in enumerate(rates) if rate]
        self.digests = len(self._by)
        self.digestion = kernels.array([rates[s] for s in self._by])
        self.u: list[Any] = []

    def look(self, fields: Sequence[Any]) -> Digestion:
        """By the fields, one for each substrate of the scenario; the same list while they are the same arrays."""
        now = [fields[s] for s in self._by]
        if len(now) != len(self.u) or any(map(is_not, now, self.u)):
            self.u = now
        return self
