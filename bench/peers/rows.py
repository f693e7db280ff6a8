"""Rounds of all programs in alternation, and medians of the ratios of each round."""

from __future__ import annotations

import itertools
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.peers.oxygen import errors
from bench.peers.programs import Program
from bench.peers.work import Done, Work, run


@dataclass(frozen=True)
class Row:
    """One program at one work, thread count and choice of steps, over all rounds."""

    program: Program
    threads: int
    done: list[Done]

    def rates(self, minutes: int) -> list[float]:
        return [minutes / done.seconds for done in self.done]


def rounds(
    programs: Sequence[Program], work: Work, threads: Sequence[int], steps: str, count: int,
    say: Callable[[str], None] = lambda text: None,
) -> list[Row]:  # fmt: skip
    """Run every program with every thread count ``count`` times, in alternation, every other round backwards.

    A program that fails is named once and left out.
    """
    rows = [
        Row(program, n, []) for n, program in itertools.product(threads, programs) if len(work.places) <= program.most
    ]
    failed = set()
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(count):
            for row in rows if turn % 2 == 0 else rows[::-1]:
                if row.program.name in failed:
                    continue
                try:
                    program = row.program
                    row.done.append(run(program.command, work, row.threads, steps, Path(folder), program.env))
                except RuntimeError as error:
                    failed.add(program.name)
                    say(f"{program.name}: failed at {work.name}: {error}")
    return [row for row in rows if len(row.done) == count]


def spread(values: Sequence[float]) -> str:
    """Median (least to most)."""
    return f"{statistics.median(values):.3g} ({min(values):.3g} to {max(values):.3g})"


def lines(rows: Sequence[Row], work: Work, oxygen: bool = True) -> Iterator[str]:
    """A table: speed, how many times slower than gputme in the same round, memory, and the field's error."""
    head = f"{'program':<20} {'threads':>7} {'simulated min/s':>23} {'gputme is faster by':>23} {'peak MB':>8}"
    yield head + (f" {'oxygen minimum (steady), mmHg':>30} {'largest error':>14}" if oxygen else "")
    ours = {row.threads: row.rates(work.minutes) for row in rows if row.program.name == "gputme"}
    for row in rows:
        rates, last, ratio = row.rates(work.minutes), row.done[-1], ""
        if row.program.name != "gputme" and row.threads in ours:
            ratio = spread([a / b for a, b in zip(ours[row.threads], rates)])
        peak = statistics.median(done.peak for done in row.done) / 1e6
        name = f"{row.program.name} {last.version}"
        text = f"{name:<20} {row.threads:>7} {spread(rates):>23} {ratio:>23} {peak:>8.0f}"
        if oxygen:
            found, exact, error = errors(last, row.program.walls)
            least = f"{found:.2f} ({exact:.2f}): {100 * (found / exact - 1):+.1f} %"
            text += f" {least:>30} {f'{100 * error:.2g} %':>14}"
        yield text
