"""Vessels of a lattice in a slice: squares on their points, hollow where they are ruptured."""

from __future__ import annotations

from typing import Any

import numpy as np

from gputme.io.frame import Frame
from gputme.model import Scenario
from gputme.report.style import PAPER
from gputme.report.vascular import BLOOD

__all__ = ["draw_points"]


def draw_points(axes: Any, frame: Frame, scenario: Scenario) -> list[Any]:
    """Draw the vessels of a lattice, where a frame has them. Returns handles for the legend."""
    fields = [frame.fields.get(name) for name in ("vessel points", "ruptured vessels")]
    if scenario.lattice is None or any(field is None for field in fields):
        return []
    there, torn = (np.asarray(field)[0] for field in fields)
    handles = []
    for which, face, edge, label in (
        ((there > 0) & (torn == 0), BLOOD, PAPER, "vessel"), (torn > 0, PAPER, BLOOD, "ruptured vessel"),
    ):  # fmt: skip
        y, x = np.nonzero(which)
        if not len(x):
            continue
        at = [frame.origin[a] + (place + 0.5) * frame.spacing[a] for a, place in enumerate((x, y))]
        looks = dict(marker="s", markersize=6.5, color=face, markeredgecolor=edge, markeredgewidth=1.4, linestyle="")
        handles += axes.plot(*at, **looks, zorder=2.4, label=f"{label} ({int(there[which].sum())})")
    return handles
