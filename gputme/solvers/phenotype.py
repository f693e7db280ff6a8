"""What cell types are in numbers: cycles, deaths, volumes, inheritance, as the kernels of cell fate read
them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gputme.columns import TICKS
from gputme.ops.fate._law import COPY, HALVE, LOGNORMAL, NORMAL, UNIFORM, VALUE
from gputme.ops.fate._relax import RATES, relaxation
from gputme.ops.fate.fate import DIVIDES, FIXED, GROWS
from gputme.vocabulary import PHASES

__all__ = ["LAWS", "FateTables", "VolumeRates", "fate_tables"]

LAWS = {"value": VALUE, "normal": NORMAL, "uniform": UNIFORM, "lognormal": LOGNORMAL}


@dataclass(frozen=True)
class VolumeRates:
    """Volume dynamics of one type in one state: arguments of :func:`gputme.ops.fate._relax.relaxation`."""

    fluid_rate: float  # 1/min
    nuclear_rate: float  # 1/min
    cytoplasm_rate: float  # 1/min
    calcification_rate: float  # 1/min
    fluid_fraction: float
    cytoplasm_to_nucleus: float


@dataclass(frozen=True)
class FateTables:
    """Host arrays per cell type, flat; ``customs`` variables per cell."""

    volumes: tuple[
        tuple[VolumeRates, VolumeRates, VolumeRates, VolumeRates], ...
    ]  # alive, apoptotic, necrotic, lysed
    phases: np.ndarray  # int32 (types * 6), bits FIXED, GROWS, DIVIDES
    following: np.ndarray  # int32 (types * 6)
    spread: np.ndarray  # float64 (types * 6), of fixed durations
    lifespan: np.ndarray  # float64 (types), ticks from birth to apoptosis; negative: none
    lifespan_spread: np.ndarray  # float64 (types), its standard deviation, as a fraction of it
    lasting: np.ndarray  # int64 (types * 2), ticks from apoptosis and necrosis to removal
    target: np.ndarray  # float64 (types), um3, nuclear solids of a newborn
    burst: np.ndarray  # float64 (types), volume at rupture over volume at death
    cycle: np.ndarray  # int32 (types), equal where the cycles are the same
    resets: bool  # whether a change of type takes damage and variables back to those of the new type
    plain: np.ndarray  # uint8 (types * customs), variables that this does
    fresh: np.ndarray  # float64 (types * customs), their values
    axes: np.ndarray  # float64 (types * 3), unit vectors along which cells divide; 0: at random
    how: np.ndarray  # int32 (types * customs), see gputme.ops.fate.inherit
    law: np.ndarray  # float64 (types * customs * 5)
    customs: int

    @property
    def types(self) -> int:
        return len(self.volumes)

    @property
    def rates(self) -> np.ndarray:
        """What the volumes obey, float64 (types * 24): six numbers per type and state."""
        return np.array([[*vars(state).values()] for states in self.volumes for state in states], np.float64).ravel()

    def relax(self, dt: float) -> np.ndarray:
        """Coefficients of the volumes over dt minutes, float64 (types * 40)."""
        return relaxation(dt, *self.rates.reshape(-1, RATES).T).T.ravel()


def fate_tables(
    cell_types: Sequence[Any], laws: Sequence[Sequence[Any]] = (), transitions: str = "keep"
) -> FateTables:
    """Tables from the descriptions of the cell types (`gputme.model.CellType`), the laws of all variables in cells of
    each type (`gputme.model.Law`, None where they lack it), and what a change of type does (`Scenario.transitions`)."""
    resets = transitions == "physicell"
    structures = [cell_type.cycle.structure for cell_type in cell_types]
    own = [of_types[t] for t in range(len(cell_types)) for of_types in laws]
    types = len(cell_types)
    phases = np.zeros((types, PHASES), np.int32)
    following = np.zeros((types, PHASES), np.int32)
    spread = np.zeros((types, PHASES))
    how, law = np.full((types, len(laws)), COPY, np.int32), np.zeros((types, len(laws), 5))
    for t, cell_type in enumerate(cell_types):
        for p, phase in enumerate(cell_type.cycle.phases):
            bits = (FIXED, phase.duration > 0), (GROWS, phase.grows), (DIVIDES, phase.divides)
            phases[t, p] = sum(bit for bit, on in bits if on)
            following[t, p], spread[t, p] = phase.next, phase.spread
        for c, of_types in enumerate(laws):
            if of_types[t] is not None:
                how[t, c], law[t, c] = _inheritance(of_types[t])
    volumes, deaths = ([getattr(t, part) for t in cell_types] for part in ("volume", "apoptosis"))
    minutes = [(t.apoptosis.duration, t.necrosis.duration) for t in cell_types]
    return FateTables(
        volumes=tuple(_states(cell_type) for cell_type in cell_types),
        phases=phases.ravel(), following=following.ravel(), spread=spread.ravel(),
        lifespan=np.array([TICKS * (d.lifespan or -1.0) for d in deaths]),
        lifespan_spread=np.array([d.lifespan_spread for d in deaths], np.float64),
        lasting=np.round(np.array(minutes).reshape(types, 2) * TICKS).astype(np.int64).ravel(),
        target=np.array([v.nuclear * (1 - v.fluid_fraction) for v in volumes]),
        burst=np.array([v.rupture for v in volumes], np.float64),
        cycle=np.array([t if resets else structures.index(s) for t, s in enumerate(structures)], np.int32),
        resets=resets, plain=np.array([o is not None and o.inherit != "halve" for o in own], np.uint8),
        fresh=np.array([o.median if o else 0.0 for o in own], np.float64),
        axes=np.array([_axis(t.division.axis) for t in cell_types]).ravel(),
        how=how.ravel(), law=law.ravel(), customs=len(laws),
    )  # fmt: skip


def _axis(axis: Sequence[float] | None) -> np.ndarray:
    """A direction as a unit vector; 0 for none."""
    vector = np.resize([*(axis or (0.0,)), 0.0, 0.0], 3)
    largest = np.abs(vector).max()
    return vector / largest / np.linalg.norm(vector / largest) if largest else vector


def _inheritance(custom: Any) -> tuple[int, list[float]]:
    way = {"copy": COPY, "halve": HALVE, "redraw": LAWS[custom.distribution]}[custom.inherit]
    least = -np.inf if custom.min is None else custom.min
    largest = np.inf if custom.max is None else custom.max
    return way, [*custom.parameters, least, largest, custom.mutation_sd]


def _states(cell_type: Any) -> tuple[VolumeRates, VolumeRates, VolumeRates, VolumeRates]:
    """Alive; apoptotic: all shrinks; necrotic: swells with fluid (fraction 1); lysed: the fluid runs out."""
    v, a, d = cell_type.volume, cell_type.apoptosis, cell_type.necrosis
    ratio = v.cytoplasm_to_nucleus

    def dead(fluid_rate: float, of: Any, fraction: float) -> VolumeRates:
        return VolumeRates(
            fluid_rate, of.nuclear_rate, of.cytoplasm_rate, of.calcification_rate, fraction, ratio
        )

    return (
        VolumeRates(
            v.fluid_rate, v.nuclear_rate, v.cytoplasm_rate, v.calcification_rate, v.fluid_fraction, ratio
        ),
        dead(a.fluid_rate, a, 0.0),
        dead(d.swelling_rate, d, 1.0),
        dead(d.lysed_fluid_rate, d, 0.0),
    )
