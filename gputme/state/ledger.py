"""The ledger of the cascade: who entered a vessel, with whom and where, and what became of it, one row per cell and
event."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

import numpy as np

__all__ = ["LEDGER", "Event", "Ledger", "since"]


class Event(IntEnum):
    """What happened to a cell. Numbers are those of files: never renumber, only append."""

    ENTERED = 1  # it passed the wall of a vessel of `tissue`
    PARTED = 2  # it left its cluster in the blood
    DIED = 3  # in the blood, in lymph, or held in the capillaries of `tissue`
    HELD = 4  # in the capillaries of `tissue`, or as its lymph was filtered
    CAME_OUT = 5  # into `tissue`
    GREW = 6  # in a tally
    COLONISED = 7  # in a tally
    RESTS = 8  # it turned into a type that rests as it came out into `tissue`
    ENTERED_LYMPH = 9  # it passed into a lymph vessel of `tissue`
    REACHED_BLOOD = 10  # it came into the blood with lymph
    DRAINED = 11  # of a type that does not spread: it left `tissue` with lymph, for good

    @property
    def label(self) -> str:
        """The event in words."""
        return self.name.lower().replace("_", " ")


LEDGER = {
    "tick": (np.int64, "1/1024 min", "when it happened"),
    "event": (np.uint8, "", "what: 1 entered, 2 parted, 3 died, 4 held, 5 came out, 6 grew, 7 colonised, 8 rests, "
              "9 entered lymph, 10 reached the blood with it, 11 drained"),
    "cell": (np.uint64, "", "id of the cell"),
    "clone": (np.uint64, "", "id of its founder"),
    "type": (np.uint8, "", "its cell type, by its place in the scenario"),
    "unit": (np.uint64, "", "smallest id of the cells that it was with: names single cells and clusters in the blood"),
    "cells": (np.int64, "", "how many these were, with it"),
    "tissue": (np.int64, "", "where: 0 the tissue of the scenario, then the organs in their order; -1 in the blood, -2 "
               "in lymph"),
}
"""Columns of the ledger: type, unit, meaning."""


class Ledger:
    """Rows by (tick, cell, event), whatever the order in which they were written."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, ...]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def write(self, *row: int) -> None:
        """Add a row: a value for each of LEDGER, in its order."""
        self._rows.append(row)

    def columns(self, after: int = -1) -> dict[str, np.ndarray]:
        """The rows whose tick is after the given one."""
        values = zip(*self._rows) if self._rows else [()] * len(LEDGER)
        made = {name: np.array(column, dtype) for (name, (dtype, *_)), column in zip(LEDGER.items(), values)}
        order = np.lexsort((made["event"], made["cell"], made["tick"]))
        return since({name: column[order] for name, column in made.items()}, after)


def since(columns: Mapping[str, np.ndarray], after: int) -> dict[str, np.ndarray]:
    """The rows of a ledger whose tick is after the given one."""
    later = columns["tick"] > after if columns else None
    return {name: values[later] for name, values in columns.items()}
