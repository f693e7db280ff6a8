"""One tissue: its clock, fields and cells. A value, not a singleton: several live in one process."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from gputme.columns import TICKS
from gputme.state.cells import Cells

__all__ = ["Tissue"]


class Tissue:
    """Everything a step depends on, and nothing else: what a checkpoint holds.

    ``fields`` is one array (nz*ny*nx,) per substrate, x fastest; ``debts`` what rounding still owes the balance of
    each substrate; ``last_dt`` the length of the previous mechanics step (Adams-Bashforth needs it); ``counts``
    what has happened since time 0.
    """

    COUNTS = ("births", "apoptoses", "necroses", "transitions", "removals", "absorbed")

    def __init__(
        self, kernels: Any, shape: tuple[int, int, int], fields: Iterable[np.ndarray], cells: Cells, seed: int
    ):
        self.kernels = kernels
        self.shape = shape
        self.fields = [kernels.array(field.ravel()) for field in fields]
        self.cells = cells
        self.seed = seed
        self.tick = 0
        self.debts = [0.0] * len(self.fields)
        self.last_dt = 0.0
        self.counts = dict.fromkeys(self.COUNTS, 0)

    @property
    def time(self) -> float:
        """Simulated minutes since the start."""
        return self.tick / TICKS

    def field(self, index: int) -> np.ndarray:
        """A private host copy of one field: (nz, ny, nx)."""
        return np.array(self.kernels.host(self.fields[index])).reshape(self.shape)

    def state(self) -> dict[str, Any]:
        """What a checkpoint needs beside columns and fields."""
        stacks = {f"stack_{name}": self.cells.stack_to_host(name) for name in self.saved_stacks}
        return {
            "tick": self.tick,
            "next_id": self.cells.next_id,
            "seed": self.seed,
            "debts": np.array(self.debts, np.float64),
            "last_dt": self.last_dt,
            "counts": np.array([self.counts[name] for name in self.COUNTS], np.int64),
            **stacks,
        }

    @property
    def saved_stacks(self) -> tuple[str, ...]:
        """Stacks that a checkpoint holds; the others are computed afresh in every step."""
        return tuple(name for name in ("custom", "internal", "ruled") if self.cells.stacks.get(name))

    def load(self, columns: dict[str, np.ndarray], fields: list[np.ndarray], state: dict[str, Any]) -> None:
        """Continue from a checkpoint: the inverse of :meth:`state`, the columns and the fields."""
        self.cells.load(columns, {name: state[f"stack_{name}"] for name in self.saved_stacks})
        self.fields = [self.kernels.array(field.ravel()) for field in fields]
        self.tick, self.cells.next_id = int(state["tick"]), int(state["next_id"])
        self.debts = [float(d) for d in state["debts"]]
        self.last_dt = float(state["last_dt"])
        self.counts = {name: int(v) for name, v in zip(self.COUNTS, state["counts"])}
