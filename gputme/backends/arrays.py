"""Arrays of backends: what those on the host do with theirs, and the slack that kernels may read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["SLACK", "OnHost", "within_slack"]

SLACK = 32  # elements before and behind every array: a vector loop may read its neighbours past the end


def within_slack(zeros: Callable[[int, Any], Any], shape: int | tuple[int, ...], dtype: Any) -> Any:
    """`Backend.zeros` where `zeros(size, dtype)` makes flat arrays: with the slack that kernels may read."""
    shape = (shape,) if isinstance(shape, (int, np.integer)) else tuple(shape)
    size = int(np.prod(shape, dtype=np.int64))
    return zeros(size + 2 * SLACK, dtype)[SLACK : SLACK + size].reshape(shape)


class OnHost:
    """The duties of a backend whose arrays are NumPy's."""

    def to_host(self, array: np.ndarray) -> np.ndarray:
        return array

    def card(self) -> None:
        return None

    def give_back(self) -> None:
        pass

    def soon(self, array: np.ndarray) -> Callable[[], np.ndarray]:
        copy = array.copy()
        return lambda: copy

    def argsort(self, keys: np.ndarray) -> np.ndarray:
        return np.argsort(keys, kind="stable")

    def cumsum(self, values: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
        return np.cumsum(values, out=out)

    def synchronise(self) -> None:
        pass
