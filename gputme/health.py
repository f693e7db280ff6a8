"""Is the state of a simulation still possible? Asked after every step, so that the first bad one is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gputme.columns import POSITION

if TYPE_CHECKING:
    from gputme.engine import Simulation

__all__ = ["Fault", "first_fault"]

@dataclass(frozen=True)
class Fault:
    """What is wrong, and where."""

    what: str
    where: str

    def __str__(self) -> str:
        return f"{self.what} {self.where}"


def first_fault(simulation: Simulation) -> Fault | None:
    """The first impossible value, if any: a field or column that is not finite, or a cell outside the domain.

    Minimum and maximum of each array tell: NaN and infinity pass through both. That costs microseconds for
    thousands of cells, and works on device arrays without copying them.
    """
    tissue, domain = simulation.tissue, simulation.scenario.domain
    for name, field in zip(simulation.parameters.substrates, tissue.fields):
        if not _within(field, -np.inf, np.inf):
            return _bad_voxel(simulation, name, field)
    cells = tissue.cells
    if cells.n == 0:
        return None
    for name, values in _numbers(simulation):
        if not _within(values, -np.inf, np.inf):
            return _bad_cell(simulation, name, values, -np.inf, np.inf)
    for name, low, high in zip(POSITION, domain.centred.lower, domain.centred.upper):
        if not _within(getattr(cells, name)[: cells.n], low, high):
            return _bad_cell(simulation, name, getattr(cells, name)[: cells.n], low, high)
    return None


def _numbers(simulation: Simulation) -> Iterator[tuple[str, Any]]:
    """What must be finite in every cell: name and values, only of what the scenario uses."""
    cells, parameters = simulation.tissue.cells, simulation.parameters
    for name, column in cells.columns.items():
        if column.watched:
            yield name, getattr(cells, name)[: cells.n]
    for row, name in enumerate(parameters.customs):
        yield f"the custom variable {name!r}", cells.row("custom", row)[: cells.n]
    for row, s in enumerate(parameters.tracked):
        yield f"the internal amount of {parameters.substrates[s]!r}", cells.row("internal", row)[: cells.n]


def _within(array: Any, low: float, high: float) -> bool:
    smallest, largest = float(array.min()), float(array.max())
    return low <= smallest and largest <= high and np.isfinite(smallest) and np.isfinite(largest)


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
