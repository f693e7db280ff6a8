"""What state each cell is in, and how many there are of each: one definition for series, progress and pictures.

A cell is *alive*, *apoptotic* or *necrotic* (swelling or lysed). A living cell is

* *non-cycling* where its type never divides (T cells, plain cells): it is neither of the next two;
* *quiescent* in a resting phase of its cycle (named quiescent, Ki67- or G0), or where rules and oxygen leave its
  entry into the cycle (the rate of leaving phase 0) no more than a tenth of the full rate. The full rate is the
  type's own or, where that is 0, the largest that its rules allow;
* *proliferating* otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum

import numpy as np

from gputme.columns import Death
from gputme.ops.exchange._cloud import cloud, grid_of, sample
from gputme.parameters import Parameters
from gputme.vocabulary import PHASES

__all__ = ["LIVING", "Census", "State", "extent", "value_at"]

SLOW = 0.1  # a cell whose entry into the cycle is no more than this share of its full rate counts as quiescent
RESTING = ("quiescent", "ki67-", "g0")  # names of phases in which a cell rests, in small letters


class State(IntEnum):
    """How a cell is counted and drawn."""

    PROLIFERATING = 0
    QUIESCENT = 1
    NON_CYCLING = 2
    APOPTOTIC = 3
    NECROTIC = 4

    @property
    def label(self) -> str:
        """The state in words."""
        return self.name.lower().replace("_", "-")


LIVING = (State.PROLIFERATING, State.QUIESCENT, State.NON_CYCLING)


class Census:
    """States and numbers of the cells of one scenario, from host arrays."""

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
        at_rest = np.zeros(len(types), bool) if phase is None else self.resting[types, phase]
        if entry is not None:
            waits = np.ones(len(types), bool) if phase is None else np.asarray(phase) == 0
            at_rest |= waits & (entry <= SLOW * self.full[types])
        found = np.where(at_rest, State.QUIESCENT, State.PROLIFERATING).astype(np.int8)
        found[~self.cycles[types]] = State.NON_CYCLING
        found[death == Death.APOPTOTIC] = State.APOPTOTIC
        found[death >= Death.NECROTIC] = State.NECROTIC
        return found

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

    def living(self, types: np.ndarray, death: np.ndarray) -> dict[str, int]:
        """Living cells by type."""
        counts = np.bincount(types[death == Death.ALIVE], minlength=len(self.types))
        return dict(zip(self.types, counts.tolist()))

    def counts(self, types: np.ndarray, states: np.ndarray) -> dict[str, int]:
        """Cells by state, then the same for each type (``alive T``, ...), by the names of the time series."""
        row = _by_state(states, True)
        for t, name in enumerate(self.types):
            mine = _by_state(states[types == t], bool(self.cycles[t]))
            row |= {f"{state} {name}": number for state, number in mine.items()}
        return row

    def sizes(
        self, types: np.ndarray, death: np.ndarray, places: Sequence[np.ndarray], radius: np.ndarray
    ) -> dict[str, float]:
        """Extent of all cells and of each type, mean radius of the living cells of each type, um; only of what there
        is. ``places``: x, y, z."""
        axes = [np.asarray(a, np.float64) for a in places[: self.dimensions]]
        row = {"extent": extent(axes)} if len(types) else {}
        for t, name in enumerate(self.types):
            mine = types == t
            if mine.any():
                row[f"extent {name}"] = extent([a[mine] for a in axes])
            if (mine := mine & (death == Death.ALIVE)).any():
                row[f"cell radius {name}"] = float(radius[mine].mean(dtype=np.float64))
        return row


def _by_state(states: np.ndarray, cycles: bool) -> dict[str, int]:
    number = np.bincount(states, minlength=len(State)).tolist()
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
    grid = grid_of(field.shape, spacing, lower)
    x, y, z = (np.asarray(a, np.float64) for a in places)
    return sample(np.asarray(field, np.float64).ravel(), cloud(x, y, z, **grid), grid["nx"], grid["ny"])
