r"""Cells that enter: a Poisson process per recruitment, thinned by place, fields and capacity.

A recruitment whose largest rate is R proposes cells in its boxes (of a ball: the box around it) at the times of a
Poisson process of the rate R |boxes| / |place|: waiting times -\ln(1 - u) / rate one after another, each with a place
drawn uniformly. A proposal stands where its place is meant (within the ball or shell), and with the probability
prod_j H_j or 1 - H_j, H = s / (1 + s), s = (u_j / half_max_j)^power_j, of the fields at it (Lewis and Shedler, Naval
Research Logistics 26:403, 1979: thinning is exact for any rate below R). Along vessels it proposes
places on the walls of segments in which blood flows, by their length. What is left comes in the order of (time,
recruitment, number), as far as the capacity reaches.

The numbers of proposal i of recruitment r in the step from ``tick`` are keyed by (seed, tick, r 2^40 + i): nobody has
an id yet. All of it is pure but for the fields and the number of living cells, so the host draws it, and the work goes
with the cells that enter and not with the voxels that they may enter in.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from gputme.backends import Kernels
from gputme.columns import TICKS
from gputme.maths import log, pow_
from gputme.model.domain import Domain
from gputme.model.recruitment import PER
from gputme.model.recruitment import Recruitment as Described
from gputme.ops.census.sum_exactly import exact
from gputme.parameters import Parameters
from gputme.rng import Stream, random_word, random_words, uniform
from gputme.solvers.counting import exact_sums
from gputme.start import newcomers
from gputme.state import Tissue
from gputme.vessels.graph import Graph
from gputme.vessels.walls import on_wall

__all__ = ["Recruitment"]


class _Entry(NamedTuple):
    """One recruitment in numbers."""

    kind: int  # type
    rate: float  # 1/tick, of proposals
    share: np.ndarray  # (boxes,) summed shares of the proposals
    low: np.ndarray  # (boxes, 3) um
    span: np.ndarray  # (boxes, 3) um
    centre: np.ndarray  # (3,) um
    reach: tuple[float, float]  # squares of the least and largest distance from it, um2
    first: int  # tick from which on
    last: float  # tick up to which
    capacity: float
    phase: int | str
    overrides: dict[str, float]
    signals: tuple[tuple[int, bool, float, float, bool], ...]  # substrate, increases, half-maximum, power, of the mean
    follows: int  # type whose farthest cell the place lies beyond, -1: none
    radius: np.ndarray | None = None  # (boxes,) um, where these are segments of vessels, from `low` by `span`


class _Proposals(NamedTuple):
    """Cells that may enter, (n,) each: when, by which recruitment, where, and the number that decides on it."""

    tick: np.ndarray
    entry: np.ndarray
    xyz: np.ndarray  # (n, 3) um
    chance: np.ndarray

    def those(self, which: np.ndarray) -> _Proposals:
        return _Proposals(*(a[which] for a in self))


class Recruitment:
    """Lets cells enter a tissue; ``grids``: the arguments that describe each substrate's grid to an operation."""

    def __init__(self, parameters: Parameters, kernels: Kernels, grids: list[dict[str, Any]]):
        self.kernels, self.parameters = kernels, parameters
        self.entries = [_entry(described, parameters) for described in parameters.scenario.recruitments]
        read = {(s, mean) for e in self.entries for s, *_, mean in e.signals}
        self.fields, self.means = (sorted(s for s, m in read if m == mean) for mean in (False, True))
        self._senses = {s: kernels.sense.ready(**grids[s]) for s in self.fields}
        self._headcount = kernels.headcount.ready()
        self._along: Graph | None = None  # the vessels that entries along them were made of

    def step(self, tissue: Tissue, tick: int, end: int) -> int:
        """Let cells enter from ``tick`` to ``end``, as fields and cells are now; how many. They are drawn from
        ``fate_time``, their time of entry, on: to be called before `Fate.step`."""
        self._follow(tissue, tick, end)
        found = [
            self._proposed(tissue.seed, number, tick, end)
            for number in range(len(self.entries))
            if not self._too_early(tissue.seed, number, tick, end)
        ]
        if not found:  # as in most steps
            return 0
        some = _Proposals(*(np.concatenate(parts) for parts in zip(*found)))
        if len(some.tick):
            some, living = self._with_room(tissue, some)
            some = self._drawn(tissue, some)
            some = self._admitted(some.those(np.argsort(some.tick, kind="stable")), living)
        if len(some.tick):
            self._enter(tissue, some)
        return len(some.tick)

    def _follow(self, tissue: Tissue, tick: int, end: int) -> None:
        """Put places that lie beyond the cells of a type where these now are, and those along vessels along them."""
        if tissue.vessels is not self._along:
            self._along = tissue.vessels
            for number, described in enumerate(self.parameters.scenario.recruitments):
                if described.vessels:
                    self.entries[number] = _entry(described, self.parameters, graph=tissue.vessels)
        for number, entry in enumerate(self.entries):
            if entry.follows < 0 or tick >= entry.last or end <= entry.first:
                continue
            cells, host = tissue.cells, self.kernels.host
            n = cells.n
            mine = host(cells.type)[:n] == entry.follows
            away = [host(v)[:n][mine].astype(np.float64) - c for v, c in zip((cells.x, cells.y, cells.z), entry.centre)]
            farthest = np.sqrt(sum(v * v for v in away).max(initial=0.0))
            self.entries[number] = _entry(self.parameters.scenario.recruitments[number], self.parameters, farthest)

    def _too_early(self, seed: int, number: int, tick: int, end: int) -> bool:
        """Whether it surely proposes nobody: by the number u of its first wait, which is -log(1 - u) / rate > u / rate,
        with room for rounding."""
        entry = self.entries[number]
        mean = entry.rate * (min(end, entry.last) - max(tick, entry.first))
        if mean <= 0:
            return True
        u = (random_word(seed, tick, number << 40, Stream.RECRUIT) + 0.5) * 2.0**-32
        return u > mean * (1 + 1e-9)

    def _proposed(self, seed: int, number: int, tick: int, end: int) -> _Proposals:
        """What one recruitment proposes within its place, in the order of time."""
        entry = self.entries[number]
        begin = max(tick, entry.first)
        times, ids, where = _arrivals(seed, tick, number << 40, entry.rate, min(end, entry.last) - begin)
        if not len(ids):  # as in most steps
            return _Proposals(ids.astype(np.int64), ids.astype(np.int64), where.T, times)
        chance, which = (uniform(word) for word in random_words(seed, tick, ids, Stream.RECRUIT, 1)[:2])
        box = np.searchsorted(entry.share[:-1], which, side="right")
        if entry.radius is None:
            xyz = entry.low[box] + where.T * entry.span[box]
        else:
            xyz = on_wall(entry.low[box], entry.span[box], entry.radius[box], *where[:2])
        far = xyz - entry.centre
        far = far[:, 0] * far[:, 0] + far[:, 1] * far[:, 1] + far[:, 2] * far[:, 2]
        least, largest = entry.reach
        meant = (far >= least) & (far <= largest)
        if entry.follows >= 0 or entry.radius is not None:
            domain = self.parameters.scenario.domain
            box, plane = domain.centred, slice(domain.dimensions)  # in 2D all stand in it, however thin the layer
            meant &= ((xyz >= box.lower) & (xyz <= box.upper))[:, plane].all(axis=1)
        at = begin + np.floor(times).astype(np.int64)
        return _Proposals(at, np.full(len(at), number), xyz, chance).those(meant)

    def _with_room(self, tissue: Tissue, some: _Proposals) -> tuple[_Proposals, dict[int, int]]:
        """Those whose recruitment is not at its capacity, and the living cells of each type that has one."""
        present = [self.entries[e] for e in set(some.entry.tolist())]
        limited = sorted({entry.kind for entry in present if np.isfinite(entry.capacity)})
        if not limited:
            return some, {}
        k, n = self.kernels, tissue.cells.n
        count = k.zeros(len(limited), np.int64)
        for row, kind in enumerate(limited if n else ()):
            self._headcount(tissue.cells, parts=k.backend.shares(n), kind=kind, count=count[row : row + 1])
        living = dict(zip(limited, k.host(count).tolist()))
        room = np.array([living.get(e.kind, 0) < e.capacity for e in self.entries])
        return some.those(room[some.entry]), living

    def _drawn(self, tissue: Tissue, some: _Proposals) -> _Proposals:
        """Those that the fields let in."""
        held = [bool(e.signals) for e in self.entries]
        asked = np.flatnonzero(np.array(held)[some.entry])
        if not len(asked):
            return some
        values, means = self._read(tissue, some.xyz[asked]), self._mean(tissue)
        factor, entry = np.ones(len(some.tick)), some.entry[asked]
        for number, described in enumerate(self.entries):
            mine = entry == number
            for s, increases, half_max, power, mean in described.signals:
                value = np.full(np.count_nonzero(mine), means[s]) if mean else values[s][mine].astype(np.float64)
                factor[asked[mine]] *= _hill(value, half_max, power, increases)
        return some.those(some.chance < factor)

    def _read(self, tissue: Tissue, xyz: np.ndarray) -> dict[int, np.ndarray]:
        """The fields at places."""
        if not self.fields:
            return {}
        k, n = self.kernels, len(xyz)
        x, y, z = (k.array(along) for along in xyz.T)
        values, (gx, gy, gz) = k.zeros((len(self.fields), n)), (k.zeros(1) for _ in range(3))
        for row, s in enumerate(self.fields):
            u = tissue.fields[s]
            self._senses[s](n=n, gradients=0, x=x, y=y, z=z, u=u, value=values[row], gx=gx, gy=gy, gz=gz)
        return dict(zip(self.fields, k.host(values)))

    def _mean(self, tissue: Tissue) -> dict[int, float]:
        """Means of fields over the domain, by sums without rounding."""
        fields = [(tissue.fields[s], tissue.fields[s].size) for s in self.means]
        sums = exact_sums(self.kernels, fields) if fields else []
        return {s: exact(words, size) for s, words, (_, size) in zip(self.means, sums, fields)}

    def _admitted(self, some: _Proposals, living: dict[int, int]) -> _Proposals:
        """Those that come before their type has as many living cells as their recruitment allows."""
        if not living:
            return some
        enters = np.ones(len(some.tick), bool)
        for i, entry in enumerate(self.entries[e] for e in some.entry.tolist()):
            if entry.kind in living:
                enters[i] = living[entry.kind] < entry.capacity
                living[entry.kind] += bool(enters[i])
        return some.those(enters)

    def _enter(self, tissue: Tissue, some: _Proposals) -> None:
        """Give them ids in their order, and places behind the other cells."""
        cells, n = tissue.cells, len(some.tick)
        mine = [self.entries[e] for e in some.entry.tolist()]
        ids = cells.new_ids(n)
        given = {name for entry in mine for name in entry.overrides}
        custom = {name: np.array([entry.overrides.get(name, np.nan) for entry in mine]) for name in sorted(given)}
        columns, stacks = newcomers(
            self.parameters, ids, some.tick, some.xyz, [e.kind for e in mine], None, [e.phase for e in mine], custom
        )
        cells.append(columns, {name: values for name, values in stacks.items() if len(values)})
        kinds = np.array([entry.kind for entry in mine], np.uint8)
        cells.genealogy.note("births", cell=ids, parent=np.zeros_like(ids), tick=some.tick, type=kinds)


def _arrivals(
    seed: int, tick: int, key: int, rate: float, length: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Times (n,) below ``length`` of a Poisson process of so many a tick, what keys them, and three numbers of each."""
    times, ids, numbers, passed = [np.zeros(0)], [np.zeros(0, np.uint64)], [np.zeros((3, 0))], 0.0
    mean = rate * max(length, 0.0)
    block = int(mean + 6 * mean**0.5) + 8
    while mean > 0 and passed < length:
        some = np.arange(block, dtype=np.uint64) + np.uint64(key + sum(map(len, ids)))
        first, *others = (uniform(word) for word in random_words(seed, tick, some, Stream.RECRUIT, 0))
        waits = -log(1.0 - first) / rate
        waits[0] += passed
        times.append(np.cumsum(waits))
        ids.append(some)
        numbers.append(np.array(others))
        passed = times[-1][-1]
    before = np.concatenate(times)
    within = before < length
    return before[within], np.concatenate(ids)[within], np.concatenate(numbers, axis=1)[:, within]


def _entry(
    described: Described, parameters: Parameters, farthest: float = 0.0, graph: Graph | None = None
) -> _Entry:
    """One recruitment in numbers; ``graph``: the vessels, if it is along them and they are known."""
    domain, flat = parameters.scenario.domain, parameters.scenario.domain.dimensions == 2
    radius, centre, inner, outer = None, (0.0, 0.0, 0.0), 0.0, np.inf
    if described.vessels:
        low, span, radius = _segments(graph, domain)
        drawn = np.sqrt((span * span).sum(axis=1))
        rate = described.rate * (drawn.sum() / PER["mm"][0] if described.per == "mm" else bool(len(drawn))) / TICKS
    else:
        sites = described.sites(domain, farthest)
        low, high = (np.array(corners, np.float64) for corners in zip(*sites.boxes))
        span, centre, inner, outer = high - low, sites.centre, sites.inner, sites.outer
        # a layer of voxels stands for its face, a box around a ball for the ball: proposals go with what is drawn in
        measure = np.array(sites.sizes)
        drawn = measure if described.faces else np.prod(span[:, : 2 if flat else 3], axis=1)
        rate = described.largest_rate(domain) * drawn.sum() / measure.sum() / TICKS
    share = np.cumsum(drawn) / max(drawn.sum(), 1e-300)
    signals = [
        (
            parameters.substrates.index(s.substrate), s.direction == "increases", float(s.half_max), s.power,
            s.read == "mean",
        )
        for s in described.signals
    ]  # fmt: skip
    return _Entry(
        parameters.types.index(described.type), rate, share, low, span, np.array(centre) * ([1, 1, 0] if flat else 1),
        (inner**2, outer**2), round(described.start * TICKS),
        np.inf if described.end is None else round(described.end * TICKS),
        np.inf if described.capacity is None else described.capacity, described.phase, dict(described.overrides),
        tuple(signals), -1 if described.follows is None else parameters.types.index(described.follows), radius,
    )  # fmt: skip


def _segments(graph: Graph | None, domain: Domain) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where the segments in which blood flows begin and how far they reach, (n, 3) um, and their radius."""
    if graph is None:
        return np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0)
    flows = graph.segments.perfused
    xyz, (a, b) = graph.nodes.xyz.T - np.array(domain.centre), graph.ends()
    return xyz[a[flows]], (xyz[b] - xyz[a])[flows], graph.segments.radius[flows]


def _hill(value: np.ndarray, half_max: float, power: float, increases: bool) -> np.ndarray:
    """H of a signal, or 1 - H."""
    s = np.minimum(pow_(np.maximum(value, 0.0) / half_max, power), 1e300)
    return s / (1.0 + s) if increases else 1.0 / (1.0 + s)
