"""From a simulation to a frame: what is written of it at one time, with unit and meaning of each column and field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gputme.access import CellAccess, FieldAccess
from gputme.attached import names_of
from gputme.io.frame import Column, Frame
from gputme.live import Live
from gputme.voxels import VECTORS

__all__ = ["described", "framed"]


def framed(
    live: Live, index: int, complete: bool, state: dict[str, Any], organs: Mapping[str, Frame], told: Mapping[str, Any],
) -> Frame:  # fmt: skip
    """A frame of a tissue: everything, or what the scenario selects; ``state``, ``organs`` and what is
    ``told`` (``ledger``, ``genealogy``) as of a `Frame`."""
    scenario, tissue = live.scenario, live.tissue
    domain, output, graph = scenario.domain, scenario.output, tissue.vessels
    cells, fields = CellAccess(live), dict(FieldAccess(live))
    columns = {name: cells[name] for name in cells.stored()}
    if not complete:
        partners = names_of(tissue.cells.stacks["attached"]) if "bonds" in output.columns else []
        columns = _chosen(columns, output.columns, ("id", "x", "y", "z", "type", "radius", "death", *partners))
        parts = [part for name, parts in VECTORS.items() if name in output.fields for part in parts]
        fields = _chosen(fields, output.fields, parts)
    nodes, segments = (part.columns() for part in (graph.nodes, graph.segments)) if graph else ({}, {})
    return Frame(
        index=index, tick=tissue.tick, cells=columns, fields=fields, nodes=nodes, segments=segments,
        state=state, complete=complete,
        spacing=domain.spacing, origin=domain.lower, types=tuple(live.parameters.types),
        columns={name: column for name, column in described(live).items() if name in columns or name in fields},
        scenario=lambda: scenario, organs=organs, **told,
    )  # fmt: skip


def _chosen(entries: dict, wanted: str | Iterable[str], always: Iterable[str]) -> dict:
    if wanted == "all":
        return entries
    return {name: value for name, value in entries.items() if name in set(wanted) | set(always)}


def described(live: Live) -> dict[str, Column]:
    """Of every column of its cells and every field, by name."""
    found = {c.name: Column(c.name, c.unit, c.meaning) for c in live.tissue.cells.columns.values()}
    for t in live.scenario.cell_types:
        for name, custom in t.custom.items():
            found[name] = Column(name, custom.unit, f"custom variable of {t.name}")
    for name in names_of(live.tissue.cells.stacks["attached"]):
        found[name] = Column(name, "", "id of a cell that it is attached to; 0: none")
    for number, name in zip(live.parameters.varying, live.scenario.own_words):
        unit = live.parameters.unit(number)
        found[name] = Column(name, unit, f"the cell's own {name}, before rules, oxygen and scalings")
    for name in live.scenario.factor_words:
        found[name] = Column(name, "", "factor by which mutations have changed the cell's base value, before rules")
    for s in live.scenario.substrates:
        found[f"internal {s.name}"] = Column(f"internal {s.name}", f"{s.unit or '1'} um3", "amount in the cell")
        found[s.name] = Column(s.name, s.unit, "value in the voxel")
    for c in live.tissue.voxels.columns.values():
        found[c.name] = Column(c.name, c.unit, c.meaning)
    return found
