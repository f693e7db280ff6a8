"""Cells and fields of a running simulation, to read and to write: what `simulation.cells` and `.fields` are.

What is written goes into the columns that a checkpoint holds and nowhere else, so a run goes on from its frames as it
would have gone on by itself. Everything is checked before anything is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from gputme.attached import names_of
from gputme.columns import ATTACHED, COLUMNS, HEADING, PARTS, POSITION, TICKS, Death, absence
from gputme.errors import EditError
from gputme.live import Moment
from gputme.model.dimensions import RANGES
from gputme.naming import no_such
from gputme.start import growth, placed, radius_of
from gputme.voxels import FIBRE

__all__ = ["CellAccess", "FieldAccess"]

SIZES = ("volume", "radius")
LARGEST = RANGES["number"][1]  # of what has no dimension, as in a scenario


class CellAccess(Moment):
    """The cells of this moment by column: read-only host copies, one entry per cell.

    ``cells["x"] = values`` writes a column, ``cells.update({...})`` several that belong together. Columns that are
    declared so, custom variables and internal amounts can be written; the others are the engine's own.
    """

    what = "cell"

    def __iter__(self) -> Iterator[str]:
        yield from self.stored()
        yield "volume"

    def stored(self) -> Iterator[str]:
        """Names of what a checkpoint holds of each cell."""
        parameters = self._simulation.parameters
        yield from self._simulation.tissue.cells.saved
        yield from parameters.variables
        yield from (f"internal {parameters.substrates[s]}" for s in parameters.tracked)
        yield from names_of(self._simulation.tissue.cells.stacks["attached"])

    def writable(self) -> list[str]:
        """Columns that can be written, beside custom variables and internal amounts."""
        return [n for n, column in self._simulation.tissue.cells.columns.items() if column.writable] + ["volume"]

    def _copy(self, name: str) -> np.ndarray:
        if name == "volume":  # what can be written can be read
            return sum(self._copy(part).astype(np.float64) for part in PARTS)
        values = np.array(self._simulation.kernels.host(self._target(name)))
        return self._simulation.scenario.domain.outer("xyz".index(name), values) if name in POSITION else values

    def _target(self, name: str) -> Any:
        """One column where it lives, on the backend: (n,)."""
        simulation, cells = self._simulation, self._simulation.tissue.cells
        parameters = simulation.parameters
        if name in cells.columns and cells.columns[name].saved:
            return getattr(cells, name)[: cells.n]
        if name in parameters.variables:
            return cells.row("custom", parameters.variables.index(name))[: cells.n]
        tracked = [f"internal {parameters.substrates[s]}" for s in parameters.tracked]
        if name in tracked:
            return cells.row("internal", tracked.index(name))[: cells.n]
        attached = names_of(cells.stacks["attached"])
        if name in attached:
            return cells.row("attached", attached.index(name))[: cells.n]
        if why := absence(name):
            raise KeyError(f"the cells of this scenario have no {why}")
        raise no_such("column of cells", name, self)

    def __setitem__(self, name: str, values: Any) -> None:
        self.update({name: values})

    def update(self, columns: Mapping[str, Any]) -> None:
        """Write columns, each one value per cell or one for all. Raises EditError, and then has written nothing.

        Positions are checked against the domain. A new type starts as a newborn of that type, as a transition has it;
        a new phase starts now. ``volume`` (um3) and ``radius`` (um) scale all parts of the volume. ``mx, my, mz`` are
        written together and made a unit vector.
        """
        self._check_moment()
        made = {name: self._checked(name, values) for name, values in columns.items()}
        sizes = [name for name in made if name in ("volume", "radius", *PARTS)]
        if len(sizes) > 1 and not set(sizes) <= set(PARTS):
            raise EditError(f"{' and '.join(sizes)} say the same: write one of them")
        if made.keys() & set(HEADING):
            made |= self._heading(made)
        made |= self._type_and_phase(made)
        made |= self._volumes(made)
        made |= self._places(made)
        for name, values in made.items():
            target = self._target(name)
            target[...] = self._simulation.kernels.array(values, target.dtype)
        self._simulation.edits += 1

    def _checked(self, name: str, values: Any) -> np.ndarray:
        """Values for a column, one per cell, in its type and within its bounds."""
        simulation, cells = self._simulation, self._simulation.tissue.cells
        parameters = simulation.parameters
        own = name in parameters.variables or str(name).startswith("internal ")
        if (name in COLUMNS and not COLUMNS[name].writable) or str(name).startswith(ATTACHED.format("")):
            raise EditError(
                f"the column {name!r} is the engine's own and cannot be written; {', '.join(self.writable())} can, "
                "and custom variables"
            )
        kind = np.dtype(np.float64) if name in ("volume", *POSITION) else np.dtype(self._target(name).dtype)
        array = np.asarray(values)
        if name == "type" and array.dtype.kind in "UO":
            array = self._numbers(array)
        if array.dtype.kind not in "biuf" or array.shape not in ((), (1,), (cells.n,)):
            what = f"shape {array.shape}" if array.dtype.kind in "biuf" else f"type {array.dtype}"
            raise EditError(f"{name!r} takes one number, or one for each of the {cells.n} cells, not {what}")
        array = np.broadcast_to(array, cells.n)
        with np.errstate(over="ignore", invalid="ignore"):
            cast = array.astype(kind)
        if kind.kind == "f" and not np.isfinite(cast).all():
            raise EditError(f"{name!r} must be finite in {kind}, not {array[~np.isfinite(cast)][0]}")
        if kind.kind != "f" and not np.array_equal(cast, array):
            raise EditError(f"{name!r} must be whole numbers that fit {kind}, not {array[cast != array][0]}")
        low, high = self._bounds(name, own)
        bad = (cast < low) | (cast > high)
        if bad.any():
            least, most = (f"{float(np.broadcast_to(limit, bad.shape)[bad][0]):g}" for limit in (low, high))
            raise EditError(f"{name!r} must lie between {least} and {most}, not {cast[bad][0]:g}")
        return cast

    def _bounds(self, name: str, own: bool) -> tuple[Any, Any]:
        simulation = self._simulation
        scenario, domain = simulation.scenario, simulation.scenario.domain
        if name in POSITION:
            axis = "xyz".index(name)
            if name == "z" and domain.dimensions == 2:
                raise EditError("'z' cannot be written in two dimensions: all cells lie in one plane")
            return domain.lower[axis], domain.upper[axis]
        if name == "type":
            return 0, len(scenario.cell_types) - 1
        if name in SIZES:
            return RANGES["volume" if name == "volume" else "length"]
        if name.startswith("internal ") and own:
            return 0.0, RANGES["any"][1]
        if own:  # a variable: the bounds that each cell's own type states
            parameters, kinds = simulation.parameters, self._copy("type")
            row = parameters.variables.index(name)
            known = parameters.laws[row]
            if row >= len(parameters.customs):  # the others have their type's value
                for t in np.unique(kinds).tolist():
                    if known[t] is None:
                        kind = parameters.types[t]
                        raise EditError(f"{name!r} cannot be written: cells of {kind!r} do not vary in it")
            low = [-LARGEST if c is None or c.min is None else c.min for c in known]
            high = [LARGEST if c is None or c.max is None else c.max for c in known]
            return np.array(low)[kinds], np.array(high)[kinds]
        low, high = COLUMNS[name].bounds
        most = RANGES["volume"][1] if COLUMNS[name].unit == "um3" else LARGEST
        return max(low, -most), min(high, most)

    def _numbers(self, names: np.ndarray) -> np.ndarray:
        """Cell types by name as numbers."""
        types = self._simulation.parameters.types
        for name in np.unique(names.astype(str)):
            if name not in types:
                raise no_such("cell type", str(name), types)
        return np.array([types.index(str(name)) for name in names.ravel()]).reshape(names.shape)

    def _places(self, made: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Positions as the engine has them, where they are written; who stays where he is keeps his last bits."""
        found, moved = {}, np.zeros(self._simulation.tissue.cells.n, bool)
        for axis, name in enumerate(POSITION):
            if name in made:
                now = np.array(self._simulation.kernels.host(self._target(name)))
                there = self._simulation.scenario.domain.inner(axis, made[name])
                there = placed(self._simulation.parameters, axis, there).x
                found[name] = np.where(made[name] == self._copy(name), now, there)
                moved |= found[name] != now
        if found and self._simulation.tissue.cells.mechanics:  # forces have no past where a cell was put elsewhere
            found["started"] = np.where(moved, 0, self._copy("started"))
        return found

    def _heading(self, made: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        if not set(HEADING) <= made.keys():
            raise EditError("mx, my and mz are one direction: write the three of them in one update")
        length = np.sqrt(sum(made[m].astype(np.float64) ** 2 for m in HEADING))
        if not (length > 0).all() or (self._simulation.scenario.domain.dimensions == 2 and made["mz"].any()):
            raise EditError("(mx, my, mz) must be a direction: not 0, and within the plane in two dimensions")
        return {m: made[m] / length for m in HEADING}

    def _type_and_phase(self, made: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What follows where cells change type (newborns of it) or phase (entered now)."""
        if not made.keys() & {"type", "phase"}:
            return {}
        before = {name: self._copy(name) for name in ("type", "phase", "phase_start", "nuclear_target", "death")}
        kinds, phase = made.get("type", before["type"]), made.get("phase", before["phase"]).copy()
        turned = kinds != before["type"]
        if "phase" not in made:
            phase[turned] = 0
        entered = turned | (phase != before["phase"])
        if (entered & (before["death"] != Death.ALIVE)).any():
            raise EditError("type and phase of dead cells cannot be written: choose those with death == 0")
        target = before["nuclear_target"].astype(np.float64)
        for t, cell_type in enumerate(self._simulation.scenario.cell_types):
            mine, phases = entered & (kinds == t), cell_type.cycle.phases
            if (phase[mine] >= len(phases)).any():
                last = len(phases) - 1
                raise EditError(f"the phases of {cell_type.name!r} are 0 to {last}: there is no {phase[mine].max()}")
            v = cell_type.volume
            target[mine] = v.nuclear * (1 - v.fluid_fraction) * growth(cell_type)[0][phase[mine]]
        started = np.where(entered, self._tick, before["phase_start"])
        target = made.get("nuclear_target", target)
        return {"type": kinds, "phase": phase, "phase_start": started, "nuclear_target": target}

    def _volumes(self, made: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The parts of the volume and the radius, where one of them is written."""
        if not made.keys() & {"volume", "radius", *PARTS}:
            return {}
        parts = {name: made.get(name, self._copy(name)).astype(np.float64) for name in PARTS}
        total = sum(parts.values())
        if "volume" in made or "radius" in made:
            wanted = made.pop("volume") if "volume" in made else 4 / 3 * np.pi * made["radius"].astype(np.float64) ** 3
            parts = {name: part * wanted / total for name, part in parts.items()}
            total = wanted
        if not (total > 0).all():
            raise EditError("a cell needs a volume: fluid, nuclear and cytoplasmic cannot all be 0")
        return parts | {"radius": radius_of(total)}

    def __repr__(self) -> str:
        return f"<{self._simulation.tissue.cells.n} cells at {self._tick / TICKS:g} min: {', '.join(self)}>"


class FieldAccess(Moment):
    """The fields of this moment, substrates and the matrix, by name: read-only host copies (nz, ny, nx).

    ``fields["oxygen"] = values`` writes one: an array of that shape, or one number for all voxels.
    """

    what = "field"

    def __iter__(self) -> Iterator[str]:
        return iter((*self._simulation.parameters.substrates, *self._simulation.tissue.voxels.columns))

    def _array(self, name: str) -> Any:
        """The array on the backend."""
        names, tissue = self._simulation.parameters.substrates, self._simulation.tissue
        if name not in (known := list(self)):
            raise no_such("field", name, known)
        return tissue.fields[names.index(name)] if name in names else tissue.voxels.array(name)

    def _bounds(self, name: str) -> tuple[float, float]:
        """Between which values a field may be written."""
        column = self._simulation.tissue.voxels.columns.get(name)
        if column is not None and not column.writable:
            why = "is one part of a direction, and cannot be written alone" if column.at in FIBRE else "follows others"
            raise EditError(f"the field {name!r} {why}")
        return column.bounds if column else (0.0, RANGES["concentration"][1])

    def _copy(self, name: str) -> np.ndarray:
        return self._simulation.tissue.volume(self._array(name))

    def __setitem__(self, name: str, values: Any) -> None:
        target = self._array(name)
        least, most = self._bounds(name)
        self._check_moment()
        tissue = self._simulation.tissue
        array = np.asarray(values)
        if array.dtype.kind not in "biuf" or array.shape not in ((), (1,), tissue.shape):
            what = f"shape {array.shape}" if array.dtype.kind in "biuf" else f"type {array.dtype}"
            shape = f"(nz, ny, nx) = {tissue.shape}"
            raise EditError(f"the field {name!r} takes one number, or an array of {shape}, not {what}")
        with np.errstate(over="ignore"):
            cast = np.array(np.broadcast_to(array, tissue.shape), dtype=target.dtype)
        if (bad := ~((cast >= least) & (cast <= most))).any():
            raise EditError(f"the field {name!r} must lie between {least:g} and {most:g}, not {cast[bad][0]:g}")
        target[...] = self._simulation.kernels.array(cast.ravel(), target.dtype)
        self._simulation.edits += 1

    def __repr__(self) -> str:
        shape = self._simulation.tissue.shape
        return f"<fields (nz, ny, nx) = {shape} at {self._tick / TICKS:g} min: {', '.join(self)}>"
