"""What the page of a run costs: processor time, its size, how much of the run it holds, and what it adds to a run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import gputme
from gputme.folders import scenario_of
from gputme.io.reader import Run
from gputme.model import load
from gputme.report import pictures
from gputme.report.page.choosing import Wish, choose
from gputme.report.page.making import page, write_page
from gputme.report.slice import slice_picture

__all__ = ["Cost", "Growth", "costs", "growth"]

IN_MILLIMETRE = 1_357_000  # cells of `spheroid` in a ball of this radius


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


class Growth(NamedTuple):
    """What pictures and the page add to a run, in seconds of the processor."""

    cells: int
    """At the end."""
    run: float
    """With all that it writes."""
    pictures: float
    page: float
    allowed: float
    """Of the page: 2 s or 3 %, whichever is more."""


def growth(cells: int, minutes: float, folder: Path) -> Growth:
    """A spheroid of about so many cells, which writes six frames, and what its end adds to it."""
    radius = 1000 * (cells / IN_MILLIMETRE) ** (1 / 3)
    side = f"{20 * round(radius / 10 + 10)} um"
    changes = [f"domain.size=['{side}', '{side}', '{side}']", f"cells.0.sphere.radius='{radius:.0f} um'"]
    scenario = load("spheroid", overrides=[*changes, f"output.every='{minutes / 5:g} min'"])
    seconds = _processor(lambda: gputme.run(scenario, out=folder, until=minutes))
    run = Run(folder)
    drawing = _processor(lambda: pictures(run, scenario, folder))
    paging = _processor(lambda: write_page(run, scenario, folder / "report.html", picture=folder / "slice.png"))
    return Growth(run.entries[-1].cells, seconds, drawing, paging, max(2.0, 0.03 * (seconds + drawing)))


def _processor(work: Callable[[], Any]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
