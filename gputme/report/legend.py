"""The legend below a slice: all that is in it, once."""

from __future__ import annotations

from typing import Any

from gputme.report.colouring import CROWDED
from gputme.report.style import INK

__all__ = ["draw_legend"]

LONG = 26  # letters, from which on fewer entries stand side by side
LETTERS, MARK = 104, 7  # of a line, and of those the room of a mark


def draw_legend(axes: Any, handles: list[Any], below: float) -> None:
    """Draw it under the axes, at this share of their height; none without handles."""
    if not handles:
        return
    crowded, fitting = len(handles) > CROWDED, _columns(handles)
    long = any(len(handle.get_label()) > LONG for handle in handles)
    most = fitting if crowded else 3 if len(handles) > 4 or long else 4
    axes.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, below), handletextpad=0.4, columnspacing=1.2,
        labelcolor=INK, ncols=min(fitting, most),
        fontsize=7.5 if crowded else 8 if len(handles) > 5 else 8.5,
    )  # fmt: skip


def _columns(handles: list[Any]) -> int:
    """Into how many columns a legend fits, entries one below the other in each, within the width of the picture."""
    letters = [len(handle.get_label()) + MARK for handle in handles]
    for ncols in range(5, 1, -1):
        rows = -(-len(letters) // ncols)
        if sum(max(letters[k : k + rows]) for k in range(0, len(letters), rows)) <= LETTERS:
            return ncols
    return 1
