r"""What passes the walls of vessels, as coefficients of the fields' equations.

A point on a wall that stands for the length L of a vessel exchanges g L (c_b - u) with the voxels around it, by weight:

    taking = g L / V_v  to the sink,    giving = taking c_b  to the source,

g as in :mod:`gputme.vessels.walls`, from the sum P of what the wall lets through where blood flows and what it takes up
itself; c_b is the value in the blood times the share of the former. Sums are those of
:mod:`gputme.ops.exchange.deposit`, made when the vessels have changed and added to what cells exchange in every step.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import is_not
from typing import Any, NamedTuple

import numpy as np

from gputme.backends import Kernels
from gputme.model.domain import Domain
from gputme.model.vessels import WallExchange
from gputme.parameters import Parameters
from gputme.solvers.exchange import ALL_IN_ONE, spread
from gputme.solvers.ways import Way
from gputme.state import Tissue
from gputme.vessels.graph import Graph, Segments
from gputme.vessels.lining import permeability
from gputme.vessels.walls import Walls, conductance, walls

__all__ = ["WallTerms", "wall_points"]


class _Terms(NamedTuple):
    """Of one substrate, on the backend."""

    n: int  # points that exchange
    where: dict[str, Any]  # x, y, z
    taking: Any  # (n,) 1/min
    giving: Any  # (n,) value/min
    sink: Any  # (voxels,)
    source: Any


class _Booking(NamedTuple):
    """How what one substrate's vessels give is booked, as long as all of it stands."""

    of: tuple[Any, Any, Any]  # the terms, the field, the amount
    dt: float
    gained: Any  # (n,)
    sums: Any  # (3,) bits of the largest size (twice) and the sum
    go: Callable[[], None]


class _Carrying(NamedTuple):
    """The substrate that blood loses along its way."""

    index: int
    what: WallExchange
    segment: np.ndarray  # of each point that exchanges
    gives: np.ndarray  # um3/min: what passes the wall of each segment per mmHg


def wall_points(graph: Graph, domain: Domain) -> tuple[Walls, np.ndarray, float]:
    """Points on the walls of vessels, where they lie relative to the domain's centre (3, points), um, and the side of a
    voxel for which they were made."""
    (a, b), xyz = graph.ends(), graph.nodes.xyz - np.array(domain.centre)[:, None]
    spacing = float(np.prod(domain.spacing[: domain.dimensions])) ** (1 / domain.dimensions)
    points = walls(xyz[:, a], xyz[:, b], graph.segments.radius, spacing)
    low, high = (np.array(corner)[:, None] for corner in (domain.centred.lower, domain.centred.upper))
    return points, np.clip([points.x, points.y, points.z], low, high), spacing  # a vessel may run along a face


class WallTerms:
    """Sinks and sources of all substrates from vessels. ``total``: int64 (voxels,) to add up in, free for
    other use in between."""

    def __init__(self, parameters: Parameters, kernels: Kernels, grids: list[dict[str, Any]], total: Any):
        self.kernels, self.grids, self.total = kernels, grids, total
        self.domain = parameters.scenario.domain
        given = parameters.scenario.vessels
        self.exchanged = {parameters.substrates.index(name): what for name, what in given.exchange.items()}
        self.diffusion = [s.diffusion for s in parameters.scenario.substrates]
        self.half = given.half
        self.terms: dict[int, _Terms] = {}
        self._bookings: dict[int, _Booking] = {}
        self.carrying: _Carrying | None = None

    def spread(self, graph: Graph) -> None:
        """Make all terms for the vessels as they are."""
        points, places, spacing = wall_points(graph, self.domain)
        self.total[...] = 0
        for index, what in self.exchanged.items():
            through, share = self._permeability(what, graph.segments)
            some = through > 0
            g = np.zeros(len(through))
            g[some] = conductance(graph.segments.radius[some], through[some], self.diffusion[index], spacing)
            taking = g[points.segment] * points.length / self.domain.voxel_volume
            blood = graph.segments.oxygen if what.haemoglobin else np.full(len(g), float(what.blood))
            giving = taking * (blood * share)[points.segment]
            on = taking > 0
            self.terms[index] = self._deposited(index, places[:, on], taking[on], giving[on])
            if what.haemoglobin:
                gives = g * share * graph.lengths()
                self.carrying = _Carrying(index, what, points.segment[on], gives)

    def _permeability(self, what: WallExchange, segments: Segments) -> tuple[np.ndarray, np.ndarray]:
        """Of each segment, um/min: what its wall lets through and takes up in all, and the share of the former."""
        flows = segments.perfused
        if what.permeability == "free":
            return np.where(flows, np.inf, what.uptake), flows.astype(np.float64)
        through = np.full(len(flows), float(what.permeability))
        if what.naked is not None:
            through = permeability(segments.wall, what.permeability, what.naked, segments.vegf, self.half)
        through = np.where(flows, through, 0.0)
        total = through + what.uptake
        return total, np.divide(through, total, out=np.zeros(len(total)), where=total > 0)

    def _deposited(self, index: int, places: np.ndarray, taking: np.ndarray, giving: np.ndarray) -> _Terms:
        k, n, voxels = self.kernels, len(taking), self.total.size
        old = self.terms.get(index)
        sink, source = (old.sink, old.source) if old else (k.zeros(voxels), k.zeros(voxels))
        where = {axis: k.array(along) for axis, along in zip("xyz", places)}
        grid, both = self.grids[index], ((taking, sink), (giving, source))
        made = [spread(k, grid, where, values, self.total, out) for values, out in both]
        return _Terms(n, where, *made, sink, source)

    def beside(self, tissue: Tissue, segments: int) -> np.ndarray:
        """The mean of what blood carries in the tissue at the wall of each segment; 0 where nothing is exchanged."""
        k, terms, carrying = self.kernels, self.terms[self.carrying.index], self.carrying
        found, one, none = k.zeros(terms.n), k.array(np.ones(terms.n)), k.zeros(terms.n)
        if terms.n:
            k.collect(
                n=terms.n, **self.grids[carrying.index], amount=1.0, **terms.where, taking=one, giving=none,
                u=tissue.fields[carrying.index], internal=found,
            )  # fmt: skip
        values = k.host(found).astype(np.float64)
        count = np.bincount(carrying.segment, minlength=segments)
        return np.bincount(carrying.segment, values, segments) / np.maximum(count, 1)

    def add(self, index: int, sink: Any, source: Any) -> None:
        """Add what vessels exchange of a substrate to what cells do."""
        if index in self.terms:
            sink += self.terms[index].sink
            source += self.terms[index].source

    def booking(self, index: int, tissue: Tissue, dt: float) -> Way:
        """Add what vessels have given in a step of dt min to the new field to ``tissue.delivered``, value um3."""
        terms = self.terms.get(index)
        if terms is None or not terms.n:
            return
        asked = terms, tissue.fields[index], tissue.delivered[index]
        known = self._bookings.get(index)
        if known is None or known.dt != dt or any(map(is_not, known.of, asked)):
            known = self._bookings[index] = self._booked(index, asked, dt)
        known.gained[...] = 0
        known.sums[...] = 0
        yield known.go

    def _booked(self, index: int, of: tuple[_Terms, Any, Any], dt: float) -> _Booking:
        """The launches of `booking` as one call."""
        (terms, u, amount), k, grid = of, self.kernels, self.grids[index]
        n, gained, sums = terms.n, k.zeros(terms.n), k.zeros(3, np.int64)
        peak, total = sums[:2], sums[2:]
        launches = [
            k.collect.ready(
                n=n, **grid, amount=-self.domain.voxel_volume * dt, **terms.where, taking=terms.taking,
                giving=terms.giving, u=u, internal=gained,
            ),
            k.largest.ready(nx=n, rows=1, u=gained, source=gained, peak=peak),
            k.deposit.ready(n=n, **(grid | ALL_IN_ONE), **terms.where, value=gained, peak=peak[:1], total=total),
            k.tally.ready(n=n, volume=1.0, dt=1.0, peak=peak[:1], total=total, amount=amount),
        ]  # fmt: skip
        return _Booking(of, dt, gained, sums, k.replay(launches))
