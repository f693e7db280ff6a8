"""Progress of a run: a live line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gputme.cli.speech import Patient, say
from gputme.report.words import clock, count, duration
from gputme.runner import Progress

__all__ = ["display", "line"]

WIDE_BAR, NARROW_BAR = 24, 12  # columns
PLAIN_WIDTH = 240  # columns of a line in a log
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
    from rich.live import Live
    from rich.text import Text

    console = Console(file=Patient(sys.stdout))
    width = max(console.width - 1, 1)
    bar = WIDE_BAR if width >= 100 else NARROW_BAR if width >= 50 else 0
    with Live(Text(f"{name}: starting"), console=console, refresh_per_second=5) as live:
        console.show_cursor(True)  # a second Ctrl-C ends the process at once and could not bring it back

        def report(progress: Progress) -> None:
            share = progress.time / progress.end
            text = f" {100 * share:3.0f} %  {line(progress, width - bar - 8)}"
            full = round(bar * min(share, 1))
            parts = [("━" * full, "cyan"), ("━" * (bar - full), "bright_black"), text]
            live.update(Text.assemble(*parts, no_wrap=True, overflow="crop"))

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
            say(f"{100 * share:3.0f} %  {line(progress, PLAIN_WIDTH)}")

    return report


def line(progress: Progress, width: int) -> str:
    """Times, cells, speed and time left in at most ``width`` columns: the fullest form that fits."""
    times = f"{duration(progress.time)} of {duration(progress.end)}"
    each = {name: number for name, number in progress.cells.items() if number or name != "dead"}
    dead = each.pop("dead", 0)
    alive = f"{count(sum(each.values()))} cells"
    cells = ["  ".join(f"{name} {count(number)}" for name, number in each.items()), alive]
    cells = [*(f"{text}  dead {count(dead)}" for text in cells if dead), *cells] if dead else cells
    speed = [f"{count(progress.rate)} h/h", f"{clock(progress.left)} left"] if progress.rate else []
    forms = [[times, c, *rest] for c in cells for rest in (speed, speed[1:])] + [[times, *speed[1:]], [times]]
    texts = ["  ".join(part for part in form if part) for form in forms]
    return next((text for text in texts if len(text) <= width), texts[-1][: max(width, 0)])
