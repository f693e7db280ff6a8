"""Cell fate over one step: volumes, events at their own times, divisions, removals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gputme.backends import Kernels
from gputme.columns import TICKS
from gputme.ops.census.sum_exactly import exact
from gputme.ops.motion._walls import OPEN
from gputme.solvers.counting import exact_sums
from gputme.solvers.lists import Lists
from gputme.solvers.mutations import Mutations
from gputme.solvers.phenotype import FateTables
from gputme.vocabulary import Behaviours

__all__ = ["Fate", "remove", "reorder"]

_EVENTS = ("births", "apoptoses", "necroses", "transitions", "removals", "kills")  # as the kernel `fate` counts them
_ABSORBED, _ASYMMETRIC = len(_EVENTS), len(_EVENTS) + 1  # where the kernels `divide` and `differentiate` count


class Fate:
    """Advances the cells of one tissue from a step's start to its end.

    ``table``: base values (types, behaviours); ``slot``: row of ``cells.ruled`` per behaviour, -1 where the
    type's value holds; ``planar``: cells stay in their plane; ``box``: its walls and corners, as
    operations take them (none by default); ``injures``: whether cells may damage others; ``own``: row of
    ``cells.custom`` with cells' own values per behaviour, -1 where none vary (by default); ``mutations``: what may
    arise at divisions. Works on
    ``gputme.state.Cells`` (stacks ``custom``, ``internal``, ``ruled``), grows it as cells divide and counts what
    happened.
    """

    def __init__(
        self, kernels: Kernels, tables: FateTables, behaviours: Behaviours, table: np.ndarray,
        slot: np.ndarray, seed: int, planar: bool, box: Mapping[str, Any] = OPEN, injures: bool = False,
        own: np.ndarray | None = None, mutations: Mutations | None = None,
    ):  # fmt: skip
        self.kernels, self.tables = kernels, tables
        self.seed, self.planar, self.box = seed, planar, box
        into = behaviours.all_of("transition")
        transforms = (table[:, into] > 0).any() or (slot[into] >= 0).any()
        k = kernels
        harm = [Behaviours.DAMAGE_RATE, Behaviours.DAMAGE_REPAIR]
        self.injures = injures or bool(table[:, harm].any() or (slot[harm] >= 0).any())
        what = dict(
            types=tables.types, behaviours=behaviours.count, table=k.array(table.ravel()), slot=k.array(slot, np.int32)
        )
        rates = k.array(tables.rates, np.float64)
        self._lists, self._mark = Lists(k), k.zeros(0, np.uint8)
        self._counts = k.zeros(len(_EVENTS) + 2, np.int64)
        self._whole: dict[int, Any] = {}  # coefficients of whole steps by their length
        self._draw = k.fate.ready(
            **what, seed=seed, injures=self.injures, transitions=into.start if transforms else 0, rates=rates,
            natural=-1 if own is None else int(own[Behaviours.APOPTOSIS]),
            phases=k.array(tables.phases, np.int32), following=k.array(tables.following, np.int32),
            mortal=bool((tables.lifespan >= 0).any()), lifespan=k.array(tables.lifespan, np.float64),
            lifespan_spread=k.array(tables.lifespan_spread, np.float64),
            spread=k.array(tables.spread, np.float64), lasting=k.array(tables.lasting, np.int64),
            cycle=k.array(tables.cycle, np.int32), resets=tables.resets, customs=tables.customs,
            plain=k.array(tables.plain, np.uint8), fresh=k.array(tables.fresh),
            target=k.array(tables.target), burst=k.array(tables.burst), counts=self._counts,
        )  # fmt: skip
        self._injure = k.injure.ready(**what)
        self._share = k.partition.ready()
        self._place = k.divide.ready(
            types=tables.types, seed=seed, planar=planar, **box, axes=k.array(tables.axes, np.float64),
            absorbed=self._counts[_ABSORBED:],
        )  # fmt: skip
        self._inherit = None
        if tables.customs:
            how, law = k.array(tables.how, np.int32), k.array(tables.law, np.float64)
            self._inherit = k.inherit.ready(seed=seed, types=tables.types, customs=tables.customs, how=how, law=law)
        self._differentiate = None
        apart = behaviours.all_of("asymmetric")
        if (table[:, apart] > 0).any() or (slot[apart] >= 0).any():
            self._differentiate = k.differentiate.ready(
                **what, seed=seed, asymmetric=apart.start, target=k.array(tables.target),
                turned=self._counts[_ASYMMETRIC:],
            )  # fmt: skip
        self.kinds = mutations.kinds if mutations else 0
        self._mutate = k.mutate.ready(seed=seed, types=tables.types, **mutations.arrays(k)) if mutations else None
        self._grow = k.volume.ready(types=tables.types, rates=rates)

    def step(
        self, cells: Any, tick: int, end: int, release: Callable[[Any], None] | None = None
    ) -> dict[str, int]:  # fmt: skip
        """From ``tick`` to ``end``: live and die, divide, leave; grow, shrink and be damaged from event to event.
        Returns counts of events.

        ``release``: called with the marks of the cells before those are removed that are dead for long enough (2).

        Cells are drawn from ``cells.fate_time`` on, which is ``end`` afterwards. The number of cells
        changes by births - removals - absorbed.
        """
        self._counts[...] = 0
        births = 0
        while (counts := self._events(cells, tick, end))["births"] > births:
            self._divide(cells, end, counts["births"] - births)
            births = counts["births"]
        if release and counts["removals"]:
            release(self._mark)
        if left := counts["removals"] + counts["absorbed"]:
            remove(cells, self._mark, left, least=2, lists=self._lists)  # dead for long enough, or absorbed by a wall
        self._relax(cells, tick, end)
        return counts

    def _relax(self, cells: Any, tick: int, end: int) -> None:
        """Volumes and damage from the last events, or the step's start, to its end."""
        last = dict(phase_start=cells.carried) if cells.switching else {}
        if self.injures:
            self._injure(cells, tick=tick, end=end, **last)
        length = end - tick
        if length not in self._whole:
            self._whole[length] = self.kernels.array(self.tables.relax(length / TICKS), np.float64)
        self._grow(cells, tick=tick, end=end, relax=self._whole[length], **last)

    def _events(self, cells: Any, tick: int, end: int) -> dict[str, int]:
        """One pass over all open windows; returns what has happened so far."""
        self._make_room(cells)
        self._draw(cells, tick=tick, end=end, mark=self._mark)
        return dict(zip((*_EVENTS, "absorbed", "asymmetric"), self.kernels.host(self._counts).tolist()))

    def _divide(self, cells: Any, end: int, m: int) -> None:
        """Divide the m marked cells in the order of their ids; what a wall absorbs lives no longer in this step."""
        n = cells.n
        mothers = self._lists.by_id(cells.id, self._mark, 1, 1, n, m, cells.next_id)
        cells.ensure(n + m)
        self._make_room(cells)
        self._share(cells.shares, m=m, n=n, mothers=mothers)
        self._place(cells, m=m, n=n, end=end, mothers=mothers, mark=self._mark)
        ids = cells.new_ids(m)
        if cells.apart > 1:
            cells.id[n : n + m] = self.kernels.array(ids, np.uint64)
        if self._inherit:
            self._inherit(cells, m=m, n=n, mothers=mothers)
        if self._differentiate:
            self._differentiate(cells, m=m, n=n)
        if self._mutate:
            found = self.kernels.zeros(2 * m * self.kinds, np.uint8)
            self._mutate(cells, m=m, n=n, mothers=mothers, found=found)
            cells.genealogy.mutated(*([c[mothers], c[n : n + m].copy()] for c in (cells.id, cells.fate_time)), found)
        born = {"cell": cells.id, "parent": cells.parent, "tick": cells.birth, "type": cells.type}
        cells.genealogy.note("births", **{name: column[n : n + m].copy() for name, column in born.items()})
        cells.n = n + m

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


def remove(
    cells: Any, mark: Any, count: int, least: int = 1, lists: Lists | None = None, ends: bool = True
) -> int:  # fmt: skip
    """Remove the ``count`` cells whose mark (u8, on the backend) is ``least`` or more; returns how many.

    The last cells move into the gaps, so the work goes with what leaves, not with all there are. Places mean
    nothing: every result depends on ids alone. What the cells held inside is added to ``cells.removed``. ``ends``: they
    are gone for good, and their genealogy says so.
    """
    lists, n = lists or Lists(cells.kernels), cells.n - count
    gone = lists.by_place(cells.id, mark, least, 255, first=0, n=cells.n, count=count)
    if rows := cells.stacks.get("internal", 0):
        held = [(cells.row("internal", r)[gone], count) for r in range(rows)]
        for r, words in enumerate(exact_sums(cells.kernels, held)):
            cells.removed[r] += exact(words)
    if ends:
        cells.genealogy.gone(cells.id[gone], cells.death[gone], cells.phase_start[gone], cells.fate_time[gone])
    # those of the last that stay move into the gaps; those that are gone, which follow in both lists, stay in place
    stay = lists.by_place(cells.id, mark, 0, least - 1, first=n, n=count, count=count)
    lists.refill(cells.bits, m=count, n=cells.n, gone=gone, stay=stay)
    cells.n = n
    return count
