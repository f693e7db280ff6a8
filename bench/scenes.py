"""Whole steps: simulated minutes per second, and the share of each operation."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable

from bench.work import stock_spheroid
from gputme.backends import Backend, Kernels
from gputme.backends.base import in_rounds, in_turn, one_by_one
from gputme.engine import Simulation
from gputme.model import load

SCENES = {
    "stock spheroid": stock_spheroid,
    "hypoxic-tumour": lambda: load("hypoxic-tumour"),
    "spheroid": lambda: load("spheroid"),
    "cancer-immune": lambda: load("cancer-immune"),
    "cancer-immune with T cells": lambda: load("cancer-immune", ["recruitment.0.start=0", "recruitment.0.end=2 min"]),
    "tme": lambda: load("tme"),
    "tme-3d, 1e5 tumour cells": lambda: load("tme-3d", ["cells.0.count=100000"]),
}
BEFORE = {"tme": "1 d"}  # simulated until there is something of everything


def rate(simulation: Simulation, minutes: int) -> float:
    """Simulated minutes per second, after ten steps to warm up."""
    for _ in range(10):
        simulation.step()
    begin = time.perf_counter()
    for _ in range(minutes):
        simulation.step()
    return minutes * simulation.scenario.time.step / (time.perf_counter() - begin)


class Watched:
    """A backend whose launches are waited for and timed by a clock, by operation."""

    def __init__(self, backend: Backend, clock: Callable[[], float] = time.perf_counter):
        self._backend, self._clock, self.spent = backend, clock, defaultdict(float)

    def __getattr__(self, name: str):
        return getattr(self._backend, name)

    def launch(self, op, kernel, args) -> None:
        self._timed(op, lambda: self._backend.launch(op, kernel, args))

    def prepare(self, op, kernel, args):
        prepared = self._backend.prepare(op, kernel, args)
        run = prepared.run
        prepared.run = lambda: self._timed(op, run)
        return prepared

    def replay(self, launches):
        return in_turn(launches)

    def alongside(self, calls) -> None:
        one_by_one(calls)

    def repeat(self, launches, names, rounds) -> None:
        in_rounds(launches, names, rounds)

    def _timed(self, op, run) -> None:
        begin = self._clock()
        run()
        self._backend.synchronise()
        self.spent[op.name] += self._clock() - begin


def shares(k: Kernels, scenario, minutes: int = 20, before: str = "") -> tuple[dict[str, float], float]:
    """Seconds per operation, and in all, of so many steps; every launch is waited for."""
    watched = Watched(k.backend)
    simulation = Simulation(scenario, backend=Kernels(watched, k.precision))
    if before:
        simulation.run(before)
    for _ in range(5):
        simulation.step()
    watched.spent.clear()
    begin = time.perf_counter()
    for _ in range(minutes):
        simulation.step()
    return dict(watched.spent), time.perf_counter() - begin
