"""`gputme report`: the page of a run, whenever it is looked at."""

from __future__ import annotations

from pathlib import Path

import click

from gputme.cli.speech import complain, say


@click.command(short_help="Make the page of a run.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--columns", metavar="NAMES", default="", help="Columns of cells, instead of the eight that differ most.")
@click.option("--fields", metavar="NAMES", default="", help="Fields, instead of as many as fit.")
@click.option("--frames", type=int, default=0, metavar="N", help="So many frames, however long it takes to read them.")
@click.option("--size", type=float, default=8.0, show_default=True, metavar="MB", help="The most it may be, up to 20.")
@click.option("--out", metavar="FILE", type=click.Path(path_type=Path), help="Where; RUN/report.html.")
def report(run: Path, columns: str, fields: str, frames: int, size: float, out: Path | None) -> None:
    """Make report.html of RUN (a folder or packed file): one page that opens anywhere, offline, and shows what moved.

    Names are separated by commas. Works while the run goes on, and for one that was stopped or killed.
    """
    from gputme.folders import scenario_of
    from gputme.io.reader import Run
    from gputme.report.page import NAME, Wish, write_page

    found = Run(run)
    for sentence in found.problems:
        complain(sentence)
    place = found.path.parent / f"{found.path.stem}-{NAME}" if found.packed else found.path / NAME
    wish = Wish(_names(columns), _names(fields), frames, size)
    say(str(write_page(found, scenario_of(found), out or place, wish)))


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
