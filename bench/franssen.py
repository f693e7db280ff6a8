"""Cells on a lattice against MetaSpread, the program of the model: time of a step of the default case of both."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.peers import environments
from bench.scenes import shares
from gputme import backends
from gputme.backends import Kernels
from gputme.engine import Simulation
from gputme.model import load

__all__ = ["BAR", "lines"]

BAR = 200  # times faster
CASE = "franssen2019-metaspread"
THERE = Path(__file__).parent / "peers" / "with_metaspread.py"
AROUND = 3  # rounds of gputme before the other program, and as many after it


def lines(steps: int, reference: str | None, late: tuple[str, ...] = ("4 d",)) -> Iterator[str]:
    """What took how long; ``reference``: the interpreter that has metaspread, made at first need unless given;
    ``late``: times at which the parts of a step are told beside those of the start."""
    k = backends.create("native", "fp64", threads=1)
    mine = [timed(k, steps) for _ in range(AROUND)]
    theirs = other(steps, reference or str(environments.interpreter("metaspread")))
    mine += [timed(k, steps) for _ in range(AROUND)]
    yield f"{CASE}, {steps} steps of the lattice from the start, fp64, native, one thread, {len(mine)} rounds, half of"
    yield f"them before and half after metaspread {theirs['version']} on Python {theirs['python']}"
    for what, name in (("by the clock", "per_step"), ("of processor time", "cpu_per_step")):
        own = [round_[name] for round_ in mine]
        factor = theirs[name] / median(own)
        reached = "reached" if factor >= BAR else "MISSED"
        yield (
            f"{what:<18} gputme {1e3 * median(own):.3g} ms a step ({1e3 * min(own):.3g} to {1e3 * max(own):.3g}), "
            f"metaspread {theirs[name]:.3g} s: {factor:.0f} times faster; bar {BAR}: {reached}"
        )
    yield f"cells in the end: gputme {mine[0]['cells']:.0f}, metaspread {theirs['cells']}"
    base = load(CASE)
    per = base.lattice.steps(base.time.step)
    for when in ("", *late):
        spent, total = shares(k, base, 20, when)
        named = ", ".join(f"{op} {1e6 * spent[op] / 20 / per:.0f} us" for op in ("dissolve", "wander", "admit"))
        rest = 1e6 * (total - sum(spent.values())) / 20 / per
        yield f"a step {f'after {when}' if when else 'at the start'}: {named}, and {rest:.0f} us outside of kernels"


def timed(k: Kernels, steps: int) -> dict[str, float]:
    """Time of a step of gputme, after one base step."""
    simulation = Simulation(load(CASE), backend=k)
    simulation.step()
    per = simulation.scenario.lattice.steps(simulation.scenario.time.step)
    rounds = -(-steps // per)
    begin, busy = time.perf_counter(), time.process_time()
    for _ in range(rounds):
        simulation.step()
    taken, worked = time.perf_counter() - begin, time.process_time() - busy
    return dict(per_step=taken / rounds / per, cpu_per_step=worked / rounds / per, cells=simulation.tissue.cells.n)


def other(steps: int, python: str) -> dict:
    """The same of metaspread. Raises RuntimeError where it fails."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([python, "-P", str(THERE), str(steps)], capture_output=True, text=True, cwd=folder)
    if done.returncode:
        raise RuntimeError(f"metaspread failed: {(done.stderr.strip() or 'no words').splitlines()[-1]}")
    return json.loads(done.stdout.strip().splitlines()[-1])
