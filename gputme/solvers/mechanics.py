"""Adhesion, repulsion and walls: forces, and how cells go by them. All state is in the cells' columns.

A base step is gone through in rounds, mostly one ::

    rounds = mechanics.rounds(cells, behaviours, minutes)
    for each of them:
        exponent = mechanics.depart(cells, behaviours, minutes / rounds, last, displacement)
        mechanics.arrive(cells, behaviours, gone)

``depart`` finds the neighbours (:mod:`gputme.solvers.neighbours`), computes all forces once, and from them in how
many steps each cell goes through the round: 2^e, one for nearly all (:mod:`gputme.ops.motion.pace`, ``meet``).
``arrive`` takes the few through their sub-steps, each a launch over those whose turn it is
(:mod:`gputme.ops.motion.substep`), and puts all where they then stand. Springs (:mod:`gputme.solvers.bonds`) are added
to the forces wherever these are computed. A scenario that fixes its steps takes them one
by one with ``prepare`` and ``substep`` instead.

``behaviours`` are table, slot, ruled, stride and behaviours, as operations take them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gputme.maths import from_bits
from gputme.ops.motion._pair import pair_strengths
from gputme.ops.motion._walls import coded
from gputme.ops.motion._ways import LEVELS, WAY
from gputme.solvers.bonds import Bonds
from gputme.solvers.neighbours import Neighbours, corner, parts
from gputme.vocabulary import Behaviours

__all__ = ["MOST_STEPS", "Mechanics"]

MOST_STEPS = 5000  # of a cell in a base step, 2^12 in one round: sane tissues ask for 1 to 100 a minute
ROUND = 1.0  # min, the longest round in which cells walk or ask for more than one step
LIST = 64  # partners that a cell of several steps has room for at first


class Mechanics:
    """Mechanics in a box from ``lower`` to ``upper`` (x, y, z in um).

    ``walls``: a word per face (x_min, x_max, y_min, ...): "reflect", "absorb" or "periodic". ``planar``:
    cells stay in their plane. ``table`` and ``slot``: the host's base values of behaviours (types,
    behaviours) and their slots. ``accuracy``: radii that a cell may be off after a fresh overlap, which sets
    the number of steps (goes by its root). ``acts`` False: no forces; cells only walk, and walls hold.
    ``widest``: the largest reach that rules can give to a cell of each type; that of the table unless given.

    ``rates``: the most steps per minute that one cell asked for last by stability, displacement and accuracy.
    ``levels``: how many cells took 2^e steps in the last round, by e. ``evaluations``: forces on a cell, so far.
    """

    def __init__(
        self, kernels: Any, lower: Sequence[float], upper: Sequence[float], walls: Sequence[str],
        planar: bool, numbering: Behaviours, table: np.ndarray, slot: np.ndarray, accuracy: float = 0.002,
        acts: bool = True, widest: np.ndarray | None = None,
    ):  # fmt: skip
        self.kernels = kernels
        widest = table[:, Behaviours.REACH] if widest is None else widest
        near = Neighbours(kernels, lower, upper, walls, planar, widest, ruled=bool(slot[Behaviours.REACH] >= 0))
        self.neighbours = near
        self.planar, self.accuracy, self.acts = planar, accuracy, acts
        self.rates, self.levels, self.evaluations = (0.0, 0.0, 0.0), np.zeros(LEVELS, np.int64), 0
        self.types = len(table)
        self.box = dict(walls=coded(walls), **corner("l", near.lower), **corner("u", near.upper))
        self.affinity = numbering.of("affinity")
        self.bonds = Bonds(kernels, near.periods, self.types, self.affinity)
        self.others: list[Any] = []  # what else pulls or pushes, in scenarios that have it: `Holds`, `Membrane`
        asked = [Behaviours.ADHESION, Behaviours.REPULSION, *numbering.all_of("affinity")]
        self.paired = bool((np.asarray(slot)[asked] < 0).all())
        strengths = pair_strengths(np.asarray(table, kernels.real), self.affinity)
        self.repulsion, self.adhesion = (kernels.array(s.ravel()) for s in strengths)
        self.tally = kernels.zeros(6 + 2 * LEVELS, np.int64)  # all that a round counts, in one read
        self.peak, self.found, self.longest = self.tally[:4], self.tally[4:5], self.tally[5:6]
        self.count, self.taken = self.tally[6 : 6 + LEVELS], self.tally[6 + LEVELS :]
        self.tx = self.ty = self.tz = kernels.zeros(0)  # what pulls at the cells whose turn it is
        self.room = self.rows = 0
        self.width = LIST
        self.fresh = False
        self.minutes = 0.0
        self._prepare()

    # ------------------------------------------------------------------------------------------ one base step

    def rounds(self, cells: Any, behaviours: Mapping[str, Any], minutes: float) -> int:
        """In how many rounds a base step is gone through, at least 1.

        In each nobody walks further than over one distance of interaction, and base steps longer than ROUND are
        divided where somebody walks or asks for more than one step.
        """
        near = self.neighbours
        if cells.n == 0:
            return 1
        near.place(cells, behaviours)
        walked = math.ceil(near.fastest * minutes / (2 * near.half))
        if minutes <= ROUND:
            return max(1, walked)
        if near.fastest > 0:
            return max(walked, math.ceil(minutes / ROUND))
        self._forces(cells, behaviours, measure=True)
        self.tally[...] = 0
        self._pace(cells, self, near, parts=parts(cells.n), minutes=minutes, **behaviours, **self._still(cells))
        rates = from_bits(self.kernels.host(self.peak))[:3]
        return max(1, min(math.ceil(minutes / ROUND), math.ceil(rates.max() * minutes)))

    def depart(
        self, cells: Any, behaviours: Mapping[str, Any], minutes: float, last: float,
        displacement: tuple[Any, Any, Any] | None = None,
    ) -> int:  # fmt: skip
        """Everybody's first step in a round; returns e where somebody takes 2^e steps, and nobody more.

        ``last``: the round (or fixed step) before, min, 0: none; part of the checkpoint. ``displacement`` (dx, dy, dz;
        um) by motility is added. Writes ``cells.pressure``. Raises RunError where a periodic axis is too short.
        """
        if cells.n == 0:
            return 0
        near, share = self.neighbours, parts(cells.n)
        self.minutes, self.displacement = minutes, self._displaced(cells, displacement)
        self._forces(cells, behaviours, measure=True)
        self.fresh = False
        self.tally[...] = 0
        now = dict(minutes=minutes, **behaviours, **self.displacement)
        self._pace(cells, self, near, parts=share, **now)
        where = near.where()
        self._meet(cells, self, near, parts=share, **where, **now)
        self._depart(cells, self, near, last=last, **now)
        self._enlist(cells, self)
        self._list(cells, self, near, parts=share, **where)
        tally = self.kernels.host(self.tally)
        self.rates = tuple(float(r) for r in from_bits(tally[:3]))
        self.levels = np.array(tally[6 : 6 + LEVELS])
        self.levels[0] = cells.n - self.levels.sum()
        active, longest = int(self.levels[1:].sum()), int(tally[5])
        while active > self.rows or longest > self.width:
            self._make_lists(active, longest)
            self._list(cells, self, near, parts=share, **where)
            longest = int(self.kernels.host(self.longest)[0])  # now of those, too, that had no row before
        return int(np.flatnonzero(self.levels).max())

    def arrive(self, cells: Any, behaviours: Mapping[str, Any], gone: Any) -> None:
        """Sub-steps of those who take several, and where all stand then; ``gone`` (u8) is set where a wall absorbs."""
        if cells.n == 0:
            return
        near, top = self.neighbours, int(np.flatnonzero(self.levels).max())
        if top:
            self._take_turns(cells, behaviours, top, gone)
        self._arrive(cells, self, near, minutes=self.minutes, **self.displacement, gone=gone)
        near.moved()

    def _take_turns(self, cells: Any, behaviours: Mapping[str, Any], top: int, gone: Any) -> None:
        """All sub-steps in one call: in each the springs of all kinds, and what else pulls, on the cells whose turn it
        is, and then these."""
        near = self.neighbours
        turns = np.cumsum(self.levels[::-1])[::-1].tolist()  # cells of at least 2^e steps
        rounds = [(turns[top - (k & -k).bit_length() + 1], k) for k in range(1, 2**top)]
        turn = dict(turn=rounds[0][0], now=1, top=top, minutes=self.minutes)
        pulling = [one for one in (self.bonds, *self.others) if one.pulls(cells)]
        if pulling and self.tx.size < cells.capacity:
            self.kernels.remake(self, ("tx", "ty", "tz"), cells.capacity)
        for one in pulling:
            one.follow(cells, near.order)
        tugs = [
            one.tug(cells, behaviours, self, near, joins=int(one is not pulling[0]), **turn) for one in pulling
        ]  # fmt: skip
        go = self._turn.brought(
            cells, self, near, **turn, tugged=int(bool(pulling)), **self.displacement, gone=gone, **behaviours
        )
        self.kernels.repeat([*tugs, go], ("turn", "now"), rounds)
        self.evaluations += sum(turn for turn, _ in rounds)

    # ------------------------------------------------------------------------------------------ fixed steps

    def prepare(self, cells: Any, behaviours: Mapping[str, Any]) -> None:
        """Forces at the start of a base step of fixed steps; the first of them uses these."""
        if cells.n:
            self._forces(cells, behaviours, measure=True)

    def substep(
        self, cells: Any, behaviours: Mapping[str, Any], dt: float, last: float, gone: Any,
        displacement: tuple[Any, Any, Any] | None = None,
    ) -> None:  # fmt: skip
        """Move all cells over ``dt`` min in one step; the rest as in `depart` and `arrive`."""
        if cells.n == 0:
            return
        opens = self.fresh
        self._forces(cells, behaviours, measure=False)
        self.fresh = False
        walk = self._displaced(cells, displacement)
        self._move(cells, self, dt=dt, before=last, check=int(opens), **behaviours, **walk, gone=gone)
        self.neighbours.moved()

    # ------------------------------------------------------------------------------------------ parts of it

    def _forces(self, cells: Any, behaviours: Mapping[str, Any], measure: bool) -> None:
        """Velocities by forces and pressures where the cells now stand, unless known; without forces both stay 0."""
        if self.fresh and self.neighbours.placed:
            return
        self._make_room(cells.capacity)
        near = self.neighbours
        if self.acts or measure:
            near.place(cells, behaviours)
            near.copy(cells, behaviours)
        if self.acts:
            self._push(cells, self, near, **near.grid(), measure=int(measure), **behaviours)
            self.bonds.pull(cells, behaviours, self, measure)
            for other in self.others:
                other.pull(cells, behaviours, self, measure)
            self.evaluations += cells.n
        self.fresh = measure

    def _displaced(self, cells: Any, displacement: tuple[Any, Any, Any] | None) -> dict[str, Any]:
        return dict(zip(("dx", "dy", "dz"), displacement)) if displacement else self._still(cells)

    def _still(self, cells: Any) -> dict[str, Any]:
        """Nobody walks."""
        self._make_room(cells.capacity)
        return dict(dx=self.still_x, dy=self.still_y, dz=self.still_z)  # three: kernels turn them, each by itself

    def _prepare(self) -> None:
        """The launches, with what never changes; what they take from the cells and from here is followed."""
        k, types, planar = self.kernels, self.types, int(self.planar)
        periods = corner("w", self.neighbours.periods)
        pair = dict(
            paired=int(self.paired), types=types, affinity=self.affinity, repulsion=self.repulsion,
            adhesion=self.adhesion, **periods,
        )  # fmt: skip
        self._push = k.forces.ready(planar=planar, **pair)
        self._move = k.move.ready(types=types, planar=planar, **self.box)
        self._pace = k.pace.ready(types=types, accuracy=self.accuracy, peak=self.peak, found=self.found)
        self._meet = k.meet.ready(accuracy=self.accuracy, peak=self.peak, found=self.found, **pair)
        self._depart = k.depart.ready(types=types, planar=planar, count=self.count)
        self._enlist = k.enlist.ready(count=self.count, taken=self.taken)
        self._list = k.partners.ready(count=self.count, peak=self.peak, longest=self.longest, **periods)
        self._turn = k.substep.ready(planar=planar, **self.box, **pair)
        self._arrive = k.arrive.ready(planar=planar, **self.box)

    def _make_room(self, capacity: int) -> None:
        if capacity <= self.room:
            return
        self.room = capacity
        remake = self.kernels.remake
        remake(self, ("vx", "vy", "vz", "stiffness", "still_x", "still_y", "still_z", "wide"), capacity)
        remake(self, ("way",), WAY * capacity)
        remake(self, ("level",), capacity, np.int64)
        remake(self, ("seeds", "active"), capacity, np.int32)
        self._make_lists(max(self.rows, capacity // 16), self.width)

    def _make_lists(self, rows: int, width: int) -> None:
        """Room for the partners of ``rows`` cells of several steps, and a quarter more where it grows."""
        if rows > self.rows:
            self.rows = rows + rows // 4 + 16
        self.width = max(self.width, -(-width // LIST) * LIST)
        self.kernels.release()  # launches that hold what is replaced
        self.kernels.remake(self, ("length",), self.rows, np.int32)
        self.kernels.remake(self, ("list",), self.rows * self.width, np.int32)
