"""What is in the blood and in lymph: single cells and clusters, each with all that its cells carry. A few, so they are
kept on the host, and are the same whatever backend computes the tissues."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gputme.columns import NEVER
from gputme.state.ledger import Event, Ledger

__all__ = ["COUNTED", "IN_BLOOD", "IN_LYMPH", "NOWHERE", "OF_UNIT", "Carried", "Circulation", "Unit"]

IN_BLOOD = -1
"""The tissue of what is in no tissue's capillaries."""
IN_LYMPH = -2
"""The tissue of the ledger's rows of what flows with lymph."""
OF_UNIT = ("unit", "origin", "entered", "since", "due", "bed", "held", "passes", "lymph")
"""What a checkpoint holds of each unit, once for each of its cells."""

NOWHERE = {
    (Event.DIED, IN_BLOOD): "died in the blood", (Event.DIED, IN_LYMPH): "died in lymph",
    (Event.REACHED_BLOOD, IN_BLOOD): "reached blood by lymph",
}  # fmt: skip
"""Names of the time series, by what happened in no tissue."""
COUNTED = {
    Event.ENTERED: "left", Event.DIED: "died in", Event.HELD: "arrested in", Event.CAME_OUT: "came out in",
    Event.GREW: "grew in", Event.COLONISED: "colonised", Event.RESTS: "came to rest in",
    Event.ENTERED_LYMPH: "entered lymph in", Event.DRAINED: "drained from",
}  # fmt: skip
"""Names of the time series, each of which goes on with that of a tissue."""
Carried = Mapping[str, Any]
"""What a cell carries: a NumPy scalar per column, variable and amount."""


@dataclass
class Unit:
    """Cells that travel together."""

    cells: dict[int, Carried]
    """By their ids, in ascending order."""
    origin: int
    """Number of the tissue that they left."""
    entered: int
    """Tick at which they did."""
    since: int
    """Tick of the last that happened to them."""
    due: int = NEVER
    """Tick at which they reach the capillaries of `bed`; NEVER where they are held there."""
    bed: int = IN_BLOOD
    """Number of the tissue whose capillaries they come to, or are in; IN_BLOOD: some of no tissue of the body."""
    held: bool = False
    """Whether they are held there."""
    passes: int = 0
    """Beds that they have passed."""
    lymph: bool = False
    """Whether they flow with lymph, or are held where it was filtered: `bed` is a lymph node then."""
    wakes: int = field(default=-1, compare=False)
    """Nothing happens to them before this tick, as far as it is known: no state."""

    @property
    def name(self) -> int:
        """The smallest of their ids."""
        return next(iter(self.cells))

    def __len__(self) -> int:
        return len(self.cells)


@dataclass
class Circulation:
    """All units, what has happened since time 0, and the segments that are ruptured."""

    names: list[str]
    """What the tissues are called."""
    counted: list[str]
    """What is counted: names of `counts`."""
    units: list[Unit] = field(default_factory=list)
    """In the order of their names."""
    counts: dict[str, int] = field(default_factory=dict)
    """Cells by what happened to them, and where."""
    ruptured: dict[tuple[int, int], int] = field(default_factory=dict)
    """Tick at which a segment is sealed, by the number of its tissue and its id."""
    ledger: Ledger = field(default_factory=Ledger)
    """Rows since the simulation began, or was restored."""

    def __post_init__(self) -> None:
        self.counts = dict.fromkeys(self.counted, 0) | self.counts

    def tell(self, event: Event, tick: int, unit: Unit, tissue: int, cells: Iterable[int] | None = None) -> None:
        """Note what happened to some cells of a unit, all unless given, in the ledger and in the counts."""
        named, size = unit.name, len(unit)
        for id in list(unit.cells if cells is None else cells):
            of = unit.cells[id]
            self.ledger.write(tick, event, id, int(of["clone"]), int(of["type"]), named, size, tissue)
            if tissue < 0 and (event, tissue) in NOWHERE:
                self.counts[NOWHERE[event, tissue]] += 1
            elif event in COUNTED:
                self.counts[f"{COUNTED[event]} {self.names[tissue]}"] += 1

    def row(self) -> dict[str, float]:
        """What the time series says: cells in the blood, clusters among them, cells that are held, and the counts."""
        moving = [len(unit) for unit in self.units if not unit.held and not unit.lymph]
        row = {"circulating": sum(moving), "circulating clusters": sum(n > 1 for n in moving)}
        if NOWHERE[Event.DIED, IN_LYMPH] in self.counts:
            row["in lymph"] = sum(len(unit) for unit in self.units if not unit.held and unit.lymph)
        for number, name in enumerate(self.names):
            if f"{COUNTED[Event.HELD]} {name}" in self.counts:
                row[f"held in {name}"] = sum(len(unit) for unit in self.units if unit.held and unit.bed == number)
        return {name: float(value) for name, value in (row | self.counts).items()}

    # ------------------------------------------------------------------------------------- saving, continuing

    def state(self) -> dict[str, dict[str, Any]]:
        """What a checkpoint holds of it: tables of one row per cell, per count and per ruptured segment."""
        cells = [of for unit in self.units for of in unit.cells.values()]
        told = [(unit.name, *(getattr(unit, name) for name in OF_UNIT[1:])) for unit in self.units for _ in unit.cells]
        table = {name: np.array([row[k] for row in told], np.int64) for k, name in enumerate(OF_UNIT)}
        carried = {name: np.array([of[name] for of in cells]) for name in (cells[0] if cells else ())}
        rows = [(tissue, segment, until) for (tissue, segment), until in sorted(self.ruptured.items())]
        ruptured = np.array(rows, np.int64).reshape(-1, 3)
        return {
            "circulating": carried,
            "circulating units": table,
            "cascade": dict(self.counts),
            "ruptured": dict(zip(("tissue", "segment", "until"), ruptured.T)),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` gave; a run that had no body begins with nothing in the blood."""
        self.units, self.ruptured, self.ledger = [], {}, Ledger()
        self.counts = dict.fromkeys(self.counted, 0) | {name: int(n) for name, n in state.get("cascade", {}).items()}
        carried, table = state.get("circulating", {}), state.get("circulating units", {})
        of_unit = [table[name].tolist() for name in OF_UNIT] if table else [[]]
        last = None
        for k, (unit, *values) in enumerate(zip(*of_unit)):
            if unit != last:
                made = dict(zip(OF_UNIT[1:], values))
                self.units.append(Unit({}, **(made | {name: bool(made[name]) for name in ("held", "lymph")})))
                last = unit
            self.units[-1].cells[int(carried["id"][k])] = {name: column[k] for name, column in carried.items()}
        if "ruptured" in state:
            rows = zip(*(state["ruptured"][name].tolist() for name in ("tissue", "segment", "until")))
            self.ruptured = {(tissue, segment): until for tissue, segment, until in rows}

