"""THE table of what a cell carries."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

__all__ = ["COLUMNS", "TICKS", "CellColumn", "Death"]

TICKS = 1024  # ticks of the integer clock per minute


@dataclass(frozen=True)
class CellColumn:
    """One value per cell. ``dtype`` None means the precision's real type."""

    name: str
    dtype: type | None
    unit: str
    meaning: str
    saved: bool = True  # part of a checkpoint; False: computed afresh in every step


class Death(IntEnum):
    """Values of the column ``death``."""

    ALIVE = 0
    APOPTOTIC = 1
    NECROTIC = 2  # swelling
    LYSED = 3  # necrotic, ruptured


_ALL = (
    CellColumn("id", np.uint64, "", "permanent number of the cell, from 1"),
    CellColumn("parent", np.uint64, "", "id of the mother; 0 for a founder"),
    CellColumn("clone", np.uint64, "", "id of the founder"),
    CellColumn("type", np.uint8, "", "cell type, by its place in the scenario"),
    CellColumn("x", None, "um", "position of the centre"),
    CellColumn("y", None, "um", "position of the centre"),
    CellColumn("z", None, "um", "position of the centre"),
    CellColumn("px", None, "um/min", "velocity by forces of the previous mechanics step (Adams-Bashforth)"),
    CellColumn("py", None, "um/min", "velocity by forces of the previous mechanics step"),
    CellColumn("pz", None, "um/min", "velocity by forces of the previous mechanics step"),
    CellColumn("started", np.uint8, "", "1 once a previous velocity exists, 0 for newborn cells"),
    CellColumn("mx", None, "", "unit direction of the present run"),
    CellColumn("my", None, "", "unit direction of the present run"),
    CellColumn("mz", None, "", "unit direction of the present run"),
    CellColumn("radius", None, "um", "radius of the sphere of the cell's volume"),
    CellColumn("fluid", None, "um3", "fluid volume"),
    CellColumn("nuclear", None, "um3", "solid volume of the nucleus"),
    CellColumn("cytoplasmic", None, "um3", "solid volume of the cytoplasm"),
    CellColumn("nuclear_target", None, "um3", "solid volume the nucleus grows or shrinks towards"),
    CellColumn("calcified", None, "", "calcified fraction"),
    CellColumn("rupture", None, "um3", "volume at which a necrotic cell ruptures"),
    CellColumn("phase", np.uint8, "", "phase of the cell cycle, by its place in the model"),
    CellColumn("phase_start", np.int64, "tick", "time of the last event: a phase, death, or change of type"),
    CellColumn("fate_time", np.int64, "tick", "time up to which events have been drawn"),
    CellColumn("birth", np.int64, "tick", "time of birth"),
    CellColumn("death", np.uint8, "", "0 alive, 1 apoptotic, 2 necrotic, 3 necrotic and lysed"),
    CellColumn("damage", None, "", "accumulated damage"),
    CellColumn("pressure", None, "", "mechanical pressure; 1 at close packing with 12 neighbours"),
)
COLUMNS: dict[str, CellColumn] = {c.name: c for c in _ALL}
