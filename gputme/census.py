"""What state each cell is in, and how many there are of each: one definition for series, progress and pictures.

A cell is *alive*, *apoptotic* or *necrotic* (swelling or lysed). A living cell is

* *non-cycling* where its type never divides (T cells, plain cells): it is neither of the next two;
* *quiescent* in a resting phase of its cycle (named quiescent, Ki67- or G0), or where rules and oxygen leave its
  entry into the cycle (the rate of leaving phase 0) no more than a tenth of the full rate. The full rate is the
  type's own or, where that is 0, the largest that its rules allow;
* *proliferating* otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from gputme.columns import State
from gputme.ops.census.census import states_of
from gputme.ops.exchange._cloud import cloud, grid_of, sample
from gputme.parameters import Parameters
from gputme.vocabulary import PHASES

__all__ = ["LIVING", "Census", "State", "extent", "value_at"]

SLOW = 0.1  # a cell whose entry into the cycle is no more than this share of its full rate counts as quiescent
PIECE = 1 << 14  # cells at a time
RESTING = ("quiescent", "ki67-", "g0")  # names of phases in which a cell rests, in small letters


LIVING = (State.PROLIFERATING, State.QUIESCENT, State.NON_CYCLING)


class Census:
    """States of the cells of one scenario, from host arrays, and their numbers, from what was counted on the device."""

    def __init__(self, parameters: Parameters):
        self.types = parameters.types
        self.dimensions = parameters.scenario.domain.dimensions
        described = parameters.scenario.cell_types
        rates = np.array(parameters.table[:, parameters.behaviours.all_of("exit")])
        for group in parameters.groups:
            where = group.type_index, group.behaviour.index
            if group.behaviour.kind == "exit" and rates[where] == 0:
                rates[where] = group.largest
        self.full = rates[:, 0]  # 1/min, of entering the cycle
        self.cycles = np.zeros(len(described), bool)
        self.resting = np.zeros((len(described), PHASES), bool)
        for t, cell_type in enumerate(described):
            phases = cell_type.cycle.phases
            self.cycles[t] = any(phase.divides and rates[t, p] > 0 for p, phase in enumerate(phases))
            self.resting[t, : len(phases)] = [phase.name.lower() in RESTING for phase in phases]
        self.oxygen = [cell_type.oxygen for cell_type in described]

    def states(
        self, types: np.ndarray, death: np.ndarray, phase: np.ndarray | None, entry: np.ndarray | None
    ) -> np.ndarray:
        """The `State` of each cell: int8 (N,), from its columns and its rate of entering the cycle, 1/min.

        Without ``phase`` no cell rests in one; without ``entry`` all enter at their full rate.
        """
        if phase is None:  # of none is known that it rests
            phase = np.zeros(len(types), np.uint8)
            resting = np.zeros_like(self.resting)
        else:
            resting = self.resting
        entry = np.full(len(types), np.inf) if entry is None else entry
        return states_of(resting, self.cycles, SLOW * self.full, types, np.asarray(phase), death, entry)

    def entry_by_oxygen(
        self, types: np.ndarray, pressure: Callable[[str, np.ndarray], np.ndarray | None]
    ) -> np.ndarray:
        """Rate of entering the cycle that oxygen alone leaves, 1/min, where nobody has asked the rules.

        ``pressure(substrate, which)`` gives the oxygen at some of the cells, or None where it is not known.
        """
        entry = self.full[types]
        for t, oxygen in enumerate(self.oxygen):
            mine = np.flatnonzero(types == t)
            if oxygen is None or (p := pressure(oxygen.substrate, mine)) is None:
                continue
            none, full = oxygen.proliferation_none, oxygen.proliferation_full
            entry[mine] *= np.clip((p - none) / (full - none), 0.0, 1.0)
        return entry

    def living(self, found: np.ndarray) -> dict[str, int]:
        """Living cells by type."""
        return dict(zip(self.types, found[:, list(LIVING)].sum(axis=1).tolist()))

    def counts(self, found: np.ndarray) -> dict[str, int]:
        """Cells by state, then the same for each type (``alive T``, ...), by the names of the time series. ``found``:
        what the operation `census` has counted, (types, WORDS)."""
        row = _by_state(found.sum(axis=0), True)
        for t, name in enumerate(self.types):
            mine = _by_state(found[t], bool(self.cycles[t]))
            row |= {f"{state} {name}": number for state, number in mine.items()}
        return row

    def sizes(self, found: np.ndarray, per_um: float, per_um2: float) -> dict[str, float]:
        """Extent of all cells and of each type, mean radius of the living cells of each type, um; only of what there
        is. ``per_um``, ``per_um2``: the units of the sums in ``found``."""
        row = {"extent": self._extent(found, per_um, per_um2)} if found[:, : len(State)].any() else {}
        for t, name in enumerate(self.types):
            mine = found[t : t + 1]
            if mine[:, : len(State)].any():
                row[f"extent {name}"] = self._extent(mine, per_um, per_um2)
            if living := int(mine[:, list(LIVING)].sum()):
                row[f"cell radius {name}"] = _sum(mine, 0) / (int(per_um) * living)
        return row

    def _extent(self, found: np.ndarray, per_um: float, per_um2: float) -> float:
        """`extent` from the sums of places and of their squares, without rounding before the root; 0 where the
        places differ by less than the squares' quantum, as those of a single cell do."""
        n, axes = int(found[:, : len(State)].sum()), self.dimensions
        one, square = int(per_um) ** 2, int(per_um2)
        spread = sum(n * _sum(found, 4 + a) * one - _sum(found, 1 + a) ** 2 * square for a in range(axes))
        if spread <= axes * n * n * one:
            return 0.0
        return math.sqrt(spread * (axes + 2) / (axes * n * n * one * square))


def _sum(found: np.ndarray, which: int) -> int:
    """One of the sums of all rows, in quanta: what it holds in its upper and lower words."""
    low, high = (int(found[:, len(State) + 2 * which + word].sum()) for word in (0, 1))
    return (high << 32) + low


def _by_state(found: np.ndarray, cycles: bool) -> dict[str, int]:
    number = found[: len(State)].tolist()
    row = {"alive": sum(number[s] for s in LIVING)}
    if cycles:
        row |= {s.label: number[s] for s in (State.PROLIFERATING, State.QUIESCENT)}
    return row | {s.label: number[s] for s in (State.APOPTOTIC, State.NECROTIC)}


def extent(axes: Sequence[np.ndarray]) -> float:
    """Radius of the full disc (two axes) or ball (three) with the same mean squared distance from its centre, um.

    Cells count alike, whatever their size, dead ones too; an axis that is periodic is taken as it lies.
    """
    spread = sum(((a - a.mean()) ** 2).mean() for a in axes)
    return float(np.sqrt(spread * (len(axes) + 2) / len(axes)))


def value_at(
    field: np.ndarray, spacing: Sequence[float], lower: Sequence[float], places: Sequence[np.ndarray]
) -> np.ndarray:
    """A field (nz, ny, nx) at places x, y, z (um), trilinear between the centres of voxels: float64 (N,)."""
    grid, values = grid_of(field.shape, spacing, lower), np.asarray(field, np.float64).ravel()
    found = np.empty(len(places[0]))
    for start in range(0, len(found), PIECE):  # of which all that is in between stays in the processor's cache
        x, y, z = (np.asarray(a[start : start + PIECE], np.float64) for a in places)
        found[start : start + PIECE] = sample(values, cloud(x, y, z, **grid), grid["nx"], grid["ny"])
    return found
