"""A simulation: one scenario on one backend, run step by step or to a time, watched, saved and continued."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from gputme import backends, checkpoint
from gputme.access import CellAccess, FieldAccess
from gputme.attached import pairs_of
from gputme.cascade.body import Body
from gputme.cascade.spreading import Spreading
from gputme.census import Census
from gputme.columns import COLUMNS, TICKS, mechanism_of
from gputme.editing import add, take_out
from gputme.errors import EditError, NoWayOn, RunError
from gputme.framing import described, framed
from gputme.io.frame import Column, Frame
from gputme.io.tables import CellTable, FieldVolume, VesselTable
from gputme.live import Live
from gputme.memory import give_back
from gputme.model import Scenario, load
from gputme.model.units import parse
from gputme.naming import Named
from gputme.notebook import row
from gputme.notices import Notices
from gputme.pathology.readout import Pathology
from gputme.reckoning import row_of
from gputme.solvers.counting import Counting
from gputme.start import first_tissue
from gputme.state.genealogy import Tables, joined
from gputme.step import Stepper
from gputme.voxels import LASTING

__all__ = ["Simulation", "kernels_for"]


def kernels_for(
    scenario: Scenario, backend: str = "auto", notify: Callable[[str], None] = lambda text: None
) -> backends.Kernels:
    """The kernel table that a scenario asks for, or that of the named backend. Raises BackendError."""
    wanted = scenario.numerics.backend if backend == "auto" else backend
    threads = None if scenario.numerics.threads == "auto" else scenario.numerics.threads
    return backends.create(wanted, scenario.precision, threads, notify)


@dataclass
class _Observer:
    call: Callable[[Simulation], Any]
    every: int  # ticks


class Simulation(Live):
    """A running scenario.

    >>> simulation = Simulation("hypoxic-tumour", seed=3)      # doctest: +SKIP
    >>> simulation.run("2 d")                                  # doctest: +SKIP
    >>> simulation.cells["x"], simulation.fields["oxygen"]     # doctest: +SKIP
    """

    def __init__(
        self,
        scenario: Scenario | str | Path,
        *,
        backend: str | backends.Kernels = "auto",
        seed: int | None = None,
        notify: Callable[[str], None] = lambda text: None,
    ):
        """``scenario``: a description, a packaged name or a path. ``backend``: its name or a kernel table.

        Raises ScenarioError for a scenario that cannot be used, BackendError for a backend that cannot.
        """
        if not isinstance(scenario, Scenario):
            scenario = load(scenario)
        if seed is not None:
            scenario = scenario.with_("seed", seed)
        if isinstance(backend, str):
            backend = kernels_for(scenario, backend, notify)
        super().__init__(scenario, backend)
        give_back()  # placing cells takes more than they do
        self.census = Census(self.parameters)
        self.counting = Counting(self.parameters, backend, self.census)
        self.pathology = Pathology(self.parameters, self.census)
        self.notices = Notices(notify)  # what solvers have said, each thing once
        for text in (*scenario.warnings, *self._missing()):
            self.notices.once(text, text)
        self.stepper = Stepper(self.parameters, backend, self.notices)
        made = Spreading if scenario.lattice else Body
        self.body = made(self, self._organ) if scenario.body else None
        self._observers: list[_Observer] = []
        self._watched = False  # while observers are called
        self._organ_of = ""  # the body that makes its steps

    def _missing(self) -> Iterator[str]:
        """A sentence for each column that frames are to hold and no cell has."""
        for name in self.scenario.output.columns if self.scenario.output.columns != "all" else ():
            if name in COLUMNS and name not in self.tissue.cells.columns:
                yield f"output.columns: {name!r} is left out: it is there where {mechanism_of(name).where}"

    def _organ(self, name: str) -> Simulation:
        """An organ of its body that is a tissue, as it is at time 0."""
        organ = Simulation(self.scenario.organs[name], backend=self.kernels, notify=self.notices.tell)
        organ._organ_of = self.scenario.name
        return organ

    def _refuse_alone(self, what: str) -> None:
        if self._organ_of:
            raise EditError(f"this is an organ of {self._organ_of!r}, which makes its steps: {what} there, not here")

    def __repr__(self) -> str:
        name, cells = self.scenario.name, self.tissue.cells.n
        return f"<Simulation of {name} at {self.time:g} min: {cells} cells, backend {self.kernels.backend.name}>"

    def _repr_html_(self) -> str:
        lines = "".join(row((name, f"{value:g}")) for name, value in self.summary().items())
        return f"<p>{escape(repr(self))}</p><table>{lines}</table>"

    # ------------------------------------------------------------------------------------------- running

    def step(self) -> None:
        """One base step (``scenario.time.step``); observers that are due are called after it."""
        if self._watched:
            raise EditError("an observer is called within a step and cannot make another")
        self._refuse_alone("step")
        if not self.tissue.tick:
            self.pathology.begin(self.tissue)
        self.body.step() if self.body else self.stepper.step(self.tissue)
        self._watched = True
        try:
            for observer in self._observers:
                if self.tissue.tick % observer.every == 0:
                    observer.call(self)
        finally:
            self._watched = False

    def run(self, until: float | str | None = None) -> Simulation:
        """Step until the given time (minutes, or text such as "2 d"), by default the scenario's end."""
        end = self.ticks(until)
        while self.tissue.tick < end:
            self.step()
        return self

    def ticks(self, until: float | str | None = None) -> int:
        """A time as ticks, rounded up to a whole base step; the scenario's end unless given."""
        minutes = self.scenario.time.end if until is None else float(parse(until, "time"))
        step = self.scenario.time.step_ticks
        return -(-round(minutes * TICKS) // step) * step

    def observe(self, call: Callable[[Simulation], Any], every: float | str) -> None:
        """Call ``call(simulation)`` after each step that ends at a multiple of ``every``.

        It may read everything, and write through ``cells``, ``fields``, `add_cells` and `remove`: what it writes is
        part of the next frame. A run that is continued needs the same observers again.
        """
        if not callable(call):
            raise EditError(f"an observer is called with the simulation, and {call!r} cannot be called")
        self._refuse_alone("observe")
        ticks = self.ticks(every)
        if ticks <= 0:
            raise EditError(f"observers are called every so often: a time above 0, not {every!r}")
        self._observers.append(_Observer(call, ticks))

    # ------------------------------------------------------------------------------------------- reading

    @property
    def cells(self) -> CellAccess:
        """The cells of this moment, by column: ``cells["x"]`` is a read-only copy, ``cells["x"] = ...`` writes."""
        return CellAccess(self)

    @property
    def fields(self) -> FieldAccess:
        """The fields of this moment, (nz, ny, nx) each: read-only copies; ``fields["oxygen"] = ...`` writes."""
        return FieldAccess(self)

    @property
    def bonds(self) -> np.ndarray:
        """The ids of the cells that are attached to each other, each pair once, the smaller first: (pairs, 2)."""
        return pairs_of(self.cells)

    @property
    def organs(self) -> dict[str, Simulation]:
        """The organs of its body that are awake, by name: with `cells`, `fields` and all that is read of a tissue."""
        awake = self.body.sites if self.body else ()
        return {name: awake[name] for name in self.scenario.organs if name in awake}

    @property
    def ledger(self) -> dict[str, np.ndarray]:
        """Who entered vessels and what became of it, one entry per cell and event, since the simulation was made or
        restored: columns of `gputme.state.ledger.LEDGER`; empty without `[body]`. `Run.ledger` has those of a run."""
        return self.body.blood.ledger.columns() if self.body else {}

    @property
    def genealogy(self) -> Tables:
        """Who was born of whom, who is gone and which mutations arose, in all tissues, since the simulation was made,
        restored, or a run took these rows over: tables of `gputme.state.genealogy.GENEALOGY`, without those that have
        no rows. `Run.genealogy` has those of a run, with the first cells."""
        return joined([one.tissue.cells.genealogy.tables() for one in (self, *self.organs.values())])

    def forget_genealogy(self) -> None:
        """Let go of the rows of its genealogy: they are in a frame."""
        for one in (self, *self.organs.values()):
            one.tissue.cells.genealogy.forget()

    def table(self) -> CellTable:
        """The cells of this moment as a table: ``.to_pandas()``, ``.to_polars()``, ``.to_parquet(path)``."""
        return CellTable(self.frame(0))

    def vessels(self) -> VesselTable:
        """The vessels of this moment as a table, one row per segment: ``.to_pandas()``, ``.to_polars()``."""
        return VesselTable(self.frame(0))

    def volume(self) -> FieldVolume:
        """The fields of this moment as a labelled array: ``.to_xarray()``."""
        return FieldVolume(self.frame(0))

    def summary(self) -> dict[str, float]:
        """One row of the time series: cells by state and type, what has happened, sizes, means of the fields.

        docs/file-format.md defines each entry; those of what is not there (sizes without cells) are left out.
        """
        row = row_of(self, self.counting, self.pathology)
        for name, organ in self.organs.items():
            row |= {f"{name}: {word}": value for word, value in organ.summary().items() if word != "time"}
        return Named("entry of the summary", row | self.body.row() if self.body else row)

    def living(self) -> dict[str, int]:
        """Living cells by type."""
        return self.census.living(self.counting.found(self.tissue.cells))

    # ------------------------------------------------------------------------------------------- writing

    def add_cells(
        self, type: str, x: Any, y: Any, z: Any = None, *, volume: float | None = None, phase: int | str = 0,
        **custom: Any,
    ) -> np.ndarray:  # fmt: skip
        """Add cells of one type at the given places (um), as founders are; returns their ids.

        ``volume``: um3, the type's own unless given; ``phase``: its number or "random"; ``custom``: variables, one
        value or one per cell. Raises EditError, and then has added nothing.
        """
        return add(self, type, (x, y, z), volume, phase, custom)

    def remove(self, which: Any) -> int:
        """Take cells out: a boolean per cell, or ids. Returns how many. It is no event, and not counted as one."""
        gone = take_out(self, which)
        self.stepper.mechanics.bonds.mend(self.tissue.cells)
        return gone

    # --------------------------------------------------------------------------------- saving, continuing

    def frame(self, index: int, complete: bool = True) -> Frame:
        """What is written at one time; ``complete``: everything, so that a run continues from it bit for bit."""
        organs = {name: organ.frame(index, complete) for name, organ in self.organs.items()}
        told = {"ledger": self.ledger, "genealogy": {} if self._organ_of else self.genealogy}
        return framed(self, index, complete, self._state() if complete else {}, organs, told)

    def _state(self) -> dict[str, Any]:
        """What a checkpoint holds beside columns and fields."""
        state = checkpoint.state_of(self.tissue, self.parameters) | self.pathology.state(self.tissue)
        return state | self.body.blood.state() if self.body else state

    def describe(self) -> dict[str, Column]:
        """Unit and meaning of every column and field."""
        return described(self)

    def restore(self, frame: Frame) -> Simulation:
        """Continue from a complete frame of a run of the same scenario.

        Raises RunError where the frame is not complete or belongs to another model or precision.
        """
        if not frame.complete:
            raise RunError(f"frame {frame.index} holds not everything that a run continues from: choose a complete one")
        if missing := {"id", "x", "y", "z", "type", "radius"} - set(frame.cells):
            raise RunError(f"frame {frame.index} lacks the columns {', '.join(sorted(missing))}: choose another frame")
        if frame.types != tuple(self.parameters.types):
            raise RunError(f"frame {frame.index} belongs to another model: its cell types differ")
        self._keep([name for name in LASTING if name in frame.fields])
        if others := checkpoint.unlike(frame, self.parameters, self.tissue):
            raise RunError(f"frame {frame.index} belongs to another model: its fields differ in {', '.join(others)}")
        if frame.cells["radius"].dtype != self.kernels.real:
            raise RunError(
                f"frame {frame.index} was computed in {frame.cells['radius'].dtype}, "
                f"this run in {np.dtype(self.kernels.real)}: "
                "set numerics.precision to match"
            )
        if others := frame.organs.keys() - self.scenario.organs.keys():
            raise RunError(f"frame {frame.index} has an organ {min(others)!r}, and the scenario none of this name")
        if self.body and (fault := self.body.fault_of(frame.state, frame.tick)):
            raise NoWayOn(f"frame {frame.index}: {fault}")
        first, organs = self.pathology.found_in(frame), frame.organs.items()
        awake = {name: self._organ(name).restore(of) for name, of in organs}
        checkpoint.load(self.tissue, self.parameters, frame)
        self.tissue.cells.genealogy.forget()
        self.pathology.restore(first)
        if self.body:
            self.body.load(frame.state, awake)
        self.edits += 1
        return self

    def _keep(self, fields: list[str]) -> None:
        """Have these fields of the matrix, also where nobody in the scenario makes them any more."""
        if not set(fields) <= set(self.tissue.voxels.columns):
            self.parameters.kept = frozenset(fields)
            self.tissue = first_tissue(self.parameters, self.kernels)
            self.stepper = Stepper(self.parameters, self.kernels, self.notices)
