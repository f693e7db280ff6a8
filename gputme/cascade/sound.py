"""Can a body go on with what a frame says of its blood? Asked of every value before anything is taken over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from gputme.columns import NEVER
from gputme.model.body import Body
from gputme.state.circulation import IN_BLOOD, OF_UNIT

__all__ = ["faults"]

NEEDED = ("id", "clone", "type", "radius", "phase_start", "birth")


def faults(state: Mapping[str, Any], body: Body, types: int, tick: int) -> Iterator[str]:
    """A sentence for the first thing that is wrong in the tables of the blood."""
    if "cascade" not in state:  # its run had no body
        return
    tables = {name: state.get(name) for name in ("circulating", "circulating units", "ruptured", "cascade")}
    for name, table in tables.items():
        if not isinstance(table, dict):
            yield f"{name!r} should be a table and is {type(table).__name__}"
            return
    yield from _lengths(tables, set(OF_UNIT))
    if any(type(n) is not int or n < 0 for n in tables["cascade"].values()):
        yield "what has happened to cells in the blood is not counted"
    units, cells = tables["circulating units"], tables["circulating"]
    if not len(units["unit"]):
        return
    beds = (units["bed"] < IN_BLOOD) | (units["bed"] >= len(body.beds)) | ((units["bed"] < 0) & (units["held"] != 0))
    if (units["lymph"] != 0).any() and body.lymph is None:
        yield "cells are in lymph, and there is none"
    origins = (units["origin"] < 0) | (units["origin"] >= len(body.beds))
    if (beds | origins).any():
        yield "cells in the blood come from, or to, a tissue that is not there"
    times = (units["since"] > tick) | (units["entered"] > units["since"]) | (units["due"] > NEVER)
    if (times | ((units["due"] <= units["since"]) & (units["held"] == 0))).any():
        yield "cells in the blood are in a time that has not come"
    ids = np.asarray(cells["id"]).astype(np.int64)
    first = np.r_[True, units["unit"][1:] != units["unit"][:-1]]
    if len(np.unique(ids)) != len(ids) or (ids[first] != units["unit"][first]).any() or (ids < units["unit"]).any():
        yield "units in the blood are not named by the smallest id of their cells"
    if (cells["type"] >= types).any():
        yield "a cell in the blood is of a type that is not there"
    wrong = [name for name, values in cells.items() if values.dtype.kind == "f" and not np.isfinite(values).all()]
    if wrong or (cells["radius"] <= 0).any():
        yield f"{(wrong or ['radius'])[0]!r} of a cell in the blood is not possible"


def _lengths(tables: Mapping[str, Any], of_unit: set[str]) -> Iterator[str]:
    """Columns that are missing, or of another length or kind than the others."""
    units, cells = tables["circulating units"], tables["circulating"]
    n = len(np.asarray(units.get("unit", ())))
    needed = {"circulating units": of_unit, "circulating": set(NEEDED) if n else set()}
    needed["ruptured"] = {"tissue", "segment", "until"}
    for what, names in needed.items():
        lacking = names - tables[what].keys()
        many = {np.shape(values) for values in tables[what].values()}
        if lacking or len(many) > 1 or any(len(shape) != 1 for shape in many):
            yield f"the table {what!r} lacks {', '.join(sorted(lacking)) or 'a value in some row'}"
    if cells and {np.shape(values) for values in cells.values()} != {(n,)}:
        yield "cells in the blood are not those of its units"
    for values in (*(units[name] for name in of_unit & units.keys()), *tables["ruptured"].values()):
        if np.asarray(values).dtype != np.int64:
            yield "ticks, tissues and ids in the blood are whole numbers"
