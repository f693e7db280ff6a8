"""This checkout against another one, in one run: the same work in alternation, each in a process of its own."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench import work

HERE = Path(__file__).parent.parent

# Each prints seconds for a fixed amount of work, the fastest of several; both checkouts know these names. A tissue is
# given as the text of its scenario, so that both compute the same.
STEPS = """
import time
from gputme import backends
from gputme.engine import Simulation
from gputme.model import loads
from bench import work
simulation = Simulation({scenario}, backend=backends.create("native", "{precision}", threads={threads}))
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


def _steps(
    scenario: str, steps: int, threads: int = 1, best: bool = False, warm: int = 20, precision: str = "fp32"
) -> str:
    return STEPS.format(
        scenario=scenario, steps=steps, threads=threads, best=best, warm=warm, precision=precision
    )  # fmt: skip


PHYSICELLS = "".join(f".with_({key!r}, {value!r})" for key, value in work.PHYSICELLS_STEPS.items())
WORK = {
    "split sweeps, 100^3": PIECE.format(piece="sweeps", backend="native", size=""),
    "V(1,1) cycle, 100^3": PIECE.format(piece="cycle", backend="native", size=""),
    "mechanics, 10^5 cells": PIECE.format(piece="mechanics", backend="native", size=""),
    "motility + fate, 10^6 cells": PIECE.format(piece="motility_and_fate", backend="native", size=""),
    "NumPy mechanics, 10^4 cells": PIECE.format(piece="mechanics", backend="numpy", size=", cells=10_000"),
    "NumPy motility + fate, 10^5": PIECE.format(piece="motility_and_fate", backend="numpy", size=", cells=100_000"),
    "stock spheroid, 1 thread": _steps("work.stock_spheroid()", 6),
    "stock spheroid, 2 threads": _steps("work.stock_spheroid()", 6, 2),
    **{
        f"{name}, {threads} thread{'s' if threads > 1 else ''}": _steps(f"loads({text!r})", 6, threads, True, warm)
        for name, text, warm in (
            ("stock spheroid, 8 h in", work.stock_text(), 480),
            ("450 walkers of 3.6 um/min", work.invaded_text(3.6), 20),
            ("450 walkers of 10 um/min", work.invaded_text(10), 20),
        )
        for threads in (1, 2)
    },
    **{
        f"PhysiCell's steps, {threads} thread{'s' if threads > 1 else ''}": _steps(
            f"loads({work.stock_text()!r}){PHYSICELLS}", 3, threads, True, 2, "fp64"
        )
        for threads in (1, 2)
    },
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


Row = tuple[str, float, float, list[float]]  # work, median seconds of one and of the other, ratios of the rounds


def rows(other: Path, rounds: int, chosen: str = "", cpu: bool = False) -> Iterator[Row]:
    """This checkout and the other one: ratios above 1 where this one is faster.

    ``cpu``: seconds of the processor, for work of one thread on a machine that others use, too.
    """
    for name, code in WORK.items():
        if cpu:
            code = code.replace("perf_counter", "process_time")
        if chosen in name and ("1 thread" in name or not cpu):
            yield _row(name, (HERE, code), (other, code), rounds)


def thread_rows(rounds: int) -> Iterator[Row]:
    """Two threads and one, in this checkout: ratios above 1 where two are faster."""
    for cells, radius, side, steps in ((9392, 200, 600, 6), (99835, 440, 1200, 2)):
        text = f"loads({work.stock_text(radius, side)!r})"
        two, one = (_steps(text, steps, threads, True) for threads in (2, 1))
        yield _row(f"stock spheroid, {cells} cells", (HERE, two), (HERE, one), rounds)


def _row(name: str, one: tuple[Path, str], other: tuple[Path, str], rounds: int) -> Row:
    """Two works in alternation; the first round compiles and warms up."""
    found: tuple[list[float], list[float]] = ([], [])
    for k in range(rounds + 1):
        for which in (0, 1) if k % 2 else (1, 0):
            found[which].append(seconds(*(one, other)[which]))
    a, b = (times[1:] for times in found)
    return name, statistics.median(a), statistics.median(b), sorted(y / x for x, y in zip(a, b))
