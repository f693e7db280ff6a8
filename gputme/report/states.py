"""What state each cell of a frame is in, and how large the whole is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from gputme.columns import Death
from gputme.io import Frame
from gputme.model import Scenario
from gputme.parameters import B, Parameters
from gputme.state import Tissue

__all__ = ["HYPOXIA", "Facts", "State", "facts", "states", "substrate_at"]

HYPOXIA = 10.0  # mmHg; the threshold of Rocha et al. (2021) for hypoxic tumour cells
SLOW = 0.1  # a cell whose cycle runs at less than this share of its full rate counts as quiescent


class State(IntEnum):
    """How a cell is drawn and counted."""

    PROLIFERATING = 0
    QUIESCENT = 1
    APOPTOTIC = 2
    NECROTIC = 3


def states(frame: Frame, scenario: Scenario) -> np.ndarray:
    """The `State` of each cell: int8 (N,).

    A living cell is quiescent where its type never divides, in the resting phase of a cycle that has one, and
    where rules and oxygen leave its entry into the cycle less than a tenth of its full rate. A frame that is not
    complete does not know what rules do: there oxygen alone is asked.
    """
    cells = frame.cells
    kinds = np.asarray(cells["type"])
    entry = _entry(frame, scenario)
    found = np.full(len(kinds), State.PROLIFERATING, np.int8)
    for t, cell_type in enumerate(scenario.cell_types):
        mine = np.flatnonzero(kinds == t)
        resting = [p.name in ("quiescent", "Ki67-") for p in cell_type.cycle.phases]
        if not any(p.divides for p in cell_type.cycle.phases):
            quiet = np.ones(len(mine), bool)
        else:
            quiet = (
                np.array(resting)[np.asarray(cells["phase"])[mine]]
                if "phase" in cells
                else np.zeros(len(mine), bool)
            )
            if entry is not None:
                quiet |= (np.asarray(cells["phase"])[mine] == 0) & (entry[mine] < SLOW)
            elif (oxygen := cell_type.oxygen) and oxygen.substrate in frame.fields:
                none, full = oxygen.proliferation_none, oxygen.proliferation_full
                quiet |= substrate_at(frame, oxygen.substrate, mine) < none + SLOW * (full - none)
        found[mine[quiet]] = State.QUIESCENT
    death = np.asarray(cells["death"])
    found[death == Death.APOPTOTIC] = State.APOPTOTIC
    found[death >= Death.NECROTIC] = State.NECROTIC
    return found


def _entry(frame: Frame, scenario: Scenario) -> np.ndarray | None:
    """Rate at which each cell left phase 0 in the last step, over its type's own; None where the frame has none."""
    parameters = Parameters(scenario)
    row, rates = parameters.slot[B.EXIT], frame.state.get("stack_ruled")
    if row < 0 or rates is None or frame.tick == 0:
        return None
    own = parameters.table[np.asarray(frame.cells["type"]), B.EXIT]
    return np.where(own > 0, np.asarray(rates)[row] / np.where(own > 0, own, 1), 1.0)


def substrate_at(frame: Frame, name: str, which: np.ndarray | slice = slice(None)) -> np.ndarray:
    """A field at the centres of cells, trilinear between voxels: float64 (N,), in the substrate's unit."""
    from scipy.ndimage import map_coordinates

    places = [
        (np.asarray(frame.cells[axis], np.float64)[which] - low) / step - 0.5
        for axis, low, step in zip("xyz", frame.origin, frame.spacing)
    ]
    return map_coordinates(np.asarray(frame.fields[name], np.float64), places[::-1], order=1, mode="nearest")


@dataclass(frozen=True)
class Facts:
    """One frame in a few numbers."""

    minutes: float
    cells: int
    by_state: Mapping[State, int]
    by_type: Mapping[str, int]
    """Living cells by type."""
    happened: Mapping[str, int]
    """Births, apoptoses, ... since time 0; empty unless the frame is complete."""
    radius: float
    """Radius of the ball (3D) or disc (2D) with the same mean squared distance from the cells' centre, um."""
    oxygen: str
    """Name of the substrate that is oxygen; "" without one."""
    lowest: float
    """Its lowest value, mmHg."""
    hypoxic: float
    """Share of the living cells below 10 mmHg; NaN without oxygen or cells."""


def facts(frame: Frame, scenario: Scenario) -> Facts:
    """What a frame shows. The frame must hold the columns type and death."""
    kinds, state = np.asarray(frame.cells["type"]), states(frame, scenario)
    alive = state <= State.QUIESCENT
    oxygen = oxygen_name(scenario, frame)
    low = substrate_at(frame, oxygen, np.flatnonzero(alive)) < HYPOXIA if oxygen else np.zeros(0)
    return Facts(
        minutes=frame.minutes,
        cells=len(kinds),
        by_state={s: int(np.count_nonzero(state == s)) for s in State},
        by_type={
            t.name: int(np.count_nonzero(alive & (kinds == i))) for i, t in enumerate(scenario.cell_types)
        },
        happened=dict(zip(Tissue.COUNTS, np.asarray(frame.state.get("counts", ())).tolist())),
        radius=_radius(frame, scenario.domain.dimensions) if len(kinds) else 0.0,
        oxygen=oxygen,
        lowest=float(np.min(frame.fields[oxygen])) if oxygen else float("nan"),
        hypoxic=float(low.mean()) if len(low) else float("nan"),
    )


def oxygen_name(scenario: Scenario, frame: Frame) -> str:
    """The substrate measured in mmHg that cell types name as their oxygen, or that is called so; else ""."""
    named = [t.oxygen.substrate for t in scenario.cell_types if t.oxygen] + ["oxygen", "O2"]
    units = {s.name: s.unit for s in scenario.substrates}
    return next((name for name in named if units.get(name) == "mmHg" and name in frame.fields), "")


def _radius(frame: Frame, dimensions: int) -> float:
    axes = [np.asarray(frame.cells[a], np.float64) for a in "xyz"[:dimensions]]
    spread = sum(((a - a.mean()) ** 2).mean() for a in axes)
    return float(np.sqrt(spread * (dimensions + 2) / dimensions))
