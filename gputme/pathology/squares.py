"""The squares (2D) or cubes (3D) into which a domain is divided to say where its tumour is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from gputme.model import Domain

__all__ = ["Squares"]

SIDE = 25.0  # um: about one and a half cells (design choice)
MOST = 250_000  # of them; a domain that would have more is divided more coarsely


@dataclass(frozen=True)
class Squares:
    """Equal squares or cubes that fill a box; arrays of them are indexed (y, x) or (z, y, x)."""

    lower: tuple[float, ...]
    """Corner of the box, um; x first."""
    sides: tuple[float, ...]
    """um, x first."""
    shape: tuple[int, ...]
    """How many along y and x, or z, y and x."""

    @classmethod
    def over(cls, domain: Domain) -> Self:
        """Those of a domain, in inner positions (relative to its centre)."""
        axes, box = domain.dimensions, domain.centred
        lengths = [float(high - low) for low, high in zip(box.lower[:axes], box.upper[:axes])]
        side = max(SIDE, (math.prod(lengths) / MOST) ** (1 / axes))
        counts = [max(round(length / side), 1) for length in lengths]
        sides = tuple(length / count for length, count in zip(lengths, counts))
        return cls(box.lower[:axes], sides, tuple(reversed(counts)))

    @property
    def number(self) -> int:
        """How many there are."""
        return math.prod(self.shape)

    @property
    def content(self) -> float:
        """Area of one, um2, or volume, um3."""
        return math.prod(self.sides)

    def at(self, places: Sequence[np.ndarray]) -> np.ndarray:
        """Which of them holds each place (x, y or x, y, z: (N,) each, um): int64 (N,), by their order in arrays. A
        place on the far face belongs to the last."""
        found = np.zeros(len(places[0]), np.int64)
        for axis in reversed(range(len(self.sides))):
            count = self.shape[-1 - axis]
            here = np.floor((np.asarray(places[axis], np.float64) - self.lower[axis]) / self.sides[axis])
            found = found * count + np.clip(here.astype(np.int64), 0, count - 1)
        return found

    def count(self, at: np.ndarray) -> np.ndarray:
        """How many of the places lie in each: int64, of the squares' shape."""
        return np.bincount(at, minlength=self.number).reshape(self.shape)

    def between(self, values: np.ndarray, places: Sequence[np.ndarray]) -> np.ndarray:
        """Values of the squares' centres (their shape) at places, linear between centres: float64 (N,). Beyond the
        last centre, its value."""
        found, weights = [np.zeros(len(places[0]), np.int64)], [np.ones(len(places[0]))]
        for axis in reversed(range(len(self.sides))):
            count = self.shape[-1 - axis]
            s = (np.asarray(places[axis], np.float64) - self.lower[axis]) / self.sides[axis] - 0.5
            s = np.clip(s, 0.0, count - 1.0)
            low = np.minimum(s.astype(np.int64), max(count - 2, 0))
            share, high = s - low, np.minimum(low + 1, count - 1)
            found = [corner * count + end for corner in found for end in (low, high)]
            weights = [weight * part for weight in weights for part in (1.0 - share, share)]
        flat = values.ravel()
        return sum((weight * flat[corner] for corner, weight in zip(found, weights)), np.zeros(len(places[0])))
