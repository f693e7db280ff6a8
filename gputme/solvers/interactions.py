"""What cells do to each other in a step: events between two cells, each at its own time.

Once the cells' places are known, each *actor* (a cell that may do something to others) draws its next event, and rounds
begin: every event asks for its two cells; those that no earlier event of either cell stands before happen; and whoever
an event has reached draws anew from then on. Rounds end when no event is left in the step. So events happen in the
order of their times wherever it matters, whatever the order of memory or threads.

Neighbours are those at the step's start, as contacts are: cells of types that a contact's reach holds for.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gputme.backends import Kernels
from gputme.columns import TICKS, attacks
from gputme.errors import RunError
from gputme.ops.interactions._meetings import MOST_ROUNDS, Ends
from gputme.parameters import Parameters
from gputme.solvers.lists import Lists
from gputme.solvers.neighbours import Neighbours, corner
from gputme.state import Tissue

__all__ = ["Interactions", "interacts"]


def interacts(parameters: Parameters) -> bool:
    """Whether cells of a scenario may do anything to each other but push and be counted."""
    return attacks(parameters)


class Interactions:
    """Events between the cells of a tissue: ``find`` before anything else in a step, then ``step``."""

    def __init__(self, parameters: Parameters, kernels: Kernels):
        p, k, types = parameters, kernels, parameters.scenario.cell_types
        self.kernels, self.lists = k, Lists(k)
        self.room = self.actors_room = self.m = 0
        per = dict(types=len(types))
        words = p.behaviours.all_of("attack")
        ruled = (p.slot[words] >= 0).any()
        acts = k.array([bool(ruled or row[words].any()) for row in p.table], np.uint8)
        needed = k.array([t.attack.hits if t.attack.by == "hits" else 0 for t in types], np.int32)
        memory = k.array([round(t.attack.memory * TICKS) for t in types], np.int64)
        self.unruled = k.array(np.full_like(p.slot, -1), np.int32)
        self.count, self.standing = k.zeros(1, np.int64), k.zeros(1, np.int64)
        self.attacks = k.zeros(1, np.int64)
        seed = dict(seed=p.scenario.seed)
        spans = [(t.attack.none_beyond or 0.0, t.attack.full_within) for t in types]
        beyond, fade = (k.array(v, np.float64) for v in zip(*((b, 1 / (b - a) if b else 0.0) for b, a in spans)))
        self._muster = k.muster.ready(**per, acts=acts, count=self.count)
        self._hold = k.hold.ready()
        self._propose = k.propose.ready(
            **per, **seed, attack=words.start, immunogenicity=p.behaviours.of("immunogenicity"), needed=needed,
            ends=k.array([Ends.__dict__[t.attack.ends.upper()] for t in types], np.uint8), standing=self.standing,
            beyond=beyond, fade=fade,
        )  # fmt: skip
        self._contend = k.contend.ready()
        self._carry_out = k.carry_out.ready(**per, **seed, needed=needed, memory=memory, attacks=self.attacks)
        self._conclude = k.conclude.ready(**per, needed=needed)
        self._stay = k.stay.ready(**per, walks=k.array([t.attack.walks for t in types], np.uint8))
        regarded = [(s.index, row) for row, s in enumerate(p.signals) if s.kind == "held"]
        self._regarded = [row for _, row in regarded]
        variables, rows = (k.array(v or [0], np.int32) for v in (list(zip(*regarded)) or ([], [])))
        self._regard = k.regard.ready(wanted=len(regarded), variable=variables, row=rows)

    def find(self, tissue: Tissue, neighbours: Neighbours, behaviours: dict[str, Any]) -> None:
        """Who acts, where cells are, and whom each actor holds; signals of those who are held."""
        cells = tissue.cells
        self.m = 0
        if not cells.n:
            return
        neighbours.place(cells, behaviours)
        neighbours.copy(cells, {**behaviours, "slot": self.unruled})
        self._make_room(cells.capacity)
        self.count[...] = 0
        self._muster(cells, self, neighbours)
        self.m = int(self.kernels.host(self.count)[0])
        for row in self._regarded:
            cells.row("signals", row)[...] = 0
        if not self.m:
            return
        self._make_actors(self.m)
        self.actors = self.lists.by_id(cells.id, self.mark, 1, 1, cells.n, self.m, cells.next_id)
        grid = self._grid(neighbours)
        self._hold(cells, self, neighbours, **grid)
        if self._regarded:
            self._regard(cells, self, sensed=cells.signals)

    def step(self, tissue: Tissue, neighbours: Neighbours, behaviours: dict[str, Any], end: int) -> dict[str, int]:
        """All events from the tissue's tick to ``end``; what happened, counted. Raises RunError where it never ends."""
        self.attacks[...] = 0
        if self.m:
            cells, tick = tissue.cells, tissue.tick
            here = self._grid(neighbours) | behaviours
            for round in range(1, MOST_ROUNDS + 1):
                self.standing[...] = 0
                self._propose(cells, self, neighbours, **here, round=round, tick=tick, end=end)
                if not int(self.kernels.host(self.standing)[0]):
                    break
                self._contend(cells, self, round=round, tick=tick)
                self._carry_out(cells, self, **behaviours, round=round, tick=tick)
            else:
                raise RunError(
                    f"more than {MOST_ROUNDS} events between the same cells follow each other in one step of "
                    f"{(end - tick) / TICKS:g} min: make the step (time.step) or the rates of attack smaller"
                )
            self._conclude(cells, self, **behaviours, tick=tick, end=end)
        return {"attacks": int(self.kernels.host(self.attacks)[0])}

    def stay(self, cells: Any, walk: tuple[Any, Any, Any]) -> None:
        """Holders do not walk: their displacements become 0."""
        if self.m:
            self._stay(cells, **dict(zip(("dx", "dy", "dz"), walk)))

    def _grid(self, neighbours: Neighbours) -> dict[str, Any]:
        where = neighbours.grid() | corner("l", neighbours.first) | corner("b", neighbours.per_um)
        return where | corner("w", neighbours.periods) | dict(widest=neighbours.half)

    def _make_room(self, capacity: int) -> None:
        if capacity > self.room:
            self.room = capacity
            remake = self.kernels.remake
            remake(self, ("mark",), capacity, np.uint8)
            remake(self, ("seat",), capacity, np.int32)
            remake(self, ("first",), capacity, np.int64)

    def _make_actors(self, m: int) -> None:
        if m > self.actors_room:
            self.actors_room = m + m // 4 + 16
            remake = self.kernels.remake
            remake(self, ("what",), self.actors_room, np.uint8)
            remake(self, ("at", "whom"), self.actors_room, np.int32)
            remake(self, ("when", "clock"), self.actors_room, np.int64)
