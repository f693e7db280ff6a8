"""THE table of what a cell carries: columns by mechanism, and what division does to each.

A mechanism that needs a number per cell declares it here, once. Division, removal, order, growth, frames, checkpoints
and their checks, Python access, tables of cells and the memory plan follow from the entry, and the columns exist only
where a scenario uses the mechanism.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

__all__ = [
    "ATTACHED", "COLUMNS", "EATING", "HEADING", "MECHANISMS", "NEVER", "PARTS", "POSITION", "STACKS", "TICKS",
    "CellColumn", "Death", "Division", "Mechanism", "Meeting", "Stack", "State", "absence", "attacks", "flags",
    "mechanism_of", "meets", "used",
]  # fmt: skip

EATING = ("eat", "eat_dead", "eat_apoptotic", "eat_necrotic", "eat_other")  # behaviours, see gputme/vocabulary.py
TICKS = 1024  # ticks of the integer clock per minute
NEVER = 2**62 - 1  # a tick that no run reaches
POSITION = ("x", "y", "z")
PARTS = ("fluid", "nuclear", "cytoplasmic")  # of a cell's volume
HEADING = ("mx", "my", "mz")


class Death(IntEnum):
    """Values of the column ``death``."""

    ALIVE = 0
    APOPTOTIC = 1
    NECROTIC = 2  # swelling
    LYSED = 3  # necrotic, ruptured


class Meeting(IntEnum):
    """What one cell may do to another (:mod:`gputme.ops.interactions`)."""

    SEIZE = 1  # begin to hold it
    RELEASE = 2  # end it
    HIT = 3
    EAT = 4
    FUSE = 5


class State(IntEnum):
    """How a cell is counted and drawn (:mod:`gputme.census`)."""

    PROLIFERATING = 0
    QUIESCENT = 1
    NON_CYCLING = 2
    APOPTOTIC = 3
    NECROTIC = 4

    @property
    def label(self) -> str:
        """The state in words."""
        return self.name.lower().replace("_", "-")


class Division(IntEnum):
    """What division does to a value. The operation ``partition`` applies all but the last."""

    COPY = 0  # both daughters have what the mother had
    HALVE = 1  # half each; of a whole number the mother keeps the larger half
    RESET = 2  # both begin as founders do
    BEGIN = 3  # the new cell begins as founders do, the mother goes on
    OWN = 4  # an operation of its own sets or draws it: `divide`, `inherit`


@dataclass(frozen=True)
class CellColumn:
    """One value per cell. ``dtype``: uint8, int64, uint64, or None, the precision's real type."""

    name: str
    dtype: type | None
    unit: str
    meaning: str
    division: Division
    start: float = 0.0
    """What founders have unless told otherwise, and what cells are given of whom a file says nothing."""
    saved: bool = True
    """Part of a checkpoint; False: computed afresh in every step."""
    bounds: tuple[float, float] = (-math.inf, math.inf)
    """What a frame, or whoever writes the column, may say."""
    writable: bool = False
    """Whether Python may write it (:mod:`gputme.access`)."""
    watched: bool = False
    """Whether it is looked at after every step: NaN in what is not watched shows in what is, or in a position."""
    in_tables: bool = False
    """Whether a table of first cells may give it (:mod:`gputme.model.headings`)."""

    def type(self, real: Any) -> np.dtype:
        """Its dtype in a precision."""
        return np.dtype(self.dtype or real)


@dataclass(frozen=True)
class Stack:
    """Several values per cell, kept row by row (:class:`gputme.state.Cells`). ``dtype`` as of a column."""

    division: Division
    dtype: type | None = None


@dataclass(frozen=True)
class Mechanism:
    """Columns that come and go together.

    ``Cells`` has a flag of this name (1 where the columns are there, else 0), which kernels take for the size of an
    array that may be missing: ``INOUT(real) mx,  // [motility * n]``.
    """

    name: str
    where: str
    """In which scenarios, to be read behind "where"."""
    used: Callable[[Any], bool]
    """Whether a scenario does, by its ``Parameters``."""
    columns: tuple[Any, ...]
    """`CellColumn`, or of voxels `gputme.voxels.VoxelColumn`."""


COPY, HALVE, RESET, BEGIN, OWN = Division
_AMOUNT: dict[str, Any] = dict(bounds=(0.0, math.inf), writable=True, in_tables=True)
_SHARE: dict[str, Any] = _AMOUNT | dict(bounds=(0.0, 1.0))

_CORE = (
    CellColumn("id", np.uint64, "", "permanent number of the cell, from 1", OWN),
    CellColumn("parent", np.uint64, "", "id of the mother; 0 for a founder, and for a cell that entered", OWN),
    CellColumn("clone", np.uint64, "", "id of the founder, or of the cell that entered", COPY),
    CellColumn("type", np.uint8, "", "cell type, by its place in the scenario", COPY, writable=True),
    CellColumn("x", None, "um", "position of the centre", OWN, writable=True),
    CellColumn("y", None, "um", "position of the centre", OWN, writable=True),
    CellColumn("z", None, "um", "position of the centre", OWN, writable=True),
    CellColumn("radius", None, "um", "radius of the sphere of the cell's volume", OWN, writable=True, watched=True),
    CellColumn("fluid", None, "um3", "fluid volume", HALVE, **_AMOUNT),
    CellColumn("nuclear", None, "um3", "solid volume of the nucleus", HALVE, **_AMOUNT),
    CellColumn("cytoplasmic", None, "um3", "solid volume of the cytoplasm", HALVE, **_AMOUNT),
    CellColumn("nuclear_target", None, "um3", "solid volume the nucleus grows or shrinks towards", HALVE, **_AMOUNT),
    CellColumn("phase", np.uint8, "", "phase of the cell cycle, by its place in the model", COPY, writable=True),
    CellColumn(
        "phase_start", np.int64, "tick", "start of the phase; of the dead, time of death; a change of type that begins "
        "the cycle anew starts a phase", COPY,
    ),
    CellColumn("fate_time", np.int64, "tick", "time up to which events have been drawn", COPY),
    CellColumn("birth", np.int64, "tick", "time of birth", OWN),
    CellColumn("death", np.uint8, "", "0 alive, 1 apoptotic, 2 necrotic, 3 necrotic and lysed", COPY),
)
_MECHANICS = (
    CellColumn("px", None, "um/min", "velocity by forces at the start of the cell's last step", RESET),
    CellColumn("py", None, "um/min", "velocity by forces at the start of the cell's last step", RESET),
    CellColumn("pz", None, "um/min", "velocity by forces at the start of the cell's last step", RESET),
    CellColumn(
        "started", np.uint8, "", "0 for newborn cells; 1 + e where it took 2^e steps in the last round of mechanics",
        RESET, bounds=(0, 32),
    ),
    CellColumn("pressure", None, "", "mechanical pressure; 1 at close packing with 12 neighbours", COPY, watched=True),
)
_MOTILITY = (
    CellColumn("mx", None, "", "unit direction of the present run", BEGIN, writable=True),
    CellColumn("my", None, "", "unit direction of the present run", BEGIN, writable=True),
    CellColumn("mz", None, "", "unit direction of the present run", BEGIN, writable=True),
)
_INJURY = (CellColumn("damage", None, "", "accumulated damage", COPY, watched=True, **_AMOUNT),)
_NECROSIS = (CellColumn("rupture", None, "um3", "volume at which a necrotic cell ruptures", COPY, **_AMOUNT),)
_SWITCHING = (
    CellColumn("carried", np.int64, "tick", "time of the last event of any kind in the step", COPY, saved=False),
)
_CALCIFICATION = (CellColumn("calcified", None, "", "calcified fraction", COPY, **_SHARE),)
_ATTACHMENT = (
    CellColumn("bonds", np.uint8, "", "cells that it is attached to", RESET, bounds=(0, 32)),
)
_VARIETY = (CellColumn("drawn_as", np.uint8, "", "cell type by which the cell's own values were drawn", COPY),)


_ATTACK = (
    CellColumn("held_id", np.uint64, "", "id of the cell that it holds and attacks; 0: none", BEGIN),
    CellColumn("held_since", np.int64, "tick", "time at which it seized that cell", BEGIN),
    CellColumn("delivered", None, "", "damage that it has done to others", BEGIN, **_AMOUNT),
    CellColumn("attack_time", np.int64, "tick", "time for which it has held others", BEGIN),
    CellColumn("attacking", None, "", "share of the last step for which it held others", BEGIN, bounds=(0.0, 1.0)),
    CellColumn("hits", np.uint8, "", "hits that it has taken and that count", COPY),
    CellColumn("last_hit", np.int64, "tick", "time of the last hit; 0: none", COPY),
    CellColumn("harm", np.int64, "2^-32", "damage that others do to it within the step", BEGIN, saved=False),
)


_BLUNTING = (
    CellColumn("blunted", np.int64, "2^-32", "of its harm, what lacks effect", BEGIN, saved=False),
    CellColumn("held_for", np.int64, "tick", "times for which others damaged it, added up", BEGIN, saved=False),
)


_MEETING = (
    CellColumn("doom", np.int64, "tick", "time within the step at which it is killed; 0: none", BEGIN, saved=False),
)
_SIDE = (
    CellColumn("side", np.uint8, "", "side of the basement membrane: 1 outside, 2 inside; 0: not yet known", COPY,
               bounds=(0, 2)),
    CellColumn("touch", None, "", "integrity of the basement membrane that it touches", COPY, saved=False),
)  # fmt: skip


def _damages(parameters: Any) -> bool:
    asked = any(s.kind == "damage" for s in parameters.signals)
    return asked or parameters.ever("damage_rate", "damage_repair") or attacks(parameters, hits=False)


def attacks(parameters: Any, hits: bool = True) -> bool:
    """Whether cells of some type may attack others, ``hits`` False: by doing damage."""
    types, words = parameters.scenario.cell_types, parameters.behaviours.all_of("attack")
    ruled = (parameters.slot[words] >= 0).any()
    return any(
        (ruled or row[words].any()) and (hits or cell_type.attack.by == "damage")
        for row, cell_type in zip(parameters.table, types)
    )


def _blunts(parameters: Any) -> bool:
    """Whether damage that cells do to others may lack effect, where rules let those die."""
    slot, numbers = parameters.slot, parameters.behaviours
    apoptosis, effect = (slot[numbers.of(name)] >= 0 for name in ("apoptosis", "attack_effect"))
    attacks_ = (t.attack for t in parameters.scenario.cell_types)
    lacks = effect or any(attack.by == "damage" and attack.effect < 1 for attack in attacks_)
    return bool(apoptosis and lacks and attacks(parameters, hits=False))


def meets(parameters: Any) -> bool:
    """Whether cells do anything to each other that is resolved between the two: attack, eat, fuse."""
    return attacks(parameters) or parameters.ever(*EATING, "fuse")


def _calcifies(parameters: Any) -> bool:
    types, necrosis = parameters.scenario.cell_types, parameters.ever("necrosis")
    rates = [t.necrosis.calcification_rate * necrosis for t in types]
    return any(rates) or any(t.volume.calcification_rate or t.apoptosis.calcification_rate for t in types)


MECHANISMS = (
    Mechanism("core", "there are cells", lambda p: True, _CORE),
    Mechanism("mechanics", "forces act (`numerics.mechanics`)", lambda p: p.scenario.numerics.mechanics, _MECHANICS),
    Mechanism("motility", "cells migrate: a `motility.speed`, or a rule for it", lambda p: p.ever("speed"), _MOTILITY),
    Mechanism("injury", "cells are damaged or repaired, or a rule reads damage", _damages, _INJURY),
    Mechanism("necrosis", "cells may become necrotic: by oxygen or at a rate", lambda p: p.ever("necrosis"), _NECROSIS),
    Mechanism(
        "variety", "cells turn where only one of the two types has a custom variable, or a behaviour `varies`",
        lambda p: bool(p.adopted), _VARIETY,
    ),
    Mechanism("switching", "cells turn into types with the same cycle", lambda p: p.keeps_phase, _SWITCHING),
    Mechanism(
        "membrane", "there is a basement membrane (`[membrane]`)", lambda p: p.scenario.membrane is not None, _SIDE
    ),
    Mechanism("meeting", "cells attack, eat or fuse with others", meets, _MEETING),
    Mechanism("attack", "cells attack others: a rate in `attack.rates`, or a rule for it", attacks, _ATTACK),
    Mechanism(
        "blunting", "cells do damage with an `attack.effect` below 1, and a rule sets apoptosis", _blunts, _BLUNTING
    ),
    Mechanism("calcification", "a `calcification_rate` holds for cells that may be", _calcifies, _CALCIFICATION),
    Mechanism(
        "attachment", "cells attach to each other: an `attachment.rate`, a rule for it, or a table `bonds`",
        lambda p: p.attachments > 0, _ATTACHMENT,
    ),
)

STACKS = {
    "custom": Stack(OWN), "internal": Stack(HALVE), "signals": Stack(OWN), "ruled": Stack(COPY),
    "attached": Stack(RESET, np.uint64),
}  # fmt: skip
"""What each stack holds, and what division does to its rows (:class:`gputme.state.Cells`)."""

ATTACHED = "attached {}"
"""A row of the stack ``attached`` in frames, from 1: the ids of a cell's partners, ascending, then 0."""

COLUMNS: dict[str, CellColumn] = {c.name: c for mechanism in MECHANISMS for c in mechanism.columns}
"""Every column that there may be: no other thing of a scenario can have such a name."""


def used(parameters: Any, given: Collection[str] = ()) -> dict[str, CellColumn]:
    """The columns of a scenario, by its ``Parameters``: those of the mechanisms that it uses, and of those of which
    its tables of cells give a column."""
    return {
        column.name: column
        for mechanism in MECHANISMS
        if mechanism.used(parameters) or any(c.name in given for c in mechanism.columns)
        for column in mechanism.columns
    }


def flags(held: Collection[str]) -> dict[str, int]:
    """Per mechanism 1 where cells hold its columns, else 0."""
    return {mechanism.name: int(any(c.name in held for c in mechanism.columns)) for mechanism in MECHANISMS}


def mechanism_of(name: str) -> Mechanism:
    """The mechanism that a column belongs to."""
    return next(mechanism for mechanism in MECHANISMS if any(c.name == name for c in mechanism.columns))


def absence(name: str) -> str:
    """Why cells may lack a column, to be read behind "there is no ..."; "" for what no mechanism brings."""
    core = MECHANISMS[0].columns
    there = name in COLUMNS and all(c.name != name for c in core)
    return f"{name!r}, which is there where {mechanism_of(name).where}" if there else ""
