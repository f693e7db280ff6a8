"""A run looked at: one paragraph of results, pictures, the memory plan, the agreement of the backends."""

from __future__ import annotations

from pathlib import Path

from gputme.io import Run
from gputme.model import Scenario
from gputme.report.results import paragraph
from gputme.report.series import series_picture
from gputme.report.slice import slice_picture
from gputme.report.states import State, facts, states

__all__ = ["State", "facts", "paragraph", "pictures", "series_picture", "slice_picture", "states"]


def pictures(run: Run, scenario: Scenario, folder: Path) -> list[Path]:
    """Write ``slice.png`` (the last frame) and ``series.png`` into ``folder``; return their paths."""
    made = []
    if len(run):
        made.append(slice_picture(run[-1], scenario, Path(folder) / "slice.png"))
    if len(run.series.get("time", ())) > 1:
        made.append(series_picture(run.series, scenario, Path(folder) / "series.png"))
    return made
