"""The columns of a table of cells: those of the frame, and what users look for."""

from __future__ import annotations

import numpy as np

from gputme.census import State
from gputme.columns import Death
from gputme.io.frame import TICKS_PER_MINUTE, Frame
from gputme.io.states import states, substrate_at
from gputme.io.values import flat

__all__ = ["MADE", "plain_columns", "table_columns", "unit_of"]

PARTS = ("fluid", "nuclear", "cytoplasmic")
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


def plain_columns(frame: Frame) -> dict[str, np.ndarray]:
    """One-dimensional columns of a frame, and `volume`, `age` and `phase_age` where it has what they are made of.

    A column with several values per cell becomes `name_0`, `name_1`, ... What the frame has already is left as it is.
    """
    result = {}
    for name, values in frame.cells.items():
        if values.ndim == 1:
            result[name] = values
        else:
            result |= {f"{name}_{k}": part for k, part in enumerate(flat(values).T)}
    made = {}
    if all(part in result for part in PARTS):
        made["volume"] = sum(result[part] for part in PARTS)
    for name, since in (("age", "birth"), ("phase_age", "phase_start")):
        if since in result:
            made[name] = (frame.tick - result[since]) / TICKS_PER_MINUTE
    kinds = result.get("type")
    if kinds is not None and (names := _named(list(frame.types), kinds)) is not None:
        made["type_name"] = names
    return result | {name: values for name, values in made.items() if name not in result}


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
        found["phase_name"] = _named(names, kinds.astype(np.int64) * width + np.where(phase < width, phase, len(names)))
    if death is not None:
        found["death_name"] = _named([d.name.lower() for d in Death], death)
    if scenario is not None and found.get("death_name") is not None and found.get("phase_name") is not None:
        found["state"] = _named([s.label for s in State], states(frame, scenario))
    return {name: values for name, values in found.items() if values is not None}


def _named(names: list[str], numbers: np.ndarray) -> np.ndarray | None:
    """The name of each number, or None where a number has none (a frame that is damaged or of another model)."""
    numbers = numbers.astype(np.int64)
    fits = np.all((numbers >= 0) & (numbers < len(names)))
    return np.array(names, dtype=str)[numbers] if fits and len(names) else None
