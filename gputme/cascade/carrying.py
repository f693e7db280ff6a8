"""What a cell carries through the blood: taken from a tissue, and brought to one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gputme.columns import Division
from gputme.parameters import Parameters
from gputme.solvers.fate import remove
from gputme.start import newcomers
from gputme.state import Tissue
from gputme.state.circulation import Carried, Unit

__all__ = ["bring", "introduce", "remove_from", "taken"]

_STAYS = {"x", "y", "z", "pressure", "side", "fate_time"}
"""Columns that mean something in a tissue only, beside those with which a cell begins anew."""


def taken(tissue: Tissue, parameters: Parameters, places: np.ndarray) -> dict[int, Carried]:
    """What the cells at some places carry, by their ids, which are ascending; they are still there."""
    cells, k = tissue.cells, tissue.kernels
    index = k.array(places, np.int64)
    names = [
        name
        for name, column in cells.columns.items()
        if column.saved and name not in _STAYS and column.division not in (Division.RESET, Division.BEGIN)
    ]
    found = {name: np.array(k.host(getattr(cells, name)[index])) for name in names}
    for stack, words in _rows(parameters).items():
        for r, word in enumerate(words):
            found[f"{stack} {word}"] = np.array(k.host(cells.row(stack, r)[index]))
    return {int(found["id"][i]): {name: values[i] for name, values in found.items()} for i in range(len(places))}


def remove_from(tissue: Tissue, places: np.ndarray) -> None:
    """Take cells out of a tissue."""
    k, gone = tissue.kernels, np.zeros(tissue.cells.n, np.uint8)
    gone[places] = 1
    remove(tissue.cells, k.array(gone, np.uint8), len(places), ends=False)


def introduce(tissue: Tissue) -> None:
    """Note the cells of a tissue that has just been made among those that came without a mother."""
    cells, host = tissue.cells, tissue.kernels.host
    id, birth, kind = (np.array(host(column[: cells.n])) for column in (cells.id, cells.birth, cells.type))
    cells.genealogy.note("births", cell=id, parent=np.zeros_like(id), tick=birth, type=kind)


def bring(
    tissue: Tissue, parameters: Parameters, tick: int, unit: Unit, xyz: np.ndarray, turned: Mapping[int, int]
) -> None:
    """Put the cells of a unit, which come at ``tick``, to places (n, 3), um. They are as they were when they left:
    meanwhile their cycle has stood still. From the tick, or the tissue's time where that is later, they live here.

    ``turned``: by id the type that some turn into as they come. What they have is kept as by a switch: one with another
    cycle begins that, and of variables those begin that one of the two types lacks.
    """
    cells, carried = tissue.cells, list(unit.cells.values())
    at, ids = max(tick, tissue.tick), np.array([of["id"] for of in carried], np.uint64)
    held = {name: np.array([of[name] for of in carried]) for name in carried[0]}
    types, before = parameters.scenario.cell_types, held["type"].tolist()
    kinds = [turned.get(int(id), kind) for id, kind in zip(ids, before)]
    anew = np.array([types[a].cycle != types[b].cycle for a, b in zip(before, kinds)])
    columns, stacks = newcomers(parameters, ids, at, xyz, kinds, None, 0, {})
    held["type"] = np.array(kinds, np.uint8)
    if "drawn_as" in held:
        held["drawn_as"] = np.where(held["type"] == before, held["drawn_as"], held["type"])
    begun = {name: columns[name] for name in ("phase", "nuclear_target")}
    columns |= {name: values for name, values in held.items() if name in cells.columns}
    columns |= {name: np.where(anew, values, columns[name]) for name, values in begun.items()}
    stood = np.maximum(unit.entered - held["phase_start"].astype(np.int64), 0)
    columns["phase_start"] = at - np.where(anew, 0, stood)
    if parameters.keeps_phase:
        columns["carried"] = columns["phase_start"]
    for r, (name, laws) in enumerate(zip(parameters.variables, parameters.laws)):
        keeps = [a == b or (laws[a] is not None and laws[b] is not None) for a, b in zip(before, kinds)]
        stacks["custom"][r] = np.where(keeps, held[f"custom {name}"], stacks["custom"][r])
    for r, s in enumerate(parameters.tracked):
        stacks["internal"][r] = held[f"internal {parameters.substrates[s]}"]
    for r, amounts in enumerate(stacks["internal"]):
        cells.removed[r] -= float(sum(amounts.tolist()))
    cells.append(columns, {name: values for name, values in stacks.items() if len(values)})
    cells.skip_to(int(ids.max()))


def _rows(parameters: Parameters) -> dict[str, list[str]]:
    """Names of what stacks carry."""
    return {"custom": parameters.variables, "internal": [parameters.substrates[s] for s in parameters.tracked]}
