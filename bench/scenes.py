"""Whole steps: simulated minutes per second, and the share of each operation."""

from __future__ import annotations

import time
from collections import defaultdict

from bench.work import stock_spheroid
from gputme.backends import Kernels
from gputme.engine import Simulation
from gputme.model import load
from gputme.ops import TABLE

SCENES = {
    "stock spheroid": stock_spheroid,
    "hypoxic-tumour": lambda: load("hypoxic-tumour"),
    "spheroid": lambda: load("spheroid"),
}


def rate(simulation: Simulation, minutes: int) -> float:
    """Simulated minutes per second, after ten to warm up."""
    for _ in range(10):
        simulation.step()
    begin = time.perf_counter()
    for _ in range(minutes):
        simulation.step()
    return minutes * simulation.scenario.time.step / (time.perf_counter() - begin)


def shares(k: Kernels, scenario, minutes: int = 20) -> tuple[dict[str, float], float]:
    """Seconds per operation, and in all, of so many steps; every launch is waited for."""
    spent: dict[str, float] = defaultdict(float)
    simulation = Simulation(scenario, backend=k)
    plain = {name: getattr(k, name) for name in TABLE}

    def timed(name):
        def launch(**args):
            begin = time.perf_counter()
            plain[name](**args)
            k.backend.synchronise()
            spent[name] += time.perf_counter() - begin

        return launch

    for _ in range(5):
        simulation.step()
    try:
        for name in TABLE:
            setattr(k, name, timed(name))
        begin = time.perf_counter()
        for _ in range(minutes):
            simulation.step()
        total = time.perf_counter() - begin
    finally:
        for name, launch in plain.items():
            setattr(k, name, launch)
    return dict(spent), total
