"""What state each cell of a frame is in, and what the fields are there."""

from __future__ import annotations

import numpy as np

from gputme import checkpoint
from gputme.census import Census, value_at
from gputme.io.frame import Frame
from gputme.model import Scenario
from gputme.parameters import B, Parameters

__all__ = ["states", "substrate_at"]


def states(frame: Frame, scenario: Scenario) -> np.ndarray:
    """The `State` of each cell: int8 (N,); `gputme.census` defines it.

    A frame of time 0, or one that is not complete, does not know what rules do: there oxygen alone is asked.
    """
    parameters = Parameters(scenario)
    cells, census = frame.cells, Census(parameters)
    kinds = np.asarray(cells["type"])
    entry = None if frame.tick == 0 else checkpoint.ruled(frame, parameters, B.EXIT)
    if entry is None:
        entry = census.entry_by_oxygen(
            kinds, lambda name, which: substrate_at(frame, name, which) if name in frame.fields else None
        )
    phase = np.asarray(cells["phase"]) if "phase" in cells else None
    return census.states(kinds, np.asarray(cells["death"]), phase, entry)


def substrate_at(frame: Frame, name: str, which: np.ndarray | slice = slice(None)) -> np.ndarray:
    """A field at the centres of cells, trilinear between voxels: float64 (N,), in the substrate's unit."""
    places = [np.asarray(frame.cells[axis])[which] for axis in "xyz"]
    return value_at(np.asarray(frame.fields[name]), frame.spacing, frame.origin, places)
