"""The reference backend: each operation's NumPy meaning, called as it stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gputme.backends.arrays import OnHost
from gputme.backends.base import Chains, Rounds, in_rounds, in_turn, one_by_one
from gputme.backends.source import Kernel
from gputme.ops import Operation

__all__ = ["NumpyBackend"]


class _Prepared:
    def __init__(self, op: Operation, args: dict[str, Any]):
        self.meaning, self.args = op.meaning, args

    def run(self) -> None:
        self.meaning(**self.args)

    def set(self, changed: dict[str, Any], args: dict[str, Any]) -> None:
        """``args`` are those that it has."""


class NumpyBackend(OnHost):
    """Runs everywhere; says what every operation means."""

    name = "numpy"

    def __init__(self, precision: str = "fp32"):
        self.real = np.float32 if precision == "fp32" else np.float64

    def zeros(self, shape: int | tuple[int, ...], dtype: Any) -> np.ndarray:
        return np.zeros(shape, dtype)

    def to_device(self, array: np.ndarray) -> np.ndarray:
        return np.array(array, order="C")

    def launch(self, op: Operation, kernel: Kernel, args: dict[str, Any]) -> None:
        op.meaning(**args)

    def prepare(self, op: Operation, kernel: Kernel, args: dict[str, Any]) -> _Prepared:
        return _Prepared(op, args)

    def replay(self, launches: Sequence[_Prepared | Chains]) -> Callable[[], None]:
        return in_turn(launches)

    def repeat(self, launches: Sequence[_Prepared], names: Sequence[str], rounds: Rounds) -> None:
        in_rounds(launches, names, rounds)

    def alongside(self, calls: Sequence[Callable[[], None]]) -> None:
        one_by_one(calls)

    def shares(self, items: int) -> int:
        return 1

    def pieces(self, size: int) -> int:
        return 1

    def describe(self) -> str:
        return f"NumPy {np.__version__}"
