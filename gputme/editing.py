"""Cells that are put into a running simulation or taken out of it by hand: checked, and part of the next checkpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gputme.errors import EditError
from gputme.io.naming import no_such
from gputme.solvers.fate import remove
from gputme.start import newcomers

if TYPE_CHECKING:
    from gputme.engine import Simulation

__all__ = ["add", "take_out"]


def add(
    simulation: Simulation, type: str, places: tuple, volume: float | None, phase: int | str, custom: dict[str, Any]
) -> np.ndarray:
    """What `Simulation.add_cells` does."""
    parameters, domain = simulation.parameters, simulation.scenario.domain
    if type not in parameters.types:
        raise no_such("cell type", type, parameters.types)
    kind = parameters.types.index(type)
    x, y, z = places
    if domain.dimensions == 2 and z is not None:
        raise EditError("z is not given in two dimensions: all cells lie in one plane")
    if domain.dimensions == 3 and z is None:
        raise EditError("z is missing: the scenario has three dimensions")
    z = domain.centre[2] if z is None else z
    xyz = np.stack(np.broadcast_arrays(*(np.atleast_1d(np.asarray(a, np.float64)) for a in (x, y, z))), axis=1)
    if xyz.ndim != 2 or not np.isfinite(xyz).all() or (xyz < domain.lower).any() or (xyz > domain.upper).any():
        raise EditError(f"cells are added within the domain, from {domain.lower} to {domain.upper} um")
    phases = len(simulation.scenario.cell_types[kind].cycle.phases)
    if phase != "random" and not (isinstance(phase, int) and 0 <= phase < phases):
        raise EditError(f"phase must be a number from 0 to {phases - 1} or 'random', not {phase!r}")
    if volume is not None and not (np.isfinite(np.float32(volume)) and volume > 0):
        raise EditError(f"volume must be above 0 um3, not {volume!r}")
    for name in custom:
        if name not in parameters.customs:
            raise no_such("custom variable", name, parameters.customs)
    tissue = simulation.tissue
    ids = np.arange(tissue.cells.next_id, tissue.cells.next_id + len(xyz), dtype=np.uint64)
    given = {name: np.broadcast_to(np.asarray(v, np.float64), len(xyz)) for name, v in custom.items()}
    if not all(np.isfinite(values).all() for values in given.values()):
        raise EditError("custom variables must be finite")
    columns, stacks = newcomers(parameters, ids, tissue.tick, xyz - domain.centre, kind, volume, phase, given)
    tissue.cells.append(columns, {name: values for name, values in stacks.items() if len(values)})
    tissue.cells.next_id += len(ids)
    simulation.edits += 1
    return ids


def take_out(simulation: Simulation, which: Any) -> int:
    """What `Simulation.remove` does."""
    cells, kernels = simulation.tissue.cells, simulation.kernels
    which = np.asarray(which)
    if which.dtype == bool:
        if which.shape != (cells.n,):
            raise EditError(f"one boolean for each of the {cells.n} cells is needed, not shape {which.shape}")
        gone = which
    elif which.dtype.kind in "iu" or not which.size:
        ids = np.array(kernels.host(cells.id[: cells.n]))
        gone = np.isin(ids, which)
        if missing := set(which.ravel().tolist()) - set(ids.tolist()):
            raise EditError(f"there is no cell with the id {min(missing)}")
    else:
        raise EditError(f"cells are named by a boolean for each or by ids, not by {which.dtype}")
    simulation.edits += 1
    return remove(cells, kernels.array(gone.astype(np.uint8), np.uint8) != 0) if gone.any() else 0
