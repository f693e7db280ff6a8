"""What state each cell of a frame is in, and how large the whole is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gputme import checkpoint
from gputme.census import LIVING, State, extent
from gputme.io.frame import Frame
from gputme.io.states import states, substrate_at, types_of
from gputme.model import Scenario
from gputme.pathology.readout import HYPOXIA, oxygen_of

__all__ = ["HYPOXIA", "Facts", "State", "facts", "states", "substrate_at", "types_of"]


@dataclass(frozen=True)
class Facts:
    """One frame in a few numbers."""

    minutes: float
    cells: int
    by_state: Mapping[State, int]
    by_type: Mapping[str, int]
    """Living cells by type."""
    happened: Mapping[str, int]
    """Births, apoptoses, ... since time 0; empty unless the frame is complete."""
    extent: float
    """Radius of the full disc (2D) or ball (3D) that is spread as the cells are, um; 0 without cells."""
    oxygen: str
    """Name of the substrate that is oxygen; "" without one."""
    lowest: float
    """Its lowest value, mmHg."""
    hypoxic: float
    """Share of the living cells below 10 mmHg; NaN without oxygen or cells."""


def facts(frame: Frame, scenario: Scenario, state: np.ndarray | None = None) -> Facts:
    """What a frame shows; ``state`` of each cell, where that is known already. The frame must hold the columns type and
    death."""
    kinds, state = types_of(frame, scenario), states(frame, scenario) if state is None else state
    alive = np.isin(state, LIVING)
    oxygen, axes = oxygen_name(scenario, frame), "xyz"[: scenario.domain.dimensions]
    low = substrate_at(frame, oxygen, np.flatnonzero(alive)) < HYPOXIA if oxygen else np.zeros(0)
    return Facts(
        minutes=frame.minutes,
        cells=len(kinds),
        by_state={s: int(np.count_nonzero(state == s)) for s in State},
        by_type={t.name: int(np.count_nonzero(alive & (kinds == i))) for i, t in enumerate(scenario.cell_types)},
        happened=checkpoint.counts(frame),
        extent=extent([np.asarray(frame.cells[a], np.float64) for a in axes]) if len(kinds) else 0.0,
        oxygen=oxygen,
        lowest=float(np.min(frame.fields[oxygen])) if oxygen else float("nan"),
        hypoxic=float(low.mean()) if len(low) else float("nan"),
    )


def oxygen_name(scenario: Scenario, frame: Frame) -> str:
    """The substrate that is oxygen, where a frame has it; else ""."""
    name = oxygen_of(scenario)
    return name if name in frame.fields else ""
