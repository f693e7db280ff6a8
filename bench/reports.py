"""What the page of a run costs: processor time, its size, and how much of the run it holds."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from gputme.folders import scenario_of
from gputme.io.reader import Run
from gputme.report.page.choosing import Wish, choose
from gputme.report.page.making import page
from gputme.report.slice import slice_picture

__all__ = ["Cost", "costs"]


class Cost(NamedTuple):
    """Of one page."""

    run: str
    frames: str
    """Shown, of those of the run."""
    cells: int
    """Of the last frame."""
    megabytes: float
    seconds: float
    """Of the processor; `slice.png` is there at the end of a run."""
    picture: float
    """Seconds that this picture takes where it is not."""


def costs(paths: Iterable[Path]) -> Iterator[Cost]:
    """The best of three pages of each run."""
    for path in paths:
        run = Run(path)
        scenario, picture = scenario_of(run), Path(path) / "slice.png"
        drawing = _processor(lambda: slice_picture(run[-1], scenario, picture))  # noqa: B023
        text, seconds = "", []
        for _ in range(3):
            start = time.process_time()
            text = page(run, scenario, picture=picture)
            seconds.append(time.process_time() - start)
        shown = len(choose(run, scenario, run[-1], Wish()).places)
        yield Cost(path.name, f"{shown} of {len(run)}", run.entries[-1].cells, len(text) / 1e6, min(seconds), drawing)


def _processor(work) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
