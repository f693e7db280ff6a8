"""A simulation: one scenario on one backend, run step by step or to a time, watched, saved and continued."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gputme import backends
from gputme.columns import COLUMNS, TICKS
from gputme.errors import RunError
from gputme.io.frame import Column, Frame
from gputme.io.tables import CellTable, FieldVolume
from gputme.memory import give_back
from gputme.model import Scenario, load
from gputme.model.units import parse
from gputme.notices import Notices
from gputme.parameters import Parameters
from gputme.start import first_tissue
from gputme.step import Stepper

__all__ = ["Simulation"]


@dataclass
class _Observer:
    call: Callable[[Simulation], Any]
    every: int  # ticks


class Simulation:
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
            wanted = scenario.numerics.backend if backend == "auto" else backend
            threads = None if scenario.numerics.threads == "auto" else scenario.numerics.threads
            backend = backends.create(wanted, scenario.precision, threads, notify)
        self.scenario = scenario
        self.kernels = backend
        self.parameters = Parameters(scenario)
        self.tissue = first_tissue(self.parameters, backend)
        give_back()  # placing cells takes more than they do
        self.notices = Notices(notify)  # what solvers have said, each thing once
        self.stepper = Stepper(self.parameters, backend, self.notices)
        self._observers: list[_Observer] = []

    # ------------------------------------------------------------------------------------------- running

    @property
    def time(self) -> float:
        """Simulated minutes since the start."""
        return self.tissue.time

    def step(self) -> None:
        """One base step (``scenario.time.step``); observers that are due are called after it."""
        self.stepper.step(self.tissue)
        for observer in self._observers:
            if self.tissue.tick % observer.every == 0:
                observer.call(self)

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
        """Call ``call(simulation)`` after each step that ends at a multiple of ``every``."""
        self._observers.append(_Observer(call, self.ticks(every)))

    # ------------------------------------------------------------------------------------------- reading

    @property
    def cells(self) -> dict[str, np.ndarray]:
        """Private host copies of all columns and custom variables, one entry per cell."""
        cells = self.tissue.cells
        columns = cells.to_host()
        for c, name in enumerate(self.parameters.customs):
            columns[name] = np.array(self.kernels.host(cells.row("custom", c)[: cells.n]))
        for row, s in enumerate(self.parameters.tracked):
            columns[f"internal {self.parameters.substrates[s]}"] = np.array(
                self.kernels.host(cells.row("internal", row)[: cells.n])
            )
        return columns

    @property
    def fields(self) -> dict[str, np.ndarray]:
        """Private host copies of the fields, (nz, ny, nx) each."""
        return {name: self.tissue.field(s) for s, name in enumerate(self.parameters.substrates)}

    def table(self) -> CellTable:
        """The cells of this moment as a table: ``.to_pandas()``, ``.to_polars()``, ``.to_parquet(path)``."""
        return CellTable(self.frame(0))

    def volume(self) -> FieldVolume:
        """The fields of this moment as a labelled array: ``.to_xarray()``."""
        return FieldVolume(self.frame(0))

    def summary(self) -> dict[str, float]:
        """One row of the time series: time, cells by type and state, what has happened, means of the fields."""
        cells = self.tissue.cells
        death = self.kernels.host(cells.death[: cells.n])
        kinds = self.kernels.host(cells.type[: cells.n])
        row: dict[str, float] = {"time": self.time, "cells": cells.n}
        row["alive"] = int(np.count_nonzero(death == 0))
        row["apoptotic"] = int(np.count_nonzero(death == 1))
        row["necrotic"] = int(np.count_nonzero(death >= 2))
        for t, name in enumerate(self.parameters.types):
            row[f"cells {name}"] = int(np.count_nonzero(kinds == t))
        row |= {name: float(value) for name, value in self.tissue.counts.items()}
        if cells.n:
            volume = sum(self.kernels.host(getattr(cells, c)[: cells.n]).astype(np.float64) for c in VOLUMES)
            row["volume"] = float(volume.sum())
            row["extent"] = self._extent()
        for s, name in enumerate(self.parameters.substrates):
            row[f"mean {name}"] = float(self.kernels.host(self.tissue.fields[s]).astype(np.float64).mean())
        return row

    def _extent(self) -> float:
        """Radius of the cells' cloud: root of the mean squared distance from its centre, scaled to a full ball."""
        cells, flat = self.tissue.cells, self.scenario.domain.dimensions == 2
        axes = [self.kernels.host(getattr(cells, a)[: cells.n]).astype(np.float64) for a in "xyz"]
        spread = sum(((a - a.mean()) ** 2).mean() for a in axes)
        return float(np.sqrt(spread * (2 if flat else 5 / 3)))

    # --------------------------------------------------------------------------------- saving, continuing

    def frame(self, index: int, complete: bool = True) -> Frame:
        """What is written at one time; ``complete``: everything, so that a run continues from it bit for bit."""
        domain, output = self.scenario.domain, self.scenario.output
        columns, fields = self.cells, self.fields
        if not complete:
            columns = _chosen(columns, output.columns, ("id", "x", "y", "z", "type", "radius", "death"))
            fields = _chosen(fields, output.fields, ())
        return Frame(
            index=index, tick=self.tissue.tick, cells=columns, fields=fields,
            state=self.tissue.state() if complete else {}, complete=complete, spacing=domain.spacing,
            origin=domain.lower, types=tuple(self.parameters.types),
            columns={name: column for name, column in self.describe().items() if name in columns or name in fields},
        )  # fmt: skip

    def describe(self) -> dict[str, Column]:
        """Unit and meaning of every column and field."""
        found = {c.name: Column(c.name, c.unit, c.meaning) for c in COLUMNS.values()}
        for t in self.scenario.cell_types:
            for name, custom in t.custom.items():
                found[name] = Column(name, custom.unit, f"custom variable of {t.name}")
        for s in self.scenario.substrates:
            found[f"internal {s.name}"] = Column(f"internal {s.name}", f"{s.unit or '1'} um3", "amount in the cell")
            found[s.name] = Column(s.name, s.unit, "value in the voxel")
        return found

    def restore(self, frame: Frame) -> Simulation:
        """Continue from a complete frame of a run of the same scenario.

        Raises RunError where the frame is not complete or belongs to another model or precision.
        """
        if not frame.complete:
            raise RunError(f"frame {frame.index} holds not everything that a run continues from: choose a complete one")
        if frame.types != tuple(self.parameters.types) or set(frame.fields) != set(self.parameters.substrates):
            raise RunError(f"frame {frame.index} belongs to another model: its cell types or substrates differ")
        if frame.cells["x"].dtype != self.kernels.real:
            raise RunError(
                f"frame {frame.index} was computed in {frame.cells['x'].dtype}, "
                f"this run in {np.dtype(self.kernels.real)}: "
                "set numerics.precision to match"
            )
        columns = {name: np.asarray(frame.cells[name]) for name in COLUMNS}
        self.tissue.load(columns, [np.asarray(frame.fields[n]) for n in self.parameters.substrates], dict(frame.state))
        return self


VOLUMES = ("fluid", "nuclear", "cytoplasmic")


def _chosen(entries: dict, wanted: str | Iterable[str], always: Iterable[str]) -> dict:
    if wanted == "all":
        return entries
    return {name: value for name, value in entries.items() if name in set(wanted) | set(always)}
