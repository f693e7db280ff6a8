"""First events of a run, told as they come: each is read from the rows of the time series.

An event has happened in the first row that shows it, so it is told to within the series' interval, and costs nothing
between rows. What a row of a run that goes on showed before is not told again, nor what was there at the start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import filter as filter_names

__all__ = ["FIRSTS", "Milestones"]

FIRSTS = {
    "first hypoxic tumour cell": ("hypoxic share",),
    "first sprout": ("tips", "new vessel length"),
    "first perfused loop, of new vessels": ("new perfused length",),
    "first CD8 T cell in the tumour": ("CD8 tumour",),
    "first mesenchymal tumour cell": ("M share",),
    "first entry into the blood": ("left *",),
    "first entry into lymph": ("entered lymph in *",),
    "first arrest in an organ": ("arrested in *",),
    "first cell that has come out in an organ": ("came out in *",),
    "first colony in an organ": ("*: colonies", "colonised *"),
}
"""What is told, and the series of which one is above 0 from then on; a star stands for the name of a tissue."""


class Milestones:
    """Which first events are still to come. ``rows``: those that were written so far, the first one at least."""

    def __init__(self, rows: Iterable[Mapping[str, float]]):
        self._waiting = dict(FIRSTS)
        for row in rows:
            self.reached(row)

    def reached(self, row: Mapping[str, float]) -> list[str]:
        """Those that a new row is the first to show."""
        above = [name for name, value in row.items() if value > 0]
        found = [text for text, names in self._waiting.items() if any(filter_names(above, name) for name in names)]
        for text in found:
            del self._waiting[text]
        return found
