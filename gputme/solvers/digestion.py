"""What substrates break down from afar, of the matrix or of the basement membrane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gputme.backends import Kernels

__all__ = ["Digestion"]


class Digestion:
    """``there``: 1 where some substrate does so, else 0; ``digested``: how fast, 1/min, in each voxel; empty then."""

    def __init__(self, kernels: Kernels, domain: Any, rates: Sequence[float]):
        nz, ny, nx = domain.shape
        done = [s for s, rate in enumerate(rates) if rate]
        self.there = int(bool(done))
        self.digested = kernels.zeros(nz * ny * nx * self.there)
        self._by = {
            s: kernels.digest.ready(rows=nz * ny, nx=nx, more=int(s != done[0]), rate=rates[s], digested=self.digested)
            for s in done
        }

    def step(self, fields: Any) -> None:
        """By what the substrates are now: fields (substrates, voxels)."""
        for s, digest in self._by.items():
            digest(u=fields[s])
