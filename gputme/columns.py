"""THE table of what a cell carries, and the numbering of behaviours and signals shared by rules and kernels."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

__all__ = ["COLUMNS", "TICKS", "Behaviours", "CellColumn", "Death", "SignalKind"]

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


class Behaviours:
    """Numbers of the behaviours for a given count of substrates, cell types and custom variables."""

    APOPTOSIS, NECROSIS = 0, 1  # 1/min
    SPEED, BIAS, PERSISTENCE = 2, 3, 4  # um/min, -, min
    ADHESION, REPULSION, REACH = 5, 6, 7  # um/min, um/min, in radii
    MOVABLE = 8
    DAMAGE_RATE, DAMAGE_REPAIR = 9, 10  # 1/min
    EXIT = 11  # + phase 0..5, 1/min
    FIRST_SUBSTRATE = 17  # then per substrate the five below
    SECRETION, TARGET, UPTAKE, EXPORT, RESPONSE = range(5)  # 1/min, value, 1/min, amount/min, -
    PHASES = 6

    def __init__(self, substrates: int, types: int, customs: int):
        self.substrates, self.types, self.customs = substrates, types, customs
        self.first_affinity = self.FIRST_SUBSTRATE + 5 * substrates
        self.first_transition = self.first_affinity + types
        self.first_custom = self.first_transition + types
        self.count = self.first_custom + customs

    def substrate(self, which: int, what: int) -> int:
        """Number of e.g. ``SECRETION`` of one substrate."""
        return self.FIRST_SUBSTRATE + 5 * which + what


class SignalKind(IntEnum):
    """What a rule can sense."""

    SUBSTRATE = 0  # value at the cell, index: substrate
    GRADIENT = 1  # norm of the gradient, index: substrate
    INTERNAL = 2  # internal amount, index: substrate
    PRESSURE = 3
    VOLUME = 4
    CONTACT_TYPE = 5  # live or dead neighbours of a type, index: type
    CONTACT_LIVE = 6
    CONTACT_DEAD = 7
    CONTACT_APOPTOTIC = 8
    CONTACT_NECROTIC = 9
    CONTACT_OTHER_DEAD = 10
    DAMAGE = 11
    DEAD = 12
    APOPTOTIC = 13
    NECROTIC = 14
    TIME = 15
    CUSTOM = 16  # index: custom variable
