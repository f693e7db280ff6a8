"""A run looked at: one paragraph of results, pictures, the memory plan, the agreement of the backends."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from gputme.errors import RequestError, RunError
from gputme.io.reader import Run
from gputme.model import Scenario
from gputme.report.film import Wish, check, draw_film
from gputme.report.page import NAME as PAGE
from gputme.report.page import write_page
from gputme.report.results import paragraph
from gputme.report.series import series_picture
from gputme.report.signal_sheet import signal_picture
from gputme.report.slice import slice_picture
from gputme.report.states import State, facts, states
from gputme.report.tissues import picture

__all__ = [
    "PAGE", "PICTURES", "State", "Wish", "facts", "make_film", "map_signals", "paragraph", "pictures", "plot",
    "series_picture", "slice_picture", "states", "write_page",
]  # fmt: skip

PICTURES = ("slice.png", "series.png")
FORMATS = (".png", ".pdf", ".svg", ".jpg")


def pictures(run: Run, scenario: Scenario, folder: Path) -> list[Path]:
    """Write ``slice.png`` (the last frame) and ``series.png`` into ``folder``; return their paths."""
    made, (cut, rows) = [], (Path(folder) / name for name in PICTURES)
    if len(run):
        made.append(_anew(cut, lambda path: picture(run[-1], scenario, path)))
    if len(run.series.get("time", ())) > 1:
        made.append(_anew(rows, lambda path: series_picture(run.series, scenario, path)))
    return made


def plot(
    run: Run,
    scenario: Scenario,
    out: Path,
    *,
    frame: int = -1,
    field: str | None = None,
    color: str = "",
    at: str = "",
    vessels: str = "",
    tissue: str = "",
    series: Iterable[str] | None = None,
) -> Path:
    """Write one picture: a slice of a frame (by its place in the run) or, with ``series``, the time series.

    See `tissues.picture`, `slice_picture` and `series_picture`; an empty ``series`` shows what there is. Raises
    RunError.
    """
    out = Path(out)
    if out.suffix not in FORMATS:
        raise RequestError(f"{out}: pictures are {', '.join(FORMATS)}, by the ending of the name")
    if series is not None:
        if len(run.series.get("time", ())) < 2:
            raise RequestError(f"{run.path}: the time series has fewer than two rows")
        return _anew(out, lambda path: series_picture(run.series, scenario, path, series))
    if not len(run):
        raise RequestError(f"{run.path}: no frame was written yet")
    return _anew(out, lambda path: picture(run[frame], scenario, path, field, color, at, vessels, tissue))


def map_signals(scenario: Scenario, out: Path) -> Path:
    """Write a map of who signals to whom: a picture, or a table of its edges (.csv). Raises RunError."""
    out = Path(out)
    if out.suffix not in (*FORMATS, ".csv"):
        raise RequestError(f"{out}: maps are {', '.join(FORMATS)}, and tables of them .csv, by the ending of the name")
    return _anew(out, lambda path: signal_picture(scenario, path))


def make_film(
    run: Run, scenario: Scenario, out: Path, wish: Wish, places: Sequence[int] | None = None,
    tell: Callable[[int, int], None] = lambda done, whole: None,
) -> Path:  # fmt: skip
    """Write a film of a run: see `draw_film`. Raises RunError."""
    out = Path(out)
    check(out, wish)
    return _anew(out, lambda path: draw_film(run, scenario, path, wish, places, tell))


def _anew(path: Path, draw: Callable[[Path], Path]) -> Path:
    """Draw beside, then rename: a picture that is there stays whole, and a link is replaced, not followed."""
    beside = path.with_name(f".{path.stem}.{os.getpid()}.partial{path.suffix}")
    try:
        draw(beside)
        os.replace(beside, path)
    except OSError as error:
        raise RunError(f"{path}: the picture could not be written ({error.strerror or error})") from error
    finally:
        beside.unlink(missing_ok=True)
    return path
