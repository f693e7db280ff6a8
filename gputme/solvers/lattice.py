"""Cells of one tissue that live on a lattice: steps of the lattice within a base step. Laws: `docs/franssen.md`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from gputme.columns import Division
from gputme.errors import RunError
from gputme.lattice import sites_of
from gputme.ops.lattice._points import beside, offsets
from gputme.parameters import Parameters
from gputme.state import Tissue

__all__ = ["Clock", "Group", "Lattice"]


class Clock(NamedTuple):
    """Steps of the lattice, counted from time 0, and ticks."""

    ticks: int
    """Of a base step."""
    steps: int
    """Of the lattice in it."""

    def tick(self, step: int) -> int:
        """When a step begins, rounded down to a whole tick. What happens in a step happens when it ends."""
        return step * self.ticks // self.steps

    def step(self, tick: int) -> int:
        """The step that begins at a tick, or first after it."""
        return -(-tick * self.steps // self.ticks)


class Group(NamedTuple):
    """Cells that have entered a vessel together."""

    step: int
    """In which."""
    rows: np.ndarray
    """Where they are among the cells, by id; they are still there."""


class Lattice:
    """Steps the cells, MMP-2 and matrix of one tissue. What a step depends on is in the tissue: where cells lie says on
    which places they are."""

    def __init__(self, parameters: Parameters, kernels: Any):
        scenario, k = parameters.scenario, kernels
        given, self.parameters, self.kernels = scenario.lattice, parameters, kernels
        self.given, self.sites = given, sites_of(scenario)
        self.clock = Clock(scenario.time.step_ticks, given.steps(scenario.time.step))
        self.due = [given.steps(kind.doubling) for kind in given.kinds]
        names, step, h2 = parameters.substrates, given.step, self.sites.spacing**2
        self.enzyme, self.matrix = names.index(given.enzyme), names.index(given.matrix)
        shape = dict(nx=self.sites.nx, ny=self.sites.ny)
        spread, points = given.diffusion * step / h2, self.sites.nx * self.sites.ny
        self.takes = scenario.body is not None
        self.bring: Callable[[int], bool] = lambda step: False
        """Its body's: bring whom vessels let out at the beginning of a step; whether there were any."""
        self.take: Callable[[list[Group]], None] = lambda groups: None
        """Its body's: take out who has entered vessels."""
        side, _ = offsets(given.capacity)
        self.who = k.zeros(points * given.capacity, np.int32)
        self.makers, self.opens = k.zeros(points, np.int32), k.zeros(points, np.uint8)
        self.spare, self.groups = k.zeros(points), k.zeros(1, np.int64)
        self.place = self.group = k.zeros(0, np.int32)
        self.way, self.turn = k.zeros(0, np.uint8), k.zeros(0, np.uint64)
        self._dissolve = k.dissolve.ready(
            **shape, spread=spread, stays=1 - 4 * spread - given.decay * step, made=given.making * step,
            contact=given.contact * step, cut=given.degradation * step,
        )  # fmt: skip
        per = [(kind.diffusion * step / h2, kind.haptotaxis * step / h2 / 4) for kind in given.kinds]
        jump, drift = (k.array(values, np.float64) for values in zip(*per))
        self._wander = k.wander.ready(
            **shape, capacity=given.capacity, types=2, seed=scenario.seed, jump=jump, drift=drift
        )
        self._admit = k.admit.ready(
            **shape, capacity=given.capacity, side=side, x0=self.sites.x0, y0=self.sites.y0,
            spacing=self.sites.spacing,
        )  # fmt: skip

    def step(self, tissue: Tissue) -> None:
        """One base step. In each step of the lattice:

        1. Arrivals: cells come out of vessels, as its body brings them.
        2. Fields: MMP-2 and matrix, by the cells of this moment.
        3. Division: all of a phenotype whose time it is, mesenchymal cells first, where there is room.
        4. Motion: cells go, one after the other, or enter vessels, and the body takes them.
        """
        self._find(tissue)
        first = self.clock.step(tissue.tick)
        for step in range(first, first + self.clock.steps):
            if self.bring(step):
                self._find(tissue)
            self._fields(tissue)
            for kind, every in enumerate(self.due):
                if step and step % every == 0:
                    self._divide(tissue, kind, self.clock.tick(step + 1))
            if tissue.cells.n:
                self._move(tissue, step)
        tissue.cells.fate_time[: tissue.cells.n] = tissue.tick + self.clock.ticks

    def settle(self, point: int, many: int) -> np.ndarray:
        """Places for so many cells that come out of a vessel on a point: each on the first of its neighbours, left,
        right, bottom, top, that has room; -1 where none has. They are kept until the cells are there."""
        who, capacity = np.array(self.kernels.host(self.who)), self.sites.capacity
        near = beside(point, self.sites.nx, self.sites.ny)[1:]
        free = [p for q in near for p in range(q * capacity, (q + 1) * capacity) if not who[p]]
        found = np.full(many, -1, np.int64)
        found[: len(free)] = free[:many]
        who[found[found >= 0]] = -1
        self.who[...] = self.kernels.array(who, np.int32)
        return found

    # ------------------------------------------------------------------------------------------ steps

    def _find(self, tissue: Tissue) -> None:
        """On which place each cell is. Raises RunError where two are on one."""
        cells, k, capacity = tissue.cells, self.kernels, self.sites.capacity
        n = cells.n
        x, y, kind = (np.asarray(k.host(column[:n])) for column in (cells.x, cells.y, cells.type))
        place = self.sites.place(x, y)
        who = np.zeros(self.who.size, np.int32)
        who[place] = 1 + np.arange(n)
        if n and (place.min() < 0 or (who[place] != 1 + np.arange(n)).any()):
            ids = np.asarray(k.host(cells.id[:n]))
            odd = place < 0 if place.min() < 0 else who[place] != 1 + np.arange(n)
            raise RunError(f"cell {ids[odd].min()} is on no place of the lattice, or on that of another cell")
        makers = np.bincount(place[kind == 0] // capacity, minlength=self.makers.size)
        if self.place.size < cells.capacity:
            k.release()
            self.place, self.group = k.zeros(cells.capacity, np.int32), k.zeros(cells.capacity, np.int32)
            self.way, self.turn = k.zeros(cells.capacity, np.uint8), k.zeros(cells.capacity, np.uint64)
        self.who[...], self.makers[...] = k.array(who, np.int32), k.array(makers, np.int32)
        self.place[:n] = k.array(place, np.int32)
        self.group[...], self.groups[...] = 0, 0
        if self.takes:
            there, torn = (np.asarray(k.host(a)) for a in (tissue.voxels.vessels, tissue.voxels.ruptured))
            self.opens[...] = k.array(np.where(torn > 0, 2, there > 0), np.uint8)

    def _fields(self, tissue: Tissue) -> None:
        fields = tissue.fields
        self._dissolve(makers=self.makers, enzyme=fields[self.enzyme], after=self.spare, matrix=fields[self.matrix])
        fields[self.enzyme], self.spare = self.spare, fields[self.enzyme]

    def _divide(self, tissue: Tissue, kind: int, tick: int) -> None:
        """Each cell of a kind, in the order of ids, has a daughter of its kind on its point, while there is room."""
        cells, k, capacity = tissue.cells, self.kernels, self.sites.capacity
        n = cells.n
        id, types, place = (np.array(k.host(column[:n])) for column in (cells.id, cells.type, self.place))
        rows = np.flatnonzero(types == kind)
        rows = rows[np.lexsort((id[rows], place[rows] // capacity))]
        point = place[rows] // capacity
        rank = np.arange(len(rows)) - np.searchsorted(point, point)
        taken = np.asarray(k.host(self.who)).reshape(-1, capacity)[point] != 0
        mothers = np.flatnonzero(rank < capacity - taken.sum(axis=1))
        free = np.argsort(taken[mothers], axis=1, kind="stable")
        there = point[mothers] * capacity + free[np.arange(len(mothers)), rank[mothers]]
        order = np.argsort(id[rows[mothers]])
        mothers, there = rows[mothers[order]], there[order]
        if not len(mothers):
            return
        copied = {name: np.array(k.host(getattr(cells, name)[:n]))[mothers] for name in cells.columns}
        copied |= {
            name: np.full(len(mothers), column.start)
            for name, column in cells.columns.items() if column.division in (Division.RESET, Division.BEGIN)
        }  # fmt: skip
        ids, ticks = cells.new_ids(len(mothers)), np.full(len(mothers), tick, np.int64)
        x, y = self.sites.xy(there)
        copied |= dict(id=ids, parent=id[mothers], birth=ticks, fate_time=ticks, phase_start=ticks, x=x, y=y)
        stacks = {name: cells.stack_to_host(name)[:, mothers] for name, rows in cells.stacks.items() if rows}
        cells.append(copied, stacks)
        cells.genealogy.note("births", cell=ids, parent=copied["parent"], tick=ticks, type=copied["type"])
        tissue.counts["births"] += len(ids)
        self._find(tissue)

    def _move(self, tissue: Tissue, step: int) -> None:
        cells, k, n = tissue.cells, self.kernels, tissue.cells.n
        self._wander(
            n=n, tick=self.clock.tick(step), id=cells.id, type=cells.type, place=self.place,
            matrix=tissue.fields[self.matrix], way=self.way, turn=self.turn,
        )  # fmt: skip
        rows = np.flatnonzero(k.host(self.way[:n]))
        if not len(rows):
            return
        rows = rows[np.argsort(np.asarray(k.host(self.turn[:n]))[rows])]
        self._admit(
            n=n, m=len(rows), movers=k.array(rows, np.int64), way=self.way, type=cells.type, opens=self.opens,
            who=self.who, makers=self.makers, place=self.place, x=cells.x, y=cells.y, group=self.group,
            groups=self.groups,
        )  # fmt: skip
        if self.takes and (many := int(k.host(self.groups)[0])):
            group, id = (np.array(k.host(column[:n])) for column in (self.group, cells.id))
            order = np.argsort(id)
            self.take([Group(step, order[group[order] == 1 + g]) for g in range(many)])
            self._find(tissue)
