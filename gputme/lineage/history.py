"""The ancestry of all cells of a run: who was born of whom, when, where, and until when each was there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gputme.columns import NEVER, TICKS
from gputme.errors import RequestError
from gputme.model import Scenario
from gputme.model.cell_type import TUMOUR
from gputme.state.ledger import Event

if TYPE_CHECKING:
    from gputme.io.frame import Frame
    from gputme.io.reader import Run

__all__ = ["BLOOD", "Lineage", "Site", "lineage", "tumour_of"]

BLOOD = "blood"
"""Where cells are that no tissue holds."""


class Site(NamedTuple):
    """The living cells of one place at the time that is looked at."""

    name: str
    cell: np.ndarray  # (n,) places in the lineage
    type: np.ndarray  # (n,)
    xyz: np.ndarray  # (n, 3) um
    radius: np.ndarray  # (n,) um


class Lineage:
    """All cells that a run has ever had, up to one of its frames, in the order of their ids.

    A mother keeps her id, so a cell is a line of descent: born once, of whom, and there until it is gone.
    """

    id: np.ndarray
    """(N,) uint64."""
    mother: np.ndarray
    """(N,) place of the mother; -1: a first cell, or one that came without."""
    birth: np.ndarray
    """(N,) tick; of first cells, which may have been born before, 0."""
    end: np.ndarray
    """(N,) tick at which it died, or was gone; `NEVER`: it is there."""
    type: np.ndarray
    """(N,) cell type at birth."""
    tissue: np.ndarray
    """(N,) number of the tissue in which it was born."""

    def __init__(self, run: Run, at: int = -1):
        if not len(run):
            raise RequestError(f"{run.path}: no frame was written yet")
        self.run = run
        self.place = range(len(run))[at]
        self.scenario: Scenario = _scenario(run)
        self.tick = run.entries[self.place].tick
        """Up to when: that of the frame."""
        self.tissues = self.scenario.body.names if self.scenario.body else ["primary"]
        """Names of the tissues, by number."""
        part = run[: self.place + 1]
        self.genealogy, self.ledger = part.genealogy, part.ledger
        self._births(run[0])
        self._ends(run[self.place])

    def __len__(self) -> int:
        return len(self.id)

    def __repr__(self) -> str:
        there = int((self.end > self.tick).sum())
        return f"<Lineage of {self.run.path}: {len(self)} cells in {self.tick / TICKS:g} min, {there} of them there>"

    def _births(self, first: Frame) -> None:
        there = [*_known(first, 0), *_in_blood(first)]  # a branch begins with organs that are awake
        for name, organ in first.organs.items():
            there += _known(organ, self.tissues.index(name))
        parts = [part for part in (*there, self.genealogy.get("births")) if part]
        self.id, row = np.unique(np.concatenate([part["cell"] for part in parts]), return_index=True)
        names = ("tick", "parent", "tissue", "type")
        columns = (np.concatenate([part[name] for part in parts])[row] for name in names)
        self.birth, parent, self.tissue, self.type = columns
        self.mother = self.find(parent)

    def _ends(self, last: Frame) -> None:
        self.end = np.full(len(self), NEVER)
        gone = self.genealogy.get("ends")
        if gone:
            self.end[self.find(gone["cell"])] = gone["tick"]
        for frame in (last, *last.organs.values()):
            dead = np.flatnonzero(np.asarray(frame.cells["death"]))
            selected = "phase_start" not in frame.cells
            died = np.full(len(frame.cells["id"]), self.tick) if selected else frame.cells["phase_start"]
            self.end[self._found(np.asarray(frame.cells["id"])[dead])] = np.asarray(died)[dead]
        if self.ledger:
            event, tissue = self.ledger["event"], self.ledger["tissue"]
            lost = (event == Event.DIED) | ((event == Event.CAME_OUT) & np.isin(tissue, self.tallies))
            self.end[self.find(self.ledger["cell"][lost])] = self.ledger["tick"][lost]

    @cached_property
    def tallies(self) -> list[int]:
        """Numbers of the organs that are no tissues."""
        organs = self.scenario.body.organs if self.scenario.body else ()
        return [k + 1 for k, organ in enumerate(organs) if organ.tally is not None]

    def find(self, ids: np.ndarray | Sequence[int]) -> np.ndarray:
        """Places of cells by their ids; -1 where there is no such cell."""
        ids = np.asarray(ids, np.uint64)
        place = np.searchsorted(self.id, ids)
        known = place < len(self)
        known[known] = self.id[place[known]] == ids[known]
        return np.where(known, place, -1)

    def _found(self, ids: np.ndarray) -> np.ndarray:
        """Places of cells that are there. Raises RequestError where one was never born."""
        place = self.find(ids)
        if (place < 0).any():
            why = "the run was made by an older version, which kept no genealogy"
            raise RequestError(f"{self.run.path}: cell {ids[place < 0][0]} was never born: {why}")
        return place

    def ancestors(self, id: int) -> list[int]:
        """Ids of a cell's mother, her mother, and so on. Raises RequestError for a cell that never was."""
        (place,) = self.find([id])
        if place < 0:
            raise RequestError(f"{self.run.path}: there was no cell {id} until {self.tick / TICKS:g} min")
        found = []
        while (place := self.mother[place]) >= 0:
            found.append(int(self.id[place]))
        return found

    def along(self, own: np.ndarray) -> np.ndarray:
        """Of each cell the value (N,) that it has itself, else that of the nearest ancestor who has one; -1 is none."""
        value, up = own.copy(), self.mother.copy()
        while True:
            open_ = np.flatnonzero((value < 0) & (up >= 0))
            if not len(open_):
                return value
            value[open_], up[open_] = value[up[open_]], up[up[open_]]

    @cached_property
    def founder(self) -> np.ndarray:
        """(N,) place of each cell's first ancestor."""
        return self.along(np.where(self.mother < 0, np.arange(len(self)), -1))

    @cached_property
    def tumour(self) -> np.ndarray:
        """(N,) whether a cell descends from a tumour cell."""
        return np.isin(self.type[self.founder], tumour_of(self.scenario))

    @cached_property
    def sites(self) -> list[Site]:
        """The tissues, then the blood, with the living cells that they hold at the time of the frame."""
        frame = self.run[self.place]
        found = []
        for k, name in enumerate(self.tissues):
            here = frame.organs.get(name) if k else frame
            found.append(self._site(name, here))
        if self.scenario.body:
            held = np.concatenate([site.cell for site in found])
            left = np.flatnonzero(self.end > self.tick)
            cell = np.setdiff1d(left, held)  # whoever is there and in no tissue
            found.append(Site(BLOOD, cell, self.type[cell], np.zeros((len(cell), 3)), np.zeros(len(cell))))
        return found

    def _site(self, name: str, frame: Frame | None) -> Site:
        if frame is None:
            return Site(name, np.zeros(0, np.int64), np.zeros(0, np.uint8), np.zeros((0, 3)), np.zeros(0))
        alive = np.flatnonzero(np.asarray(frame.cells["death"]) == 0)
        names = ("id", "type", "radius")
        id, kind, radius = (np.asarray(frame.cells[column])[alive] for column in names)
        return Site(name, self._found(id), kind, frame.position[alive].astype(np.float64), radius.astype(np.float64))


def _known(frame: Frame, tissue: int) -> list[dict[str, np.ndarray]]:
    """Births of the cells of a first frame, of which no more is known."""
    cell = np.asarray(frame.cells["id"])
    return [_born(cell, np.asarray(frame.cells["type"]), tissue)]


def _in_blood(frame: Frame) -> list[dict[str, np.ndarray]]:
    """The same of cells that were in the blood then."""
    carried = frame.state.get("circulating", {})
    return [_born(np.asarray(carried["id"], np.uint64), np.asarray(carried["type"]), 0)] if carried else []


def _born(cell: np.ndarray, kind: np.ndarray, tissue: int) -> dict[str, np.ndarray]:
    n = len(cell)
    none = {"tick": np.zeros(n, np.int64), "parent": np.zeros(n, np.uint64), "tissue": np.full(n, tissue, np.uint8)}
    return none | {"cell": cell, "type": kind}


def lineage(run: Run, at: int = -1) -> Lineage:
    """The ancestry of all cells of a run up to its frame ``at``. Raises RequestError where it has no frame."""
    return Lineage(run, at)


def tumour_of(scenario: Scenario) -> list[int]:
    """Numbers of the cell types whose lineages are of interest: those that may spread, else those that count as a
    tumour, else all."""
    names = [t.name for t in scenario.cell_types]
    if scenario.body:
        return [names.index(name) for name in scenario.body.tumour]
    counted = [k for k, t in enumerate(scenario.cell_types) if t.counts_as in TUMOUR]
    return counted or list(range(len(names)))


def _scenario(run: Run) -> Scenario:
    from gputme.folders import scenario_of

    return scenario_of(run)
