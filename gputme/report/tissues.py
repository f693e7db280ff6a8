"""The tissues of a body side by side: the one that the scenario begins with, then its organs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from gputme.errors import RequestError
from gputme.io.frame import Frame
from gputme.model import Scenario
from gputme.naming import no_such
from gputme.report.slice import draw_slice, slice_picture
from gputme.report.style import MUTED, RULE, save, style
from gputme.report.words import duration

__all__ = ["Tissue", "draw_asleep", "picture", "tissues"]

ACROSS = 3  # tissues in a row
INCHES = (7.4, 6.9)  # of each


class Tissue(NamedTuple):
    """A tissue at one time."""

    name: str
    """ "" where there is no body."""
    scenario: Scenario
    frame: Frame | None
    """None: an organ that sleeps."""


def tissues(frame: Frame, scenario: Scenario) -> Iterator[Tissue]:
    """The tissue of the scenario, then its organs; of those that are tallies there is nothing to see."""
    yield Tissue(scenario.body.name if scenario.body else "", scenario, frame)
    for name, organ in scenario.organs.items():
        yield Tissue(name, organ, frame.organs.get(name))


def picture(
    frame: Frame, scenario: Scenario, path: Path, field: str | None = None, color: str = "", at: str = "",
    vessels: str = "", tissue: str = "",
) -> Path:  # fmt: skip
    """Write a slice of one frame, of a body all tissues side by side or the one that is named: see `slice_picture`.
    Raises RequestError for a tissue that there is not, or that sleeps and was asked for."""
    from matplotlib.figure import Figure

    shown = list(tissues(frame, scenario))
    if tissue:
        known = [one.name for one in shown if one.name]
        if tissue not in known:
            raise RequestError(no_such("tissue", tissue, known).args[0])
        shown = [one for one in shown if one.name == tissue]
        if shown[0].frame is None:
            raise RequestError(f"{tissue} sleeps at {duration(frame.minutes)}: no cell has come out there yet")
    if len(shown) == 1:
        return slice_picture(shown[0].frame, shown[0].scenario, path, field, color, at, vessels)
    columns = min(len(shown), ACROSS)
    rows = -(-len(shown) // columns)
    with style():
        figure = Figure(figsize=(INCHES[0] * columns, INCHES[1] * rows), layout="constrained")
        for part, one in zip(figure.subfigures(rows, columns, squeeze=False).ravel(), shown):
            axes = part.add_subplot()
            if one.frame is None:
                draw_asleep(axes, one, frame.minutes)
                continue
            plane = at if one.scenario is scenario or not at else at[0]  # organs have domains of their own
            draw_slice(axes, one.frame, one.scenario, field, color, plane, vessels)
            if one.scenario is not scenario:
                axes.set_title(one.name, pad=22)
        save(figure, Path(path), bbox_inches="tight", pad_inches=0.18)
    return path


def draw_asleep(axes: Any, one: Tissue, minutes: float) -> None:
    """The walls of an organ's domain, and that it sleeps."""
    low, high = one.scenario.domain.lower, one.scenario.domain.upper
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal", xticks=[], yticks=[])
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set(visible=True, color=RULE)
    axes.set_title(one.name, pad=22)
    axes.text(0, 1.014, f"{duration(minutes)}, asleep", transform=axes.transAxes, va="bottom", color=MUTED)
    axes.text(0.5, 0.5, "no cell has come out here yet", transform=axes.transAxes, ha="center", color=MUTED)
