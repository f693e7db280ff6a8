"""The reference backend: each operation's NumPy meaning, called as it stands."""

from __future__ import annotations

from typing import Any

import numpy as np

from gputme.backends.source import Kernel
from gputme.ops import Operation

__all__ = ["NumpyBackend"]


class NumpyBackend:
    """Runs everywhere; says what every operation means."""

    name = "numpy"

    def __init__(self, precision: str = "fp32"):
        self.real = np.float32 if precision == "fp32" else np.float64

    def zeros(self, shape: int | tuple[int, ...], dtype: Any) -> np.ndarray:
        return np.zeros(shape, dtype)

    def to_host(self, array: np.ndarray) -> np.ndarray:
        return array

    def to_device(self, array: np.ndarray) -> np.ndarray:
        return np.array(array, order="C")

    def launch(self, op: Operation, kernel: Kernel, args: dict[str, Any]) -> None:
        op.meaning(**args)

    def argsort(self, keys: np.ndarray) -> np.ndarray:
        return np.argsort(keys, kind="stable")

    def cumsum(self, values: np.ndarray) -> np.ndarray:
        return np.cumsum(values)

    def synchronise(self) -> None:
        pass

    def describe(self) -> str:
        return f"NumPy {np.__version__}"
