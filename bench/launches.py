"""What a launch costs the host: time per call with the kernel itself replaced by nothing."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import numpy as np

from gputme.backends import Kernels
from gputme.backends.native import NativeBackend
from gputme.ops import TABLE


def median(call: Callable[[], None], repeats: int = 9, calls: int = 400) -> float:
    """Microseconds per call, the median of several series."""
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        for _ in range(calls):
            call()
        times.append((time.perf_counter() - begin) / calls * 1e6)
    return statistics.median(times)


def rows() -> Iterator[tuple[str, int, float, float, float]]:
    """(operation, arguments, us checked each time, us prepared and whole, us prepared with all arrays followed)."""
    backend = NativeBackend("fp32", threads=1)
    backend._run = backend.again = lambda *arguments: None
    k = Kernels(backend)
    for name, op in TABLE.items():
        args = k.placed(op.example(100, np.random.default_rng(1), k.real))
        launch = getattr(k, name)
        whole, followed = launch.ready(**args), launch.ready()
        owner = SimpleNamespace(**args)
        yield (
            name, len(args), median(lambda launch=launch, args=args: launch(**args)), median(whole),
            median(lambda followed=followed, owner=owner: followed(owner)),
        )  # fmt: skip
