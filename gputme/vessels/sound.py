"""Whether tables of vessels, of a file that anybody may have made, are what a run could have written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from gputme.vessels.graph import Nodes, Segments, Tips

__all__ = ["faults"]

MAY_LACK = ("held", "pressure")  # columns that may be nan
POSITIVE = ("radius", "rest")


def faults(
    nodes: Mapping[str, Any], segments: Mapping[str, Any], tips: Mapping[str, Any], next_ids: Mapping[str, Any]
) -> Iterator[str]:
    """A sentence for the first thing that is wrong in the tables; ``next_ids``: of nodes and segments."""
    for what, kind, table in (("nodes", Nodes, nodes), ("segments", Segments, segments), ("tips", Tips, tips)):
        if found := list(_columns(what, kind, table)):
            yield found[0]
            return
    for what, table in (("node", nodes), ("segment", segments)):
        ids, most = np.asarray(table["id"]), next_ids.get(f"next_{what}")
        if type(most) is not int or not 0 < most < 2**62:
            yield f"the next {what} of its vessels would be number {most!r}"
        elif len(ids) and (ids[0] < 1 or ids[-1] >= most or (np.diff(ids) <= 0).any()):
            yield f"the ids of its {what}s are not in order from 1 to {most - 1}"
    for what, ends in (("segment", ("a", "b")), ("tip", ("node",))):
        table = segments if what == "segment" else tips
        for end in ends:
            if not np.isin(table[end], nodes["id"]).all():
                yield f"a {what} of its vessels is at a node that is not there"
                return


def _columns(what: str, kind: Any, table: Mapping[str, Any]) -> Iterator[str]:
    """Columns that are there, of their types, of one length, finite."""
    told = kind.told()
    if set(table) != set(told):
        odd = sorted(set(table) ^ set(told))
        yield f"the table of {what} of its vessels differs in the columns {', '.join(odd)}"
        return
    length = len(table["id" if "id" in told else "node"])
    for name, column in told.items():
        values = np.asarray(table[name])
        if values.dtype != column.kind or values.shape != (length,):
            yield f"{name} of the {what} of its vessels is {values.dtype} {values.shape}"
        elif values.dtype.kind == "f" and (np.isinf(values).any() or (name not in MAY_LACK and np.isnan(values).any())):
            yield f"{name} of the {what} of its vessels is not finite"
        elif name in POSITIVE and not (values > 0).all():
            yield f"{name} of the {what} of its vessels is {values.min()}"
