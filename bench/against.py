"""This checkout against another one, in one run: the same work in alternation, each in a process of its own."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent.parent

# Each prints seconds for a fixed amount of work, the fastest of several; both checkouts know these names.
STEPS = """
import time
from gputme import backends
from gputme.engine import Simulation
from bench import work
simulation = Simulation({scenario}, backend=backends.create("native", threads={threads}))
for _ in range({warm}): simulation.step()
times = []
for _ in range(5):
    begin = time.perf_counter()
    for _ in range({steps}): simulation.step()
    times.append(time.perf_counter() - begin)
print(min(times) if {best} else sum(times))
"""
PIECE = """
from gputme import backends
from bench import timing, work
call, _ = work.{piece}(backends.create("{backend}", threads=1){size})
print(timing.best(call, 1.0))
"""


def _steps(scenario: str, steps: int, threads: int = 1, best: bool = False, warm: int = 20) -> str:
    return STEPS.format(scenario=scenario, steps=steps, threads=threads, best=best, warm=warm)


WORK = {
    "split sweeps, 100^3": PIECE.format(piece="sweeps", backend="native", size=""),
    "V(1,1) cycle, 100^3": PIECE.format(piece="cycle", backend="native", size=""),
    "mechanics, 10^5 cells": PIECE.format(piece="mechanics", backend="native", size=""),
    "motility + fate, 10^6 cells": PIECE.format(piece="motility_and_fate", backend="native", size=""),
    "NumPy mechanics, 10^4 cells": PIECE.format(piece="mechanics", backend="numpy", size=", cells=10_000"),
    "NumPy motility + fate, 10^5": PIECE.format(piece="motility_and_fate", backend="numpy", size=", cells=100_000"),
    "stock spheroid, 1 thread": _steps("work.stock_spheroid()", 6),
    "stock spheroid, 2 threads": _steps("work.stock_spheroid()", 6, 2),
    "hypoxic-tumour, 1 thread": _steps("'hypoxic-tumour'", 80),
    "chemotaxis, 1 thread": _steps("'chemotaxis'", 80),
    "spheroid, 1 thread": _steps("'spheroid'", 80),
}


def seconds(checkout: Path, code: str) -> float:
    """What the code prints when it runs in a checkout with that checkout's packages."""
    done = subprocess.run([sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(checkout)!r})\n{code}"],
                          capture_output=True, text=True, cwd=checkout)  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{checkout}: {done.stderr.strip().splitlines()[-1]}")
    return float(done.stdout.split()[-1])


def rows(other: Path, rounds: int, chosen: str = "") -> Iterator[tuple[str, float, float, list[float]]]:
    """(work, our median seconds, theirs, ratios of the rounds: above 1 where this checkout is faster)."""
    for name, code in WORK.items():
        if chosen not in name:
            continue
        ours, theirs = [], []
        for k in range(rounds + 1):  # the first compiles and warms up
            pair = [(HERE, ours), (other, theirs)]
            for checkout, found in pair if k % 2 else reversed(pair):
                found.append(seconds(checkout, code))
        ratios = sorted(b / a for a, b in zip(ours[1:], theirs[1:]))
        yield name, statistics.median(ours[1:]), statistics.median(theirs[1:]), ratios
