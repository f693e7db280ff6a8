"""Is the state of a simulation still possible? Asked after every step, so that the first bad one is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from gputme.backends import Ready
from gputme.columns import POSITION

if TYPE_CHECKING:
    from gputme.engine import Simulation

__all__ = ["Fault", "Health", "first_fault"]


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where."""

    what: str
    where: str

    def __str__(self) -> str:
        return f"{self.what} {self.where}"


class Health:
    """Looks at every field and every cell of a simulation: launches that count what is impossible, and one number that
    is read. Only where it is not 0 are columns and fields looked through, to say which value it is."""

    def __init__(self, simulation: Simulation):
        self.simulation = simulation
        k = simulation.kernels
        self._bad = k.zeros(1, np.int64)
        self._fields, self._cells = k.inspect.ready(bad=self._bad), k.inspect.ready(bad=self._bad)
        self._looked_at: dict[Ready, tuple[int, ...]] = {}  # the arrays, by their ids: nobody is kept from growing
        self._organs: dict[str, Health] = {}

    def first_fault(self) -> Fault | None:
        """The first impossible value, if any: a field or column that is not finite, or a cell outside the domain; of
        the simulation itself, or of an organ of its body."""
        if fault := self._own_fault():
            return fault
        for name, organ in self.simulation.organs.items():
            if name not in self._organs:
                self._organs[name] = Health(organ)
            if fault := self._organs[name].first_fault():
                return Fault(fault.what, f"{fault.where} of {name}")
        return None

    def _own_fault(self) -> Fault | None:
        tissue = self.simulation.tissue
        self._bad[...] = 0
        if fields := [*tissue.fields, *(tissue.voxels.array(name) for name in tissue.voxels.columns)]:
            self._inspect(self._fields, fields[0].size, fields, lambda: [(f, -np.inf, np.inf) for f in fields])
        if n := tissue.cells.n:
            some = (tissue.cells.x, tissue.cells.radius)  # all grow together
            self._inspect(self._cells, n, some, lambda: [entry[1:] for entry in _columns(self.simulation)])
        return _first(self.simulation) if self.simulation.kernels.host(self._bad)[0] else None

    def _inspect(self, launch: Ready, n: int, some: Sequence[Any], entries: Callable[[], list[tuple]]) -> None:
        """Launch over entries (array, least, most), looked up anew where others stand in the place of some."""
        k, seen = self.simulation.kernels, tuple(map(id, some))
        if launch.held.prepared and self._looked_at.get(launch) == seen:
            launch(n=n)
            return
        self._looked_at[launch] = seen
        column, low, high = map(list, zip(*entries()))
        most = float(np.finfo(k.real).max)
        low, high = (k.array(np.clip(limits, -most, most), np.float64) for limits in (low, high))
        launch(n=n, columns=len(column), column=column, low=low, high=high)


def first_fault(simulation: Simulation) -> Fault | None:
    """What `Health.first_fault` finds."""
    return Health(simulation).first_fault()


def _first(simulation: Simulation) -> Fault | None:
    """The fault in words."""
    names = simulation.parameters.substrates, simulation.tissue.voxels.columns
    arrays = simulation.tissue.fields, map(simulation.tissue.voxels.array, simulation.tissue.voxels.columns)
    for name, field in zip(chain(*names), chain(*arrays)):
        if not np.isfinite(simulation.kernels.host(field)).all():
            return _bad_voxel(simulation, name, field)
    n = simulation.tissue.cells.n
    for name, column, low, high in _columns(simulation):
        values = simulation.kernels.host(column)[:n]
        if not (np.isfinite(values) & (values >= low) & (values <= high)).all():
            return _bad_cell(simulation, name, values, low, high)
    return None


def _columns(simulation: Simulation) -> Iterator[tuple[str, Any, float, float]]:
    """What is looked at of a cell: name, the whole array, and between what its values lie."""
    for name, values in _numbers(simulation):
        yield name, values, -np.inf, np.inf
    domain = simulation.scenario.domain
    for name, low, high in zip(POSITION, domain.centred.lower, domain.centred.upper):
        yield name, getattr(simulation.tissue.cells, name), low, high


def _numbers(simulation: Simulation) -> Iterator[tuple[str, Any]]:
    """What must be finite in every cell: name and values, only of what the scenario uses."""
    cells, parameters = simulation.tissue.cells, simulation.parameters
    for name, column in cells.columns.items():
        if column.watched:
            yield name, getattr(cells, name)
    for row, name in enumerate(parameters.variables):
        yield f"the custom variable {name!r}", cells.row("custom", row)
    for row, s in enumerate(parameters.tracked):
        yield f"the internal amount of {parameters.substrates[s]!r}", cells.row("internal", row)


def _bad_voxel(simulation: Simulation, name: str, field: Any) -> Fault:
    domain, values = simulation.scenario.domain, np.array(simulation.kernels.host(field))
    bad = np.flatnonzero(~np.isfinite(values))
    k, j, i = np.unravel_index(bad[0], domain.shape)
    at = ", ".join(f"{low + (n + 0.5) * h:g}" for low, n, h in zip(domain.lower, (i, j, k), domain.spacing))
    more = f" (and {len(bad) - 1} more voxels)" if len(bad) > 1 else ""
    return Fault(f"the substrate {name!r} is {values[bad[0]]}", f"in the voxel at ({at}) um{more}")


def _bad_cell(simulation: Simulation, name: str, array: Any, low: float, high: float) -> Fault:
    cells, host = simulation.tissue.cells, simulation.kernels.host
    domain, values = simulation.scenario.domain, np.array(host(array))
    bad = np.flatnonzero(~(np.isfinite(values) & (values >= low) & (values <= high)))
    who = int(host(cells.id[: cells.n])[bad[0]])
    place = [np.array(host(getattr(cells, axis)[bad[0] : bad[0] + 1]), np.float64) for axis in POSITION]
    place = [float(inner[0]) + middle for inner, middle in zip(place, domain.centre)]
    at = ", ".join(f"{value:g}" for value in place)
    more = f" (and {len(bad) - 1} more cells)" if len(bad) > 1 else ""
    value = place[POSITION.index(name)] if name in POSITION else values[bad[0]]
    what = (
        f"{name} is {value}" if not np.isfinite(value) else f"{name} = {value:g} um lies outside the domain"
    )
    return Fault(what, f"in cell {who} at ({at}) um{more}")
