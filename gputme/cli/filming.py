"""`gputme film`: a film of a run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from gputme.cli.picking import place_of
from gputme.cli.speech import say, tell
from gputme.errors import RequestError


@click.command(short_help="Make a film of a run.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--field", metavar="NAME", help="Substrate behind the cells, or none.")
@click.option("--color", "--colour", metavar="HOW", default="", help="type, state, clone, a column, or a substrate.")
@click.option("--slice", "at", metavar="AXIS=UM", default="", help="Plane in 3D, such as z=20, or x: the middle.")
@click.option("--vessels", metavar="HOW", default="", help="Vessels by speed, oxygen, maturity, radius or leak.")
@click.option("--from", "first", metavar="N|TIME", default="", help="First frame: its number, or a time.")
@click.option("--to", "last", metavar="N|TIME", default="", help="Last frame.")
@click.option("--fps", type=float, default=10.0, show_default=True, help="Frames a second.")
@click.option("--size", type=int, default=1000, show_default=True, help="Width in pixels.")
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="mp4, webp or gif by its ending.")
def film(
    run: Path, field: str | None, color: str, at: str, vessels: str, first: str, last: str, fps: float, size: int,
    out: Path | None,
) -> None:  # fmt: skip
    """Make a film of RUN (a folder or packed file): its frames as `gputme plot` draws them, from one place and in one
    scale of colours.

    MP4 where PyAV is installed (pip install 'gputme[film]'), else an animated WebP.
    """
    from gputme import report
    from gputme.folders import scenario_of
    from gputme.io.reader import Run
    from gputme.report.film import Wish, usual

    found = Run(run)
    start = place_of(found, first) if first else 0
    end = place_of(found, last) if last else len(found) - 1
    if start > end >= 0:
        raise RequestError(f"--from is frame {start}, and --to is frame {end}, which comes before it")
    places = range(start, end + 1)
    folder = found.path.parent if found.packed else found.path
    stem = f"{found.path.stem}-film" if found.packed else "film"
    wish = Wish(field, color, at, vessels, fps, size)
    with _progress() as shown:
        made = report.make_film(found, scenario_of(found), out or folder / f"{stem}{usual()}", wish, places, shown)
    say(str(made))


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A function that says how many frames are drawn: on a terminal in one line, elsewhere at each tenth."""
    live, tenth = bool(sys.stdout and sys.stdout.isatty()), -1

    def show(done: int, whole: int) -> None:
        nonlocal tenth
        text = f"{done} of {whole} frames"
        if live:
            tell(f"\r{text}")
        elif 10 * done // whole > tenth:
            tenth = 10 * done // whole
            say(text)

    try:
        yield show
    finally:
        if live:
            tell("\r\x1b[K")
