"""What the base step changes: reads of a scenario at its own step and at a quarter of it, over seeds.

The random numbers of a run go with its steps, so that runs with one seed at two steps have only their beginning in
common: means are compared, not pairs (Welch's interval).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.reads import READS, values
from bench.reads import write as write_reads
from gputme.model import Scenario, find, loads

__all__ = ["SEEDS", "Row", "measured", "rows", "scenario", "steps_of", "table", "write"]

SEEDS = tuple(range(201, 211))
FINER = 4


def scenario(name: str, step: float, seed: int, until: str = "") -> Scenario:
    """A packaged scenario at a step of so many minutes, to its own end unless ``until`` says otherwise."""
    keys = [f"time.step={step:g} min", f"seed={seed}", "numerics.threads=1", *([f"time.end={until}"] if until else [])]
    return loads(find(name).read_text(), overrides=keys)


def steps_of(name: str) -> tuple[float, float]:
    """The two steps that are compared, min."""
    own = loads(find(name).read_text()).time.step
    return own, own / FINER


def _run(name: str, step: float, seed: int, until: str) -> dict[str, float]:
    return values(scenario(name, step, seed, until))


def measured(
    name: str, wanted: Sequence[tuple[float, int]], workers: int, until: str = ""
) -> Iterator[tuple[float, int, dict[str, float]]]:
    """(step, seed, reads) as runs end, ``workers`` of them at a time, one thread each."""
    with ProcessPoolExecutor(workers) as pool:
        runs = {pool.submit(_run, name, step, seed, until): (step, seed) for step, seed in wanted}
        for run in as_completed(runs):
            yield *runs[run], run.result()


class Row(NamedTuple):
    """One read at both steps."""

    read: str
    own: float
    """Mean at the scenario's step."""
    finer: float
    low: float
    """Lower end of the 95 % interval of the difference of means, own less finer."""
    high: float


def rows(found: Mapping[tuple[float, int], Mapping[str, float]], own: float, finer: float) -> list[Row]:
    """All reads, over the seeds that were run at each step; those that are not defined in every run are left out."""
    from scipy.stats import ttest_ind

    made = []
    for read in READS:
        a, b = (np.array([reads[read] for (step, _), reads in found.items() if step == at]) for at in (own, finer))
        if math.isfinite(a.sum() + b.sum()) and min(len(a), len(b)) > 1:
            low, high = ttest_ind(a, b, equal_var=False).confidence_interval(0.95)
            made.append(Row(read, float(a.mean()), float(b.mean()), float(low), float(high)))
    return made


def write(path: Path, found: Mapping[tuple[float, int], Mapping[str, float]], heads: Sequence[str]) -> None:
    """All reads of all runs, with what they are of in lines that begin with #."""
    rows = [((f"{step:g}", seed), reads) for (step, seed), reads in sorted(found.items())]
    write_reads(path, rows, ("step_min", "seed"), heads, READS)


def table(made: Sequence[Row], own: float, finer: float) -> str:
    """The reads as a table in Markdown."""
    lines = [f"| what is read | at {own:g} min | at {finer:g} min | difference (95 %) |", "| --- | --- | --- | --- |"]
    lines += [f"| {READS[r.read][0]} | {r.own:.3g} | {r.finer:.3g} | {r.low:+.3g} to {r.high:+.3g} |" for r in made]
    return "\n".join(lines)
