"""What a launch costs the host, the kernel itself replaced by nothing; and what a small run spends beside kernels."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from gputme.backends import Kernels
from gputme.backends.native import NativeBackend
from gputme.engine import Simulation
from gputme.model import load
from gputme.ops import TABLE


def median(call: Callable[[], None], repeats: int = 9, calls: int = 400) -> float:
    """Microseconds of the processor per call, the median of several series."""
    times = []
    for _ in range(repeats):
        begin = time.process_time()
        for _ in range(calls):
            call()
        times.append((time.process_time() - begin) / calls * 1e6)
    return statistics.median(times)


def rows() -> Iterator[tuple[str, int, float, float, float, float]]:
    """(operation, arguments, us checked each time, us prepared and whole, us prepared with all arrays followed, the
    same with another first number in each call)."""
    backend = NativeBackend("fp32", threads=1)
    backend._run = backend.again = lambda *arguments: None
    k = Kernels(backend)
    for name, op in TABLE.items():
        args = k.placed(op.example(100, np.random.default_rng(1), k.real))
        launch = getattr(k, name)
        whole, followed = launch.ready(**args), launch.ready()
        owner = SimpleNamespace(**args)
        number = launch.kernel.scalars[0].name
        other, changed = {number: args[number] - 1}, launch.ready()

        def other_each_time(changed=changed, owner=owner, pair=({number: args[number]}, other)) -> None:
            for given in pair:
                changed(owner, **given)

        yield (
            name, len(args), median(lambda launch=launch, args=args: launch(**args)), median(whole),
            median(lambda followed=followed, owner=owner: followed(owner)), median(other_each_time) / 2,
        )  # fmt: skip


class Small(NamedTuple):
    """Of a step of a small run on one thread, processor time."""

    cells: int
    calls: float
    """Of the library of kernels: launches, and sequences of launches that are one call."""
    kernels: float
    """ms"""
    outside: float
    """ms"""

    @property
    def per_call(self) -> float:
        """us that the host takes beside the kernels, for each call."""
        return 1e3 * self.outside / self.calls


def small(scenario: str = "macrophage-switch", until: str = "1 h", steps: int = 60) -> Small:
    """What a step of a packaged scenario takes after so long, and how much of it the kernels do."""
    spent, calls, clock = 0.0, 0, time.thread_time

    def watched(call: Callable[..., None]) -> Callable[..., None]:
        def timed(*arguments: Any) -> None:
            nonlocal spent, calls
            begin = clock()
            call(*arguments)
            spent, calls = spent + clock() - begin, calls + 1

        return timed

    backend = NativeBackend("fp32", threads=1)
    for name in ("_run", "_replay", "_repeat", "again"):
        setattr(backend, name, watched(getattr(backend, name)))
    simulation = Simulation(load(scenario), backend=Kernels(backend)).run(until)
    spent, calls, begin = 0.0, 0, clock()
    for _ in range(steps):
        simulation.step()
    whole = clock() - begin
    return Small(simulation.tissue.cells.n, calls / steps, 1e3 * spent / steps, 1e3 * (whole - spent) / steps)
