"""Progress of a run: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gputme.cli.speech import Patient, say
from gputme.report.words import clock, count, duration
from gputme.runner import Progress

__all__ = ["display"]

PLAIN_SHARE, PLAIN_SECONDS = 0.1, 60.0  # a plain line for each tenth of the run, and at least each minute


@contextmanager
def display(name: str) -> Iterator[Callable[[Progress], None]]:
    """A function that shows each progress report that it is given."""
    if sys.stdout and sys.stdout.isatty():
        with _live(name) as report:
            yield report
    else:
        yield _plain()


@contextmanager
def _live(name: str) -> Iterator[Callable[[Progress], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    console = Console(file=Patient(sys.stdout))
    bar = Bar(
        TextColumn(f"[bold]{name}"),
        BarColumn(bar_width=24, complete_style="cyan", finished_style="cyan"),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[text]}"),
        console=console,
        refresh_per_second=5,
    )
    with bar:
        console.show_cursor(True)  # a second Ctrl-C ends the process at once and could not bring it back
        task = bar.add_task("", total=1.0, text="starting")

        def report(progress: Progress) -> None:
            bar.update(task, completed=progress.time / progress.end, text=_line(progress))

        yield report


def _plain() -> Callable[[Progress], None]:
    shown, since = -1.0, time.monotonic()

    def report(progress: Progress) -> None:
        nonlocal shown, since
        share, now = progress.time / progress.end, time.monotonic()
        if (
            shown < 0
            or share - shown >= PLAIN_SHARE
            or now - since >= PLAIN_SECONDS
            or (share >= 1 and shown < 1)
        ):
            shown, since = share, now
            say(f"{100 * share:3.0f} %  {_line(progress)}")

    return report


def _line(progress: Progress) -> str:
    cells = "  ".join(
        f"{name} {count(number)}" for name, number in progress.cells.items() if number or name != "dead"
    )
    parts = [f"{duration(progress.time)} of {duration(progress.end)}", cells]
    if progress.rate:
        parts.append(f"{count(progress.rate)} h/h")
        parts.append(f"{clock(progress.left)} left")
    return "   ".join(parts)
