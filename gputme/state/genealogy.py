"""The genealogy of a tissue: who was born of whom, who is gone, and which mutations arose, one row each.

A mother keeps her id when she divides, so a birth is one row: the new cell. What is noted of cells stays where it is
computed until it is asked for or has become much, so few steps wait for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["GENEALOGY", "Genealogy", "Tables", "joined"]

Tables = dict[str, dict[str, np.ndarray]]
"""Columns by the name of their table."""

GENEALOGY = {
    "births": {
        "cell": (np.uint64, "", "id of the new cell"),
        "parent": (np.uint64, "", "id of its mother, who goes on under hers; 0: it entered, or was put in"),
        "tick": (np.int64, "1/1024 min", "when"),
        "type": (np.uint8, "", "its cell type then, by its place in the scenario"),
        "tissue": (np.uint8, "", "where: 0 the tissue of the scenario, then the organs in their order"),
    },
    "ends": {
        "cell": (np.uint64, "", "id of a cell that is no longer there, but for those that entered a vessel"),
        "tick": (np.int64, "1/1024 min", "when it died; of one that was gone alive, from when on it had no events"),
        "death": (np.uint8, "", "how: 0 gone alive (eaten, fused, absorbed, taken out), else as the column `death`"),
        "tissue": (np.uint8, "", "where, as of births"),
    },
    "mutations": {
        "cell": (np.uint64, "", "id of the cell in which they arose, at a division of which it came"),
        "tick": (np.int64, "1/1024 min", "when: it passes them to cells that are born of it later"),
        "mutation": (np.uint8, "", "which entry of `[[mutation]]`"),
        "count": (np.uint8, "", "how many of it arose, each at a site of its own"),
    },
}
"""Tables of a genealogy and their columns: type, unit, meaning."""
_ORDER = {"births": ("cell",), "ends": ("cell",), "mutations": ("mutation", "tick", "cell")}  # the last one leads
PARTS, ROWS = 64, 512  # of a table that wait where they were computed, at the most


class Genealogy:
    """Rows since the simulation began, was restored, or its rows were taken over by a frame of a run."""

    def __init__(self, kernels: Any):
        self.kernels = kernels
        self.tissue = 0
        """Number of the tissue in its body."""
        self._waiting: dict[str, list[dict[str, Any]]] = {name: [] for name in GENEALOGY}
        self._many = dict.fromkeys(GENEALOGY, 0)  # rows that wait
        self._rows: dict[str, list[dict[str, np.ndarray]]] = {name: [] for name in GENEALOGY}  # on the host

    def note(self, table: str, **columns: Any) -> None:
        """Add rows to a table: arrays on the backend or the host, which nobody changes any more."""
        self._wait(table, columns, len(columns["cell"]))

    def gone(self, cell: Any, death: Any, died: Any, drawn: Any) -> None:
        """Note cells that are gone: ids, column `death`, when the dead died, up to when events were drawn of others."""
        self._wait("ends", {"cell": cell, "death": death, "died": died, "drawn": drawn}, len(cell))

    def mutated(self, cells: Sequence[Any], ticks: Sequence[Any], found: Any) -> None:
        """Note what arose in the cells of each group: ids and ticks (m,) and, over all groups, numbers found (groups *
        m, mutations)."""
        self._wait("mutations", {"cells": cells, "ticks": ticks, "found": found}, sum(map(len, cells)))

    def forget(self) -> None:
        """Have no rows any more."""
        for rows in (*self._rows.values(), *self._waiting.values()):
            rows.clear()
        self._many = dict.fromkeys(GENEALOGY, 0)

    def _wait(self, table: str, part: dict[str, Any], rows: int) -> None:
        self._waiting[table].append(part)
        self._many[table] += rows
        if self._many[table] >= ROWS or len(self._waiting[table]) >= PARTS:
            self._bring(table)

    def _bring(self, table: str) -> None:
        """Rows that wait, to the host."""
        self._rows[table] += [self._on_host(part) for part in self._waiting[table]]
        self._waiting[table].clear()
        self._many[table] = 0

    def tables(self) -> Tables:
        """All rows, in the order of ids."""
        for name, made in self._rows.items():
            self._bring(name)
            whole = {column: np.concatenate([part[column] for part in made]) for column in made[0]} if made else {}
            self._rows[name][:] = [whole] if made else []
        found = {name: dict(parts[0]) if parts else _empty(name) for name, parts in self._rows.items()}
        for name in ("births", "ends"):
            found[name]["tissue"] = np.full(len(found[name]["cell"]), self.tissue, np.uint8)
        return joined([found])

    def _on_host(self, part: Mapping[str, Any]) -> dict[str, np.ndarray]:
        if "found" not in part:
            made = {name: self._host(values) for name, values in part.items()}
            died, drawn = made.pop("died", None), made.pop("drawn", None)
            return made if died is None else made | {"tick": np.where(made["death"] > 0, died, drawn)}
        cell, tick = (np.concatenate([self._host(some) for some in part[name]]) for name in ("cells", "ticks"))
        found = self._host(part["found"]).reshape(len(cell), -1)
        row, kind = np.nonzero(found)
        return {"cell": cell[row], "tick": tick[row], "mutation": kind.astype(np.uint8), "count": found[row, kind]}

    def _host(self, values: Any) -> np.ndarray:
        return values if isinstance(values, np.ndarray) else self.kernels.host(values)


def _empty(name: str) -> dict[str, np.ndarray]:
    return {column: np.zeros(0, dtype) for column, (dtype, *_) in GENEALOGY[name].items()}


def joined(parts: Sequence[Tables]) -> Tables:
    """The rows of several, in the order of ids; tables without rows are left out."""
    found: Tables = {}
    for name, columns in GENEALOGY.items():
        some = [part[name] for part in parts if name in part]
        if sum(len(one["cell"]) for one in some):
            made = {c: np.concatenate([one[c] for one in some]).astype(columns[c][0]) for c in columns}
            order = np.lexsort([made[key] for key in _ORDER[name]])
            found[name] = {column: values[order] for column, values in made.items()}
    return found
