"""One tissue: its clock, fields and cells. A value, not a singleton: several live in one process."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from gputme.columns import TICKS
from gputme.state.cells import Cells
from gputme.state.voxels import Voxels
from gputme.vessels.graph import Graph

__all__ = ["Tissue"]


class Tissue:
    """Everything a step depends on, and nothing else: what a checkpoint holds.

    ``fields`` is one array (nz*ny*nx,) per substrate, x fastest; ``voxels`` what else a voxel carries; ``debts`` what
    rounding still owes the balance of each substrate, ``unmet`` the amounts that cells demanded of each and it did
    not hold, ``delivered`` those that vessels have given of each, one float64 each on the backend; ``vessels`` the
    vessels themselves, None where there are none; ``solved`` the tick
    up to which each field was solved, ``last_dt`` the length of the last round of mechanics, or of its last
    fixed step, which Adams-Bashforth needs; ``counts`` what has happened since time 0.
    """

    COUNTS = (
        "births", "apoptoses", "necroses", "transitions", "removals", "absorbed", "recruited", "asymmetric", "attacks",
        "kills", "ingestions", "fusions",
    )  # fmt: skip

    def __init__(
        self, kernels: Any, shape: tuple[int, int, int], fields: Iterable[np.ndarray], cells: Cells, seed: int,
        voxels: Voxels | None = None, vessels: Graph | None = None,
    ):  # fmt: skip
        self.kernels = kernels
        self.shape = shape
        self.fields = [kernels.array(field.ravel()) for field in fields]
        self.cells = cells
        self.voxels = voxels if voxels is not None else Voxels(kernels, {}, {})
        self.vessels = vessels
        self.seed = seed
        self.tick = 0
        self.debts = [kernels.zeros(1, np.float64) for _ in self.fields]
        self.unmet = [kernels.zeros(1, np.float64) for _ in self.fields]
        self.delivered = [kernels.zeros(1, np.float64) for _ in self.fields if vessels]
        self.solved = [0] * len(self.fields)
        self.last_dt = 0.0
        self.counts = dict.fromkeys(self.COUNTS, 0)

    @property
    def time(self) -> float:
        """Simulated minutes since the start."""
        return self.tick / TICKS

    def begin_at(self, tick: int) -> None:
        """Begin at this time instead of 0, as it is: ages of cells and of phases are what they were."""
        self.tick, self.solved = tick, [tick] * len(self.fields)
        for name in ("phase_start", "fate_time", "birth"):
            getattr(self.cells, name)[: self.cells.n] += tick

    def numbers(self, of: Iterable[Any]) -> list[float]:
        """What each of the given arrays of one number holds: ``tissue.numbers(tissue.debts)``."""
        return [float(self.kernels.host(array)[0]) for array in of]

    def field(self, index: int) -> np.ndarray:
        """A private host copy of one substrate: (nz, ny, nx)."""
        return self.volume(self.fields[index])

    def volume(self, array: Any) -> np.ndarray:
        """A private host copy of one number per voxel: (nz, ny, nx)."""
        return np.array(self.kernels.host(array)).reshape(self.shape)
