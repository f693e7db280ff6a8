"""Cell fate over one step: volumes, events at their own times, divisions, removals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from gputme.backends import Kernels
from gputme.columns import COLUMNS, TICKS
from gputme.ops.motion._walls import OPEN
from gputme.solvers.phenotype import FateTables
from gputme.vocabulary import Behaviours

__all__ = ["Fate", "remove", "reorder"]

_EVENTS = ("births", "apoptoses", "necroses", "transitions", "removals")  # as the kernel `fate` counts them
_ABSORBED = len(_EVENTS)  # where the kernel `divide` counts
_DIVIDE = tuple(COLUMNS)


class Fate:
    """Advances the cells of one tissue from a step's start to its end.

    ``table``: base values (types, behaviours); ``slot``: row of ``cells.ruled`` per behaviour, -1 where the
    type's value holds; ``planar``: cells stay in their plane; ``box``: its walls and corners, as
    operations take them (none by default). Works on ``gputme.state.Cells`` (stacks
    ``custom``, ``internal``, ``ruled``), grows it as cells divide and counts what happened.
    """

    def __init__(
        self, kernels: Kernels, tables: FateTables, behaviours: Behaviours, table: np.ndarray,
        slot: np.ndarray, seed: int, planar: bool, box: Mapping[str, Any] = OPEN,
    ):  # fmt: skip
        self.kernels, self.tables = kernels, tables
        self.seed, self.planar, self.box = seed, planar, box
        first = behaviours.first_transition
        transforms = (table[:, first : first + tables.types] > 0).any() or (
            slot[first : first + tables.types] >= 0
        ).any()
        k = kernels
        harm = [Behaviours.DAMAGE_RATE, Behaviours.DAMAGE_REPAIR]
        self.injures = bool(table[:, harm].any() or (slot[harm] >= 0).any())
        what = dict(
            types=tables.types, behaviours=behaviours.count, table=k.array(table.ravel()), slot=k.array(slot, np.int32)
        )
        rates = k.array(tables.rates, np.float64)
        self._how, self._law = k.array(tables.how, np.int32), k.array(tables.law, np.float64)
        self._mark = k.zeros(0, np.uint8)
        self._counts = k.zeros(len(_EVENTS) + 1, np.int64)
        self._whole: dict[int, Any] = {}  # coefficients of whole steps by their length
        self._draw = k.fate.ready(
            **what, seed=seed, injures=self.injures, transitions=first if transforms else 0, rates=rates,
            phases=k.array(tables.phases, np.int32), following=k.array(tables.following, np.int32),
            spread=k.array(tables.spread, np.float64), lasting=k.array(tables.lasting, np.int64),
            target=k.array(tables.target), burst=k.array(tables.burst), counts=self._counts,
        )  # fmt: skip
        self._injure = k.injure.ready(**what)
        self._grow = k.volume.ready(types=tables.types, rates=rates)

    def step(self, cells: Any, tick: int, end: int) -> dict[str, int]:
        """From ``tick`` to ``end``: live and die, divide, leave; grow, shrink and be damaged from event to event.
        Returns counts of events.

        Cells are drawn from ``cells.fate_time`` on, which is ``end`` afterwards. The number of cells
        changes by births - removals - absorbed.
        """
        self._counts[...] = 0
        births = 0
        while (now := self._events(cells, tick, end)) > births:
            self._divide(cells, end)
            births = now
        counts = dict(zip((*_EVENTS, "absorbed"), map(int, self.kernels.host(self._counts))))
        if counts["removals"] or counts["absorbed"]:
            remove(cells, self._mark[: cells.n] >= 2)  # dead for long enough, or absorbed by a wall
        self._relax(cells, tick, end)
        return counts

    def _relax(self, cells: Any, tick: int, end: int) -> None:
        """Volumes and damage from the last events, or the step's start, to its end."""
        if self.injures:
            self._injure(cells, tick=tick, end=end)
        length = end - tick
        if length not in self._whole:
            self._whole[length] = self.kernels.array(self.tables.relax(length / TICKS), np.float64)
        self._grow(cells, tick=tick, end=end, relax=self._whole[length])

    def _events(self, cells: Any, tick: int, end: int) -> int:
        """One pass over all open windows; returns the number of divisions so far."""
        self._make_room(cells)
        self._draw(cells, tick=tick, end=end, mark=self._mark)
        return int(self.kernels.host(self._counts)[0])

    def _divide(self, cells: Any, end: int) -> None:
        """Divide the marked cells in the order of their ids; what a wall absorbs lives no longer in this step."""
        k, n = self.kernels, cells.n
        mothers = (self._mark[:n] == 1).nonzero()[0]
        mothers = mothers[k.backend.argsort(cells.id[mothers])]
        m = len(mothers)
        cells.ensure(n + m)
        self._make_room(cells)
        columns = {name: getattr(cells, name) for name in _DIVIDE}
        k.divide(
            m=m, n=n, next_id=cells.next_id, seed=self.seed, end=end, planar=self.planar, **self.box,
            stride=cells.stride,
            tracked=cells.stacks["internal"], rules=cells.stacks["ruled"], mothers=mothers,
            internal=cells.internal, ruled=cells.ruled, mark=self._mark,
            absorbed=self._counts[_ABSORBED:], **columns,
        )  # fmt: skip
        if self.tables.customs:
            k.inherit(
                m=m, n=n, seed=self.seed, stride=cells.stride, types=self.tables.types,
                customs=self.tables.customs, how=self._how, law=self._law, mothers=mothers, id=cells.id,
                type=cells.type, fate_time=cells.fate_time, custom=cells.custom,
            )  # fmt: skip
        cells.n = n + m
        cells.next_id += m

    def _make_room(self, cells: Any) -> None:
        if self._mark.size < cells.capacity:
            grown = self.kernels.zeros(cells.capacity, np.uint8)
            grown[: self._mark.size] = self._mark
            self._mark = grown


def reorder(cells: Any, order: Any) -> None:
    """Put the cells into the given order: places (i32, on the backend), each of the n once."""
    k, n = cells.kernels, cells.n
    copy = k.zeros(n, np.uint64).view(np.uint8)
    for array in cells.values():
        k.gather(n=n, length=n, width=array.itemsize, index=order, source=array.view(np.uint8), target=copy)
        array[:n] = copy.view(array.dtype)[:n]


def remove(cells: Any, gone: Any) -> int:
    """Remove the cells where ``gone`` (n,), bool on the backend, holds; returns how many.

    The last cells move into the gaps, so the work goes with what leaves, not with all there are. Places mean
    nothing: every result depends on ids alone. What the cells held inside is added to ``cells.removed``.
    """
    for r in range(cells.stacks.get("internal", 0)):
        held = cells.kernels.host(cells.row("internal", r)[: cells.n][gone])
        cells.removed[r] += math.fsum(held.tolist())  # exact, so in any order
    gaps = gone.nonzero()[0]
    n = cells.n - len(gaps)
    gaps, movers = gaps[gaps < n], (~gone[n:]).nonzero()[0] + n
    for array in cells.values():
        array[gaps] = array[movers]
    removed, cells.n = cells.n - n, n
    return removed

