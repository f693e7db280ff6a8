r"""Tumour cells pass the walls of vessels; they, and others, leave with lymph (:mod:`gputme.cascade.lymph`).

A living cell whose centre lies within ``reach`` of the wall of a segment in which blood flows enters it at the rate

    k [g L pores + opening] (1 + help) (1 - membrane integrity),    L = min(1, (1 - m) (1 + V / V_half) / 2)

with m the maturity of the wall, V the growth factor at it; at a ruptured segment g = pores = 1. Of several segments
the one with the highest rate counts, of equal ones the nearest. The rate is that at the end of the step, and the
waiting time -\ln(1 - u) / rate from the step's start, or the cell's birth in it, decides whether it has entered. It
takes along the cells within reach of the segment that hold on to it, directly or through others. Who entered first
takes them; those that are gone enter no more, whether blood or lymph took them. Lymph takes along what holds on within
``reach`` of the cell itself. Segments rupture at the rate ``rupture`` (1 - m), and are
sealed after a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np

from gputme.cascade import draws
from gputme.cascade.clusters import attached, clusters, holding
from gputme.cascade.lymph import Drainage
from gputme.columns import TICKS
from gputme.maths import log
from gputme.model.body import Body, Capillaries
from gputme.ops.behaviour import behaviour_of
from gputme.parameters import Parameters
from gputme.rng import Stream, random_words, uniform
from gputme.state import Tissue
from gputme.vessels.lining import maturity
from gputme.vocabulary import Behaviours

__all__ = ["Intravasation", "Leaving", "Way"]

AT_ONCE = 2**20  # distances in memory
NO_SEGMENT = -1  # of those that enter lymph


class Way(IntEnum):
    """How cells leave."""

    BLOOD = 0
    LYMPH = 1
    DRAINED = 2  # with lymph, for good


class Leaving(NamedTuple):
    """Cells that leave together."""

    tick: int
    places: np.ndarray
    """Places of the cells in the arrays, in the order of their ids."""
    way: Way = Way.BLOOD


class _Cells(NamedTuple):
    """The living cells of a tissue on the host, in the order of their ids."""

    place: np.ndarray
    id: np.ndarray
    kind: np.ndarray
    xyz: np.ndarray
    reach: np.ndarray  # um, of contacts
    birth: np.ndarray

    def those(self, which: np.ndarray) -> _Cells:
        return _Cells(*(values[which] for values in self))


class Intravasation:
    """Finds who leaves one tissue of a body."""

    def __init__(self, parameters: Parameters, body: Body, bed: Capillaries, kernels: Any):
        self.lymph = Drainage.of(parameters, body, bed)
        self.kernels, self.parameters, self.given = kernels, parameters, body.intravasation
        types, given = parameters.types, self.given
        self.spreads = np.array([name in body.tumour for name in types])
        self.able, self.opens, self.helps = (
            np.array([float(table.get(name, 0.0)) for name in types])
            for table in (given.ability, given.opening, given.help)
        )
        self.half = parameters.scenario.vessels.half if parameters.scenario.vessels else np.inf
        self.affinity = parameters.table[:, parameters.behaviours.all_of("affinity")].astype(np.float64)
        # no cell of a type has a higher rate where no segment has ruptured, and where some have
        bounds = (self.able * given.pores + self.opens, 1.0 + self.opens)
        self.highest = [given.rate * bound * ((1.0 + self.helps.max()) * (1 + 1e-9)) for bound in bounds]

    def ruptures(self, tissue: Tissue, ruptured: dict[int, int], tick: int, end: int) -> dict[int, int]:
        """The ruptured segments at ``end`` and until when they are: those of ``tick`` and what has ruptured since."""
        open_ = {segment: until for segment, until in ruptured.items() if until > end}
        s = tissue.vessels.segments
        rate = self.given.rupture * (1.0 - maturity(s.rest, s.wall)) * s.perfused
        may = np.flatnonzero(rate > 0)
        u = uniform(random_words(tissue.seed, tick, s.id[may].astype(np.uint64), Stream.CASCADE, draws.RUPTURE)[0])
        soon = u < rate[may] * ((end - tick) / TICKS)  # -log(1 - u) > u
        if not open_ and not soon.any():
            return {}
        may, u = may[soon], u[soon]
        wait = np.ceil(-log(1.0 - u) / rate[may] * TICKS)
        for segment, after in zip(s.id[may].tolist(), wait.tolist()):
            if segment not in open_ and tick + after <= end:
                open_[segment] = tick + int(after) + round(self.given.sealed * TICKS)
        present = set(s.id.tolist())
        return {segment: until for segment, until in open_.items() if segment in present}

    def leaving(
        self, tissue: Tissue, ruptured: dict[int, int], tick: int, end: int, came: Mapping[int, int]
    ) -> list[Leaving]:
        """Who has left from ``tick`` to ``end``, the tissue's time, in the order of time and id; ``came``: when cells
        came out of vessels in that time, by id."""
        ways = {}
        if tissue.vessels is not None:
            ways[draws.ENTER] = np.where(self.spreads, self.highest[bool(ruptured)], 0.0)
        if self.lymph:
            ways[draws.LYMPH] = self.lymph.highest
        if not self._any(tissue, ways, tick, end):
            return []
        there = self.alive(tissue)
        span, found = (tick, end, came), []
        if draws.ENTER in ways:

            def through_walls(which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
                return self._rates(tissue, there, which, ruptured)

            found.append(self._soon(tissue, there, draws.ENTER, ways[draws.ENTER], through_walls, *span))
        if draws.LYMPH in ways:

            def into_lymph(which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
                rate = self.lymph.rates(tissue, there.kind[which], there.xyz[which], there.place[which])
                return rate, np.full(len(which), NO_SEGMENT)

            found.append(self._soon(tissue, there, draws.LYMPH, ways[draws.LYMPH], into_lymph, *span))
        when, who, segment = (np.concatenate(values) for values in zip(*found))
        gone, leaving = np.zeros(len(there.id), bool), []
        for k in np.lexsort((segment == NO_SEGMENT, who, when)).tolist():  # of equal ones the smaller id first
            if gone[who[k]]:
                continue
            way, unit = Way(int(segment[k] == NO_SEGMENT)), who[k : k + 1]
            if way == Way.LYMPH and self.lymph.leaves[there.kind[who[k]]] > 0:
                way = Way.DRAINED
            else:
                unit = self._together(tissue, there, who[k], int(segment[k]), gone)
            gone[unit] = True
            leaving.append(Leaving(int(when[k]), there.place[unit], way))
        return leaving

    def _any(self, tissue: Tissue, ways: Mapping[int, np.ndarray], tick: int, end: int) -> bool:
        """Whether any cell may leave in that time by one of the ways: in most steps none does, and no more is asked.
        ``ways``: by what is drawn, of each type the rate that none exceeds."""
        cells, host = tissue.cells, self.kernels.host
        kind, living = host(cells.type[: cells.n]), host(cells.death[: cells.n]) == 0
        places = [np.flatnonzero(living & (highest[kind] > 0)) for highest in ways.values()]
        if not sum(map(len, places)):
            return False
        draw, id = np.repeat(list(ways), [len(place) for place in places]), host(cells.id[: cells.n])
        ids = np.concatenate([id[place] for place in places])
        bound = np.concatenate([highest[kind[place]] for highest, place in zip(ways.values(), places)])
        u = uniform(random_words(tissue.seed, tick, ids, Stream.CASCADE, draw)[0])
        return bool((u < bound * ((end - tick) / TICKS)).any())  # -log(1 - u) > u

    def _soon(
        self, tissue: Tissue, there: _Cells, draw: int, highest: np.ndarray,
        rates: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]], tick: int, end: int, came: Mapping[int, int],
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
        """The cells of which one way out takes place up to ``end``: when, who (rows), and through which segment.
        ``highest``: of each type, no rate is higher; ``rates``: of some cells, and their segments."""
        bound = highest[there.kind]
        may = np.flatnonzero(bound > 0)
        u = uniform(random_words(tissue.seed, tick, there.id[may], Stream.CASCADE, draw)[0])
        soon = u < bound[may] * ((end - tick) / TICKS)  # -log(1 - u) > u
        may, u = may[soon], u[soon]
        if not len(may):
            return np.zeros(0, np.int64), may, np.zeros(0, np.int64)
        rate, segment = rates(may)
        able = rate > 0
        may, u, rate, segment = may[able], u[able], rate[able], segment[able]
        begin = np.maximum(there.birth[may], tick)
        if came:
            begin = np.maximum(begin, [came.get(id, 0) for id in there.id[may].tolist()])
        when = begin + np.maximum(np.ceil(-log(1.0 - u) / rate * TICKS), 1.0).astype(np.int64)
        soon = when <= end
        return when[soon], may[soon], segment[soon]

    def alive(self, tissue: Tissue) -> _Cells:
        """The living cells of a tissue."""
        cells, host = tissue.cells, self.kernels.host
        n = cells.n
        id, death = host(cells.id[:n]), host(cells.death[:n])
        place = np.flatnonzero(death == 0)
        place = place[np.argsort(id[place], kind="stable")]
        kind, radius = host(cells.type[:n])[place].astype(np.int64), host(cells.radius[:n])[place].astype(np.float64)
        xyz = np.stack([host(axis[:n])[place].astype(np.float64) for axis in (cells.x, cells.y, cells.z)], axis=1)
        reach = radius * self.does(tissue, Behaviours.REACH, place)
        return _Cells(place, id[place], kind, xyz, reach, host(cells.birth[:n])[place])

    def does(self, tissue: Tissue, behaviour: int, places: np.ndarray) -> np.ndarray:
        """What cells do of a behaviour."""
        cells, parameters, host = tissue.cells, self.parameters, self.kernels.host
        slot = int(parameters.slot[behaviour])
        if slot >= 0:
            return host(cells.row("ruled", slot)[: cells.n])[places].astype(np.float64)
        kind = host(cells.type[: cells.n])
        given = parameters.table, parameters.slot, None, 0, parameters.table.shape[1]
        return behaviour_of(*given, kind, behaviour, places).astype(np.float64)

    def holding(self, tissue: Tissue, some: _Cells) -> tuple[np.ndarray, np.ndarray]:
        """Pairs (i, j), i < j, of cells that hold on to each other: as they adhere, or by springs."""
        adhesion = self.does(tissue, Behaviours.ADHESION, some.place)
        adhering = holding(some.xyz, some.reach, adhesion, some.kind, self.affinity, self.given.cohesion)
        both = zip(adhering, attached(some.id, self._partners(tissue, some)))
        return tuple(np.concatenate(ends) for ends in both)

    def _partners(self, tissue: Tissue, some: _Cells) -> np.ndarray:
        """Ids of the cells that springs attach cells to: (rows, n), 0: none."""
        cells, host = tissue.cells, self.kernels.host
        rows = [host(cells.row("attached", r)[: cells.n])[some.place] for r in range(cells.stacks.get("attached", 0))]
        return np.array(rows, np.uint64).reshape(len(rows), len(some.place))

    def _rates(
        self, tissue: Tissue, there: _Cells, which: np.ndarray, ruptured: dict[int, int]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Rate of entering of some cells, 1/min, and the row of the segment that they enter."""
        given, s, kind = self.given, tissue.vessels.segments, there.kind[which]
        leak = np.minimum((1.0 - maturity(s.rest, s.wall)) * (1.0 + s.vegf / self.half) / 2.0, 1.0)
        torn = np.isin(s.id, np.array(sorted(ruptured), np.int64))
        pores = leak * np.where(torn, 1.0, given.pores)
        rate, row = np.zeros(len(which)), np.zeros(len(which), np.int64)
        for some in np.array_split(np.arange(len(which)), max(1, -(-len(which) * max(len(s), 1) // AT_ONCE))):
            apart = self._to_walls(tissue, there.xyz[which[some]])
            through = np.where(torn, 1.0, self.able[kind[some], None]) * pores + self.opens[kind[some], None]
            through = np.where((apart <= given.reach) & s.perfused, through, 0.0)
            best = through.max(axis=1, initial=0.0)
            nearest = np.where(through == best[:, None], apart, np.inf)
            rate[some] = best
            row[some] = nearest.argmin(axis=1) if len(s) else 0
        rate = rate * given.rate * (1.0 + self._helped(there, which))
        if tissue.cells.membrane:
            touch = self.kernels.host(tissue.cells.touch[: tissue.cells.n])[there.place[which]].astype(np.float64)
            rate = rate * (1.0 - given.membrane * touch)
        return rate, row

    def _to_walls(self, tissue: Tissue, xyz: np.ndarray, rows: Any = slice(None)) -> np.ndarray:
        """Distance of places (n, 3) from the walls of segments (n, segments), um, all unless given; within below 0."""
        graph, centre = tissue.vessels, np.array(self.parameters.scenario.domain.centre)
        nodes, (a, b) = graph.nodes.xyz - centre[:, None], (end[rows] for end in graph.ends())
        start, along = nodes[:, a], nodes[:, b] - nodes[:, a]
        square = np.maximum(along[0] * along[0] + along[1] * along[1] + along[2] * along[2], 1e-12)
        off = [xyz[:, axis, None] - start[axis] for axis in range(3)]
        share = np.clip((off[0] * along[0] + off[1] * along[1] + off[2] * along[2]) / square, 0.0, 1.0)
        x, y, z = (off[axis] - share * along[axis] for axis in range(3))
        return np.sqrt(x * x + y * y + z * z) - graph.segments.radius[rows]

    def _helped(self, there: _Cells, which: np.ndarray) -> np.ndarray:
        """What neighbours that touch them add to the rates of some cells: of several the largest."""
        added = np.zeros(len(which))
        helpers = np.flatnonzero(self.helps[there.kind] > 0)
        for some in np.array_split(np.arange(len(which)), max(1, -(-len(which) * len(helpers) // AT_ONCE))):
            mine = which[some]
            x, y, z = (there.xyz[mine, axis, None] - there.xyz[helpers, axis] for axis in range(3))
            touches = x * x + y * y + z * z <= (there.reach[mine, None] + there.reach[helpers]) ** 2
            touches &= there.id[mine, None] != there.id[helpers]
            added[some] = np.where(touches, self.helps[there.kind[helpers]], 0.0).max(axis=1, initial=0.0)
        return added

    def _together(self, tissue: Tissue, there: _Cells, first: int, segment: int, gone: np.ndarray) -> np.ndarray:
        """The cells that enter a segment, or lymph, with the one at ``first``, itself too: rows, in the order of
        ids."""
        lone = there.those(np.array([first]))
        adheres = self.given.cohesion == 0 or self.does(tissue, Behaviours.ADHESION, lone.place)[0] > 0
        if not adheres and not self._partners(tissue, lone).any():
            return np.array([first])  # it holds on to nobody
        spreads = np.flatnonzero(self.spreads[there.kind] & ~gone)
        if segment == NO_SEGMENT:
            off = there.xyz[spreads] - there.xyz[first]
            far = np.sqrt(off[:, 0] * off[:, 0] + off[:, 1] * off[:, 1] + off[:, 2] * off[:, 2])
        else:
            far = self._to_walls(tissue, there.xyz[spreads], [segment])[:, 0]
        spreads = spreads[far <= self.given.reach]
        some = there.those(spreads)
        label = clusters(len(spreads), *self.holding(tissue, some))
        here = int(np.searchsorted(spreads, first))
        mine = np.flatnonzero(label == label[here])
        off = some.xyz[mine] - some.xyz[here]
        far = off[:, 0] * off[:, 0] + off[:, 1] * off[:, 1] + off[:, 2] * off[:, 2]
        return np.sort(spreads[mine[np.argsort(far, kind="stable")[: self.given.most]]])
