"""What the voxels of one tissue carry beside its substrates: the extracellular matrix."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from gputme.voxels import VOXEL_COLUMNS, VoxelColumn, voxel_flags

__all__ = ["BOOKS", "Voxels"]

BOOKS = ("laid", "broken")


class Voxels:
    """One array (nz*ny*nx,), x fastest, per entry of ``columns``; each is an attribute (``voxels.density``).

    Those of mechanisms not in use are empty arrays, and a flag per mechanism (``voxels.fibres``, 1 or 0) says so to
    kernels. ``books``: what has been laid down and broken down of the matrix since time 0, int64, quanta of a full
    voxel.
    """

    def __init__(self, kernels: Any, columns: Mapping[str, VoxelColumn], fields: Mapping[str, np.ndarray]):
        self.kernels, self.columns = kernels, dict(columns)
        for name, column in VOXEL_COLUMNS.items():
            given = np.asarray(fields[name]).ravel() if name in columns else np.zeros(0)
            setattr(self, column.at, kernels.array(given))
        for mechanism, there in voxel_flags(columns).items():
            setattr(self, mechanism, there)
        self.books = kernels.zeros(len(BOOKS), np.int64)

    def array(self, name: str) -> Any:
        """The array of one field, by its name in frames."""
        return getattr(self, self.columns[name].at)

    def values(self) -> Iterator[Any]:
        """Every array."""
        return (getattr(self, column.at) for column in self.columns.values())

    def load(self, fields: Mapping[str, np.ndarray], books: Mapping[str, int]) -> None:
        """Replace all fields by those of a frame, and the books."""
        for name, column in self.columns.items():
            setattr(self, column.at, self.kernels.array(np.asarray(fields[name]).ravel()))
        self.books[...] = self.kernels.array([books[name] for name in BOOKS], np.int64)

    def booked(self) -> dict[str, int]:
        """What the books say."""
        return dict(zip(BOOKS, self.kernels.host(self.books).tolist(), strict=True))
