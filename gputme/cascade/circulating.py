r"""What becomes of cells in the blood, and in lymph.

A unit of n cells flows from bed to bed of capillaries, each a ``transit`` away: from a tissue's veins into the bed that
its blood ``drains`` into, unless given into that of ``body.veins``, from there, and where there is neither, by the
arteries into one that is drawn by the shares of ``flow``; or always by ``tropism``, where that is given. In a bed it is
held with the probability 1 - (1 - arrest)^n, else it goes on. On the way, and while it is held, happen

    death of a cell    rate d n^(-1/3) each: the surface that it exposes
    parting            rate s each, of clusters that are not held
    coming out         rate x, of what is held, all its cells together

With lymph a unit flows from a tissue into its ``node``, from there into the node's, and from the last into the blood,
each a ``lymph.transit`` away; in a node it is held with the probability 1 - (1 - filter)^n, and then is as in
capillaries. On the way deaths and partings have rates of their own.

All happens at its own time: of a unit at rest since the tick t0 the next event comes after -\ln(1 - u) / (sum of the
rates), u keyed by (seed, t0, the unit's name), which event and whose by the next number of the same key. Nothing
depends on the order of units, nor on the length of steps. A unit is lost when its last cell dies; that clusters do
better follows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np

from gputme.cascade import draws
from gputme.columns import NEVER, TICKS
from gputme.maths import cbrt, log
from gputme.model.body import Body
from gputme.state.circulation import IN_BLOOD, IN_LYMPH, Circulation, Unit
from gputme.state.ledger import Event

__all__ = ["Circulating"]


class Circulating:
    """Carries units on; ``come_out(tick, unit)`` is called with what leaves the capillaries of ``unit.bed``."""

    def __init__(self, body: Body, seed: int, come_out: Callable[[int, Unit], None]):
        self.body, self.seed, self.come_out = body, seed, come_out
        self.transit = max(round(body.circulation.transit * TICKS), 1)
        names = body.names
        ways = [bed.drains or (None if bed.name == body.veins else body.veins) for bed in body.beds]
        ways.append(body.veins)  # of no tissue of the body
        self.drains = [None if way is None else names.index(way) for way in ways]  # None: the arteries
        self.lymph_transit = max(round(body.lymph.transit * TICKS), 1) if body.lymph else 0
        nodes = [*(bed.node for bed in body.beds), None]
        self.nodes = [IN_BLOOD if node is None else names.index(node) for node in nodes]
        shares = [float(bed.flow if bed.tropism is None else bed.tropism) for bed in body.beds]
        self.tropic = any(bed.tropism is not None for bed in body.beds)
        self.shares = np.cumsum(shares)

    def enter(self, blood: Circulation, tick: int, unit: Unit) -> None:
        """Take up what has passed the wall of a vessel of the tissue ``unit.origin``."""
        unit.bed = self._next(unit.origin, draws.numbers(self.seed, tick, unit.name, draws.ENTER)[3])
        unit.since, unit.due = tick, tick + self.transit
        blood.tell(Event.ENTERED, tick, unit, unit.origin)
        blood.units.append(unit)

    def enter_lymph(self, blood: Circulation, tick: int, unit: Unit) -> None:
        """Take up what has passed into a lymph vessel of the tissue ``unit.origin``."""
        unit.lymph, unit.bed = True, self.nodes[unit.origin]
        unit.since, unit.due = tick, tick + self.lymph_transit
        blood.tell(Event.ENTERED_LYMPH, tick, unit, unit.origin)
        blood.units.append(unit)

    def step(self, blood: Circulation, end: int) -> None:
        """All that happens up to the tick ``end``."""
        waiting = [unit for unit in blood.units if unit.wakes <= end]
        if not waiting:
            return
        left = [unit for unit in blood.units if unit.wakes > end]
        waiting.sort(key=lambda unit: unit.name)
        while waiting:
            unit = waiting.pop()
            while unit.cells and (unit.held or unit.due != NEVER):
                tick, happen, u = self._soonest(unit)
                if tick > end:
                    unit.wakes = tick
                    left.append(unit)
                    break
                if parted := happen(blood, tick, unit, u):
                    waiting.append(parted)
        blood.units = sorted(left, key=lambda unit: unit.name)

    def _soonest(self, unit: Unit) -> tuple[int, Callable[..., Unit | None], tuple[float, ...]]:
        """The next that happens to a unit, when, and the numbers that are left for it."""
        n, given = len(unit), self.body.lymph if unit.lymph else self.body.circulation
        exposed = _exposed(n)
        if unit.held:
            bed = self.body.beds[unit.bed]
            death, second, other = bed.death * exposed, bed.extravasation, self._come_out
        else:
            death, second, other = given.death * exposed, given.disaggregation * n * (n > 1), self._part
        total = death + second
        u, which, *more = draws.numbers(self.seed, unit.since, unit.name, draws.HAPPEN)
        if u * TICKS * (1 - 1e-9) > (unit.due - unit.since) * total:  # -log(1 - u) > u: it reaches the bed before
            return unit.due, self._reach, (*more,)
        wait = max(math.ceil(-float(log(1.0 - u)) / total * TICKS), 1) if total > 0 else NEVER
        tick = unit.since + wait
        if tick >= unit.due:
            return unit.due, self._reach, (*more,)
        return (tick, self._die, (which * total / death, *more)) if which * total < death else (tick, other, (*more,))

    def _die(self, blood: Circulation, tick: int, unit: Unit, u: tuple[float, ...]) -> None:
        """One cell dies; all are exposed alike."""
        id = _drawn(unit, u[0])
        blood.tell(Event.DIED, tick, unit, unit.bed if unit.held else _flowing(unit), [id])
        del unit.cells[id]
        unit.since = tick

    def _part(self, blood: Circulation, tick: int, unit: Unit, u: tuple[float, ...]) -> Unit:
        """One cell leaves its cluster and goes the same way alone."""
        id = _drawn(unit, u[0])
        blood.tell(Event.PARTED, tick, unit, _flowing(unit), [id])
        unit.since = tick
        alone = {id: unit.cells.pop(id)}
        return Unit(alone, unit.origin, unit.entered, tick, unit.due, unit.bed, unit.held, unit.passes, unit.lymph)

    def _come_out(self, blood: Circulation, tick: int, unit: Unit, u: tuple[float, ...]) -> None:
        """It leaves the capillaries as it is."""
        blood.tell(Event.CAME_OUT, tick, unit, unit.bed)
        self.come_out(tick, unit)
        unit.held, unit.due = False, NEVER

    def _reach(self, blood: Circulation, tick: int, unit: Unit, u: tuple[float, ...]) -> None:
        """It reaches a bed of capillaries, or a node, and is held, or flows on to the next."""
        unit.since = tick
        if unit.bed != IN_BLOOD and u[0] < 1.0 - (1.0 - self._holds(unit)) ** len(unit):
            unit.held, unit.due = True, NEVER
            blood.tell(Event.HELD, tick, unit, unit.bed)
            return
        if unit.lymph and unit.bed != IN_BLOOD:
            unit.bed, unit.due = self.nodes[unit.bed], tick + self.lymph_transit
            unit.passes += 1
            return
        if unit.lymph:
            unit.lymph = False
            blood.tell(Event.REACHED_BLOOD, tick, unit, IN_BLOOD)
        unit.bed, unit.passes = self._next(unit.bed, u[1]), unit.passes + 1
        unit.due = tick + self.transit

    def _holds(self, unit: Unit) -> float:
        """Probability that a single cell is held where the unit has come to."""
        bed = self.body.beds[unit.bed]
        return bed.filter if unit.lymph else bed.arrest

    def _next(self, tissue: int, u: float) -> int:
        """The bed that follows on that of a tissue."""
        if not self.tropic and self.drains[tissue] is not None:
            return self.drains[tissue]
        found = int(np.searchsorted(self.shares, u, side="right"))
        if found < len(self.shares):
            return found
        return int(np.flatnonzero(np.diff(self.shares, prepend=0.0))[-1]) if self.tropic else IN_BLOOD  # shares round


def _flowing(unit: Unit) -> int:
    """The tissue that the ledger has for what is in none."""
    return IN_LYMPH if unit.lymph else IN_BLOOD


@cache
def _exposed(n: int) -> float:
    """The surfaces that the cells of a cluster expose together, in those of a single cell."""
    return n / float(cbrt(float(n)))


def _drawn(unit: Unit, u: float) -> int:
    """One of its cells, by a number."""
    return list(unit.cells)[min(int(u * len(unit)), len(unit) - 1)]
