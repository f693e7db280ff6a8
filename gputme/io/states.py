"""What state each cell of a frame is in, and what the fields are there."""

from __future__ import annotations

import numpy as np

from gputme import checkpoint
from gputme.census import Census, value_at
from gputme.errors import RunError
from gputme.io.frame import Frame
from gputme.model import Scenario
from gputme.parameters import Parameters
from gputme.vocabulary import PHASES, Behaviours

__all__ = ["states", "substrate_at", "types_of"]


def states(frame: Frame, scenario: Scenario) -> np.ndarray:
    """The `State` of each cell: int8 (N,); `gputme.census` defines it.

    A frame of time 0, or one that is not complete, does not know what rules do: there oxygen alone is asked.
    """
    parameters = Parameters(scenario)
    cells, census = frame.cells, Census(parameters)
    kinds = types_of(frame, scenario)
    entry = None if frame.tick == 0 else checkpoint.ruled(frame, parameters, Behaviours.EXIT)
    if entry is None:
        entry = census.entry_by_oxygen(
            kinds, lambda name, which: substrate_at(frame, name, which) if name in frame.fields else None
        )
    phase = np.asarray(cells["phase"]) if "phase" in cells else None
    if phase is not None and phase.size and phase.max() >= PHASES:
        raise RunError(f"frame {frame.index}: a cell is in phase {phase.max()}, which no cycle has")
    return census.states(kinds, np.asarray(cells["death"]), phase, entry)


def types_of(frame: Frame, scenario: Scenario) -> np.ndarray:
    """The type of each cell, by its number: (N,). Raises RunError for one that the scenario does not have."""
    kinds, known = np.asarray(frame.cells["type"]), len(scenario.cell_types)
    if kinds.size and kinds.max() >= known:
        raise RunError(f"frame {frame.index}: a cell is of type {kinds.max()}, and the scenario has {known}")
    return kinds


def substrate_at(frame: Frame, name: str, which: np.ndarray | slice = slice(None)) -> np.ndarray:
    """A field at the centres of cells, trilinear between voxels: float64 (N,), in the substrate's unit."""
    places = [np.asarray(frame.cells[axis])[which] for axis in "xyz"]
    return value_at(np.asarray(frame.fields[name]), frame.spacing, frame.origin, places)
