"""The tissues of a body on a page: each with its frames, and a table of what passed between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gputme.errors import RunError
from gputme.io.frame import Frame
from gputme.io.reader import Run
from gputme.model import Scenario
from gputme.report.page.choosing import Choice, Wish, choose_organ
from gputme.report.page.framing import Packed, empty, net_of, packed, read

__all__ = ["Shown", "organs", "spread"]

COLUMNS = {
    "left": "left {}", "left with lymph": "entered lymph in {}", "arrested": "arrested in {}", "held now": "held in {}",
    "died": "died in {}", "came out": "came out in {}", "came to rest": "came to rest in {}",
    "drained": "drained from {}", "living now": "{}: alive", "began to grow": "grew in {}", "colonies": "{}: colonies",
}  # fmt: skip
"""What the table says of each tissue: its column, and the name of the series."""
TALLY = {"colonies": "colonised {}"}
"""The same of a tally, where it differs."""


@dataclass(frozen=True)
class Shown:
    """A tissue of a page."""

    name: str
    """ "" where there is no body."""
    scenario: Scenario
    last: Frame | None
    """Its last frame; None where nothing of it can be read, as it sleeps."""
    choice: Choice
    frames: list[Packed]
    notes: list[str] = field(default_factory=list)
    """What could not be read of it, in sentences."""


def organs(run: Run, first: Shown, ends: Sequence[Frame], wish: Wish) -> list[Shown]:
    """The organs of a body beside its first tissue, at the same times."""
    scenario, found = first.scenario, []
    places = {entry.index: place for place, entry in enumerate(run.entries)}
    for name, organ in scenario.organs.items():
        last = ends[-1].organs.get(name) if ends else None
        choice = choose_organ(first.choice, scenario, organ, last, wish)
        one, net = Shown(name, organ, last, choice, []), net_of(last, organ)
        for notes in (frame.notes for frame in first.frames):
            try:
                frame = read(run, organ, places[notes["number"]], choice, name)
                one.frames.append(packed(frame, organ, choice, net) if frame else empty(notes, organ, asleep=True))
            except RunError as error:
                one.frames.append(empty(notes, organ, lost=True))
                one.notes.append(f"Of {name}, frame {notes['number']} is left out: {error}")
        found.append(one)
    return found


def spread(run: Run, scenario: Scenario) -> dict[str, Any]:
    """How many cells came to where, up to the end of the run: names of columns, and a row for each tissue; nothing
    without a body. The series count what the ledger lists."""
    body, series = scenario.body, run.series
    if body is None or not len(series.get("time", ())):
        return {}
    tissues = {body.name, *scenario.organs}
    patterns = {name: {**COLUMNS, **({} if name in tissues else TALLY)}.values() for name in body.names}
    table = {name: [_last(series, name, one, body.name) for one in patterns[name]] for name in body.names}
    seen = [k for k in range(len(COLUMNS)) if any(row[k] for row in table.values())]
    alive = list(COLUMNS.values()).index("{}: alive")
    rows = [
        {
            "name": name,
            "tissue": name in tissues,
            "asleep": name in scenario.organs and table[name][alive] is None,
            "numbers": [table[name][k] for k in seen],
        }
        for name in body.names
    ]
    blood = {word: _last(series, "", word, body.name) for word in ("circulating", "died in the blood")}
    return {"columns": [list(COLUMNS)[k] for k in seen], "rows": rows, "blood": blood}


def _last(series: Mapping[str, np.ndarray], name: str, pattern: str, first: str) -> int | None:
    """The last value of a series; None where there is no such thing, as of an organ that sleeps."""
    key = pattern.format(name)
    values = series.get(key.removeprefix(f"{first}: ") if name == first else key, ())
    return int(values[-1]) if len(values) and np.isfinite(values[-1]) else None
