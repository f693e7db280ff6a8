"""Cells that are put into a running simulation or taken out of it by hand: checked, and part of the next checkpoint."""

from __future__ import annotations

from typing import Any

import numpy as np

from gputme.access import LARGEST
from gputme.errors import EditError
from gputme.live import Live
from gputme.model.dimensions import RANGES
from gputme.model.units import shortened
from gputme.naming import no_such
from gputme.solvers.fate import remove
from gputme.start import newcomers

__all__ = ["add", "take_out"]


def add(
    simulation: Live, type: str, places: tuple, volume: float | None, phase: int | str, custom: dict[str, Any]
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
    places = [_numbers(name, values) for name, values in zip("xyz", (x, y, z))]
    n = max((a.size for a in places if a.size != 1), default=1)
    xyz = np.stack([_for_each(name, values, n) for name, values in zip("xyz", places)], axis=1)
    if not ((xyz >= domain.lower) & (xyz <= domain.upper)).all():
        raise EditError(f"cells are added within the domain, from {domain.lower} to {domain.upper} um")
    phases = len(simulation.scenario.cell_types[kind].cycle.phases)
    whole = isinstance(phase, (int, np.integer)) and not isinstance(phase, bool)
    if not (whole and 0 <= phase < phases) and not (isinstance(phase, str) and phase == "random"):
        raise EditError(f"phase must be a number from 0 to {phases - 1} or 'random', not {phase!r}")
    if volume is not None:
        volume = float(_for_each("volume", _numbers("volume", volume), 1)[0])
        least, most = RANGES["volume"]
        if not least <= volume <= most:
            raise EditError(f"volume must lie between {least:g} and {most:g} um3, not {volume:g}")
    for name in custom:
        if name not in parameters.variables:
            raise no_such("custom variable", name, parameters.variables)
    tissue = simulation.tissue
    ids = np.arange(n, dtype=np.uint64) * np.uint64(tissue.cells.apart) + np.uint64(tissue.cells.next_id)
    given = {name: _for_each(name, _numbers(name, values), n) for name, values in custom.items()}
    for name, values in given.items():
        least, most = -LARGEST, LARGEST
        if name not in parameters.customs:
            law = parameters.laws[parameters.variables.index(name)][kind]
            if law is None:
                raise EditError(f"the cells of {type!r} do not vary in {name!r}")
            least, most = (bound if own is None else own for own, bound in ((law.min, least), (law.max, most)))
        if not ((values >= least) & (values <= most)).all():
            raise EditError(f"{name!r} must lie between {least:g} and {most:g}")
    columns, stacks = newcomers(parameters, ids, tissue.tick, xyz - domain.centre, kind, volume, phase, given)
    tissue.cells.append(columns, {name: values for name, values in stacks.items() if len(values)})
    tissue.cells.skip_to(int(ids[-1]) if n else 0)
    born = {"tick": np.full(n, tissue.tick), "type": np.full(n, kind, np.uint8)}
    tissue.cells.genealogy.note("births", cell=ids, parent=np.zeros_like(ids), **born)
    simulation.edits += 1
    return ids


def _numbers(name: str, values: Any) -> np.ndarray:
    """One number or several in one row, as doubles."""
    try:
        array = np.asarray(values)
    except ValueError:  # rows of different lengths
        array = np.zeros((), object)
    if array.dtype.kind not in "iuf" or array.ndim > 1:
        raise EditError(f"{name!r} takes one number, or one for each cell, not {shortened(repr(values))}")
    return np.atleast_1d(array.astype(np.float64))


def _for_each(name: str, values: np.ndarray, n: int) -> np.ndarray:
    if len(values) not in (1, n):
        raise EditError(f"{name!r} holds {len(values)} numbers, and {n} {'cell is' if n == 1 else 'cells are'} added")
    return np.broadcast_to(values, n)


def take_out(simulation: Live, which: Any) -> int:
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
    return remove(cells, kernels.array(gone, np.uint8), int(gone.sum())) if gone.any() else 0
