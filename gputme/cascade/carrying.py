"""What a cell carries through the blood, taken from a tissue."""

from __future__ import annotations

import numpy as np

from gputme.columns import Division
from gputme.parameters import Parameters
from gputme.solvers.fate import remove
from gputme.state import Tissue
from gputme.state.circulation import Carried

__all__ = ["remove_from", "taken"]

_STAYS = {"x", "y", "z", "pressure", "side", "fate_time"}
"""Columns that mean something in a tissue only, beside those with which a cell begins anew."""


def taken(tissue: Tissue, parameters: Parameters, places: np.ndarray) -> list[dict[int, Carried]]:
    """What the cells at some places carry, by their ids, which are ascending; they are still there."""
    cells, k = tissue.cells, tissue.kernels
    index = k.array(places, np.int64)
    names = [
        name
        for name, column in cells.columns.items()
        if column.saved and name not in _STAYS and column.division not in (Division.RESET, Division.BEGIN)
    ]
    found = {name: np.array(k.host(getattr(cells, name)[index])) for name in names}
    rows = {"custom": parameters.variables, "internal": [parameters.substrates[s] for s in parameters.tracked]}
    for stack, words in rows.items():
        for r, word in enumerate(words):
            found[f"{stack} {word}"] = np.array(k.host(cells.row(stack, r)[index]))
    return {int(found["id"][i]): {name: values[i] for name, values in found.items()} for i in range(len(places))}


def remove_from(tissue: Tissue, places: np.ndarray) -> None:
    """Take cells out of a tissue."""
    k, gone = tissue.kernels, np.zeros(tissue.cells.n, np.uint8)
    gone[places] = 1
    remove(tissue.cells, k.array(gone, np.uint8), len(places))
