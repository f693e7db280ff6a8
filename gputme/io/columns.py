"""The columns of a table of cells: those of the frame, and what users look for."""

from __future__ import annotations

import numpy as np

from gputme.census import State
from gputme.columns import Death
from gputme.io.frame import Frame
from gputme.io.plain import named, plain_columns
from gputme.io.states import states, substrate_at

__all__ = ["MADE", "table_columns", "unit_of"]

MADE = {
    "volume": ("um3", "total volume: fluid, nuclear and cytoplasmic"),
    "age": ("min", "time since birth; of first cells since the start"),
    "phase_age": ("min", "time since the phase began, or since death"),
    "type_name": ("", "name of the cell type"),
    "phase_name": ("", "name of the phase of the cycle; of a dead cell, the one it died in"),
    "death_name": ("", "alive, apoptotic, necrotic or lysed"),
    "state": ("", "proliferating, quiescent, non-cycling, apoptotic or necrotic"),
}
"""Columns that a table has beside those of its frame: unit and meaning. Substrates at the cell come last, by name."""


def unit_of(frame: Frame, name: str) -> str:
    """The unit of a column of a table, "" where it has none."""
    return frame.columns[name].unit if name in frame.columns else MADE.get(name, ("", ""))[0]


def table_columns(frame: Frame) -> dict[str, np.ndarray]:
    """All columns of a table: `plain_columns`, names of what is numbered, states, and substrates at the cells."""
    result = plain_columns(frame)
    made = _names(frame, result)
    if "type_name" in result:  # the names stand together, in the order of MADE
        made = {"type_name": result.pop("type_name")} | made
    for name in frame.fields:
        made[name if name not in result else f"{name} at the cell"] = substrate_at(frame, name)
    return result | {name: values for name, values in made.items() if name not in result}


def _names(frame: Frame, columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Names of phase and death, and states, as far as frame and scenario say them."""
    scenario = frame.scenario() if frame.scenario else None
    if scenario is not None and tuple(t.name for t in scenario.cell_types) != frame.types:
        scenario = None  # a frame of another model
    kinds, phase, death = (columns.get(name) for name in ("type", "phase", "death"))
    found: dict[str, np.ndarray | None] = {}
    if scenario is not None and kinds is not None and phase is not None:
        phases = [[p.name for p in t.cycle.phases] for t in scenario.cell_types]
        width = max(map(len, phases), default=0)
        names = [name for row in phases for name in (*row, *[""] * (width - len(row)))]
        found["phase_name"] = named(names, kinds.astype(np.int64) * width + np.where(phase < width, phase, len(names)))
    if death is not None:
        found["death_name"] = named([d.name.lower() for d in Death], death)
    if scenario is not None and found.get("death_name") is not None and found.get("phase_name") is not None:
        found["state"] = named([s.label for s in State], states(frame, scenario))
    return {name: values for name, values in found.items() if values is not None}
