"""What a pathologist reads of a tissue, as entries of the time series; docs/pathology.md defines them.

Cell types say what they count as (`counts_as`). Every sum is of whole numbers or rounded once, so that no order of
cells, no backend and no restart can be seen in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain
from typing import Any

import numpy as np

from gputme.census import LIVING, Census
from gputme.columns import POSITION, Death, State
from gputme.errors import NoWayOn
from gputme.io.frame import Frame
from gputme.model import Scenario
from gputme.model.cell_type import CELL_KINDS, TUMOUR
from gputme.ops.exchange._cloud import cloud, grid_of, sample
from gputme.parameters import Parameters
from gputme.pathology import region
from gputme.pathology.invasion import percentile
from gputme.pathology.squares import Squares
from gputme.pathology.vessels import density, length_in
from gputme.state import Tissue

__all__ = ["HYPOXIA", "Pathology", "oxygen_of"]

HYPOXIA = 10.0  # mmHg; the threshold of Rocha et al. (2021) for hypoxic tumour cells
EDGE = "first tumour"  # what checkpoints call the region of time 0
FARTHEST = 95.0  # per cent of the tumour's living cells lie within the depth of invasion
AT_ONCE = 1 << 14  # cells that are read at a time
STATES = {"E": "tumour E", "H": "tumour H", "M": "tumour M"}


def oxygen_of(scenario: Scenario) -> str:
    """The substrate measured in mmHg that cell types name as their oxygen, or that is called so; else ""."""
    named = [t.oxygen.substrate for t in scenario.cell_types if t.oxygen] + ["oxygen", "O2"]
    units = {s.name: s.unit for s in scenario.substrates}
    return next((name for name in named if units.get(name) == "mmHg"), "")


class Pathology:
    """Reads the tissues of one scenario. It keeps where the tumour was at time 0, which checkpoints hold."""

    def __init__(self, parameters: Parameters, census: Census):
        scenario = parameters.scenario
        kinds = [t.counts_as for t in scenario.cell_types]
        self.of = {kind: np.array([k == kind for k in kinds], bool) for kind in CELL_KINDS}
        self.tumour = np.array([k in TUMOUR for k in kinds], bool)
        self.divides = bool(census.cycles[self.tumour].any())
        turned = self.of["tumour H"].any() or self.of["tumour M"].any()
        self.states = [(state, kind) for state, kind in STATES.items() if turned and self.of[kind].any()]
        self.domain, self.squares = scenario.domain, Squares.over(scenario.domain)
        self.thickness = 1.0 if self.domain.dimensions == 3 else self.domain.voxel[2]
        oxygen = oxygen_of(scenario)
        self.grid = grid_of(self.domain.shape, self.domain.spacing, self.domain.centred.lower)
        self.oxygen = parameters.substrates.index(oxygen) if oxygen else -1
        self.first: np.ndarray | None = None  # the region at time 0
        self._beyond: np.ndarray | None = None  # how far outside it each square lies, um

    @property
    def reads(self) -> bool:
        """Whether there is anything to read: some type counts as something."""
        return bool(self.tumour.any() or any(which.any() for which in self.of.values()))

    # ------------------------------------------------------------------------------------------- time 0

    def begin(self, tissue: Tissue) -> None:
        """Keep where the tumour is: asked while the tissue stands at time 0."""
        if self.tumour.any():
            self._keep(self._region(_Seen(tissue, self)))

    def _keep(self, first: np.ndarray | None) -> None:
        if first is None or self.first is None or not np.array_equal(first, self.first):
            self.first = first
            some = first is not None and first.any() and not first.all()  # there is an edge
            self._beyond = -region.depth(first, self.squares.sides).astype(np.float32) if some else None

    def state(self, tissue: Tissue) -> dict[str, Any]:
        """What a checkpoint needs of it."""
        if not tissue.tick:
            self.begin(tissue)
        return {} if self.first is None else {EDGE: self.first}

    def found_in(self, frame: Frame) -> np.ndarray | None:
        """The region of time 0 that a frame holds; None where its run did not know it. Raises NoWayOn where it is
        none."""
        first = frame.state.get(EDGE)
        if first is None or not self.tumour.any():
            return None
        if not isinstance(first, np.ndarray) or first.dtype != bool or first.shape != self.squares.shape:
            raise NoWayOn(f"frame {frame.index}: {EDGE!r} is not where a tumour of its scenario was at time 0")
        return first

    def restore(self, first: np.ndarray | None) -> None:
        """Go on with what `found_in` has found."""
        self._keep(first)

    # ------------------------------------------------------------------------------------------- reading

    def row(self, tissue: Tissue, found: np.ndarray) -> dict[str, float]:
        """Entries of the time series; what cannot be said (a share of no cells) is left out. ``found``: what the
        operation `census` has counted, (types, WORDS)."""
        if not tissue.tick:
            self.begin(tissue)
        seen = _Seen(tissue, self)
        row = self._shares(found)
        if self.of["CD8"].any() and seen.attacking is not None:
            shares = (seen.attacking[some].tolist() for some in seen.living(self.of["CD8"]))
            row["CD8 in contact"] = math.fsum(chain.from_iterable(shares))
        if self.tumour.any():
            row |= self._of_cells(tissue, seen)
            row |= self._regions(tissue, seen)
        return row

    def _of_cells(self, tissue: Tissue, seen: _Seen) -> dict[str, float]:
        """What each living cell of the tumour is asked: whether it is hypoxic, and how far it has come."""
        living, hypoxic, far, row = 0, 0, [np.zeros(0)], {}
        oxygen = tissue.kernels.host(tissue.fields[self.oxygen]) if self.oxygen >= 0 else None
        for some in seen.living(self.tumour):
            living += len(some)
            if oxygen is not None:
                hypoxic += np.count_nonzero(self._sample(oxygen, seen, some) < HYPOXIA)
            if self._beyond is not None:
                beyond = self.squares.between(self._beyond, seen.places(some))
                far.append(beyond[beyond > 0])
        if living and oxygen is not None:
            row["hypoxic share"] = hypoxic / living
        if living and self._beyond is not None:
            row["invasion depth"] = percentile(np.concatenate(far), living, FARTHEST)
        return row

    def _sample(self, field: np.ndarray, seen: _Seen, which: np.ndarray) -> np.ndarray:
        """A field (voxels,) at cells, trilinear between voxels, as `gputme.census.value_at` has it: float64."""
        x, y, z = (seen.column(name)[which].astype(np.float64) for name in POSITION)
        return sample(field, cloud(x, y, z, **self.grid), self.grid["nx"], self.grid["ny"], np.float64)

    def _shares(self, found: np.ndarray) -> dict[str, float]:
        """What the numbers by type and state say."""
        states, row = found[:, : len(State)], {}
        alive = states[:, list(LIVING)].sum(axis=1)
        if cells := int(states[self.tumour].sum()):
            row["necrotic share"] = float(states[self.tumour, State.NECROTIC].sum()) / cells
        if living := int(alive[self.tumour].sum()):
            if self.divides:
                row["Ki-67 share"] = float(states[self.tumour, State.PROLIFERATING].sum()) / living
            row |= {f"{state} share": float(alive[self.of[kind]].sum()) / living for state, kind in self.states}
        if self.of["M2"].any() and (fighting := int(alive[self.of["M1"]].sum())):
            row["M2:M1"] = float(alive[self.of["M2"]].sum()) / fighting
        return row

    def _region(self, seen: _Seen) -> np.ndarray:
        """The squares of the tumour."""
        squares, full = self.squares, np.zeros(self.squares.shape)
        for some in seen.those(self.tumour):
            full += region.filled(squares.at(seen.places(some)), seen.column("radius")[some], squares.shape)
        return region.closed(region.covered(full, squares.content) >= region.COVERED)

    def _regions(self, tissue: Tissue, seen: _Seen) -> dict[str, float]:
        """Sizes of the tumour, its core and margin, and what there is to a mm2 or mm3 of each."""
        inside, squares = self._region(seen), self.squares
        core, margin = region.bands(region.depth(inside, squares.sides, 2 * region.WIDTH))
        parts = {"tumour": inside, "core": core, "margin": margin}
        unit = squares.content * 1e-3 ** self.domain.dimensions
        size = {name: float(np.count_nonzero(part)) * unit for name, part in parts.items()}
        word = "area" if self.domain.dimensions == 2 else "volume"
        row = {f"{name} {word}": value for name, value in size.items()}
        parts = {name: part for name, part in parts.items() if size[name]}
        if self.of["CD8"].any():
            number = np.zeros(squares.shape, np.int64)
            for some in seen.living(self.of["CD8"]):
                number += squares.count(squares.at(seen.places(some)))
            row |= {f"CD8 {name}": float(number[part].sum()) / size[name] for name, part in parts.items()}
            if row.get("CD8 margin"):
                row["CD8 core:margin"] = row.get("CD8 core", 0.0) / row["CD8 margin"]
        if tissue.vessels is not None:
            row |= self._vessels(tissue, parts)
        return row

    def _vessels(self, tissue: Tissue, parts: dict[str, np.ndarray]) -> dict[str, float]:
        """How many vessels there are in core and margin, and the share of their length in which blood flows."""
        graph, row = tissue.vessels, {}
        xyz = graph.nodes.xyz - np.array(self.domain.centre)[:, None]
        a, b = (xyz[:, end] for end in graph.ends())
        perfused = graph.segments.perfused
        flowing, not_ = (length_in(self.squares, a, b, which) for which in (perfused, ~perfused))
        around = [parts[name] for name in ("core", "margin") if name in parts]
        for name in ("core", "margin"):
            if name in parts:
                row[f"MVD {name}"] = density(flowing + not_, parts[name], self.squares.content, self.thickness)
        long, fed = (sum(float(length[part].sum()) for part in around) for length in (flowing + not_, flowing))
        return row | ({"perfused share": fed / long} if long else {})


class _Seen:
    """Host columns of a tissue, each fetched once."""

    def __init__(self, tissue: Tissue, reader: Pathology):
        self._cells, self._host, self._axes = tissue.cells, tissue.kernels.host, len(reader.squares.sides)
        self._held: dict[str, np.ndarray] = {}
        self.kind = self.column("type")

    def column(self, name: str) -> np.ndarray:
        if name not in self._held:
            self._held[name] = self._host(getattr(self._cells, name)[: self._cells.n])
        return self._held[name]

    @property
    def attacking(self) -> np.ndarray | None:
        """Share of the last step in which each cell held another; None where none attacks."""
        return self.column("attacking") if "attacking" in self._cells.columns else None

    def those(self, types: np.ndarray) -> Iterator[np.ndarray]:
        """Places of the cells of some types (types,), bool, some at a time, so that what is made of them is small."""
        for start in range(0, self._cells.n, AT_ONCE):
            yield start + np.flatnonzero(types[self.kind[start : start + AT_ONCE]])

    def living(self, types: np.ndarray) -> Iterator[np.ndarray]:
        """The same of living cells."""
        death = self.column("death")
        return (some[death[some] == Death.ALIVE] for some in self.those(types))

    def places(self, which: np.ndarray) -> list[np.ndarray]:
        """x, y (and in 3D z) of some cells, um, relative to the domain's centre."""
        return [self.column(name)[which] for name in POSITION[: self._axes]]
