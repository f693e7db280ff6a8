"""What cells do to each other in a step: events between two cells, each at its own time.

Once the cells' places are known, each *actor* (a cell that may do something to others) draws its next event, and rounds
begin: every event asks for its two cells; those happen that no earlier event of either cell stands before (where cells
are eaten, or fuse, nor one of cells nearby); and their actors draw anew from then on. Rounds end when no event is left
in the step. So events happen in the order of their times wherever it matters, whatever the order of memory or threads.

Neighbours are those that contacts count, at the step's start. Whoever is eaten, or fuses into another, is gone when the
rounds are over; whoever is killed dies at that time in ``fate``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gputme.backends import Kernels
from gputme.columns import EATING, TICKS, attacks
from gputme.errors import RunError
from gputme.model.phenotype import Exchange
from gputme.ops.interactions._meetings import LONGEST, MOST_ROUNDS, Ends
from gputme.parameters import Parameters
from gputme.solvers.fate import remove
from gputme.solvers.lists import Lists
from gputme.solvers.neighbours import Neighbours, corner
from gputme.solvers.rounds import rounds
from gputme.state import Tissue

__all__ = ["Interactions"]

_HAPPENED = ("attacks", "ingestions", "fusions")  # as the kernel `carry_out` counts them


class Interactions:
    """Events between the cells of a tissue: ``find`` before anything else in a step, then ``step``."""

    def __init__(self, parameters: Parameters, kernels: Kernels):
        p, k, types = parameters, kernels, parameters.scenario.cell_types
        if p.scenario.time.step_ticks > LONGEST:  # where rules alone let cells meet
            raise RunError(f"time.step is {p.scenario.time.step:g} min, too long for cells that attack, eat or fuse")
        self.kernels, self.lists = k, Lists(k)
        self.room = self.actors_room = self.m = 0
        per = dict(types=len(types))
        self.attacks, self.eats, self.fuses = attacks(p), p.ever(*EATING), p.ever("fuse")
        self.takes = self.eats or self.fuses  # whether cells take others in
        words = [w for kind in ("attack", *EATING, "fuse") for w in p.behaviours.all_of(kind)]
        ruled = (p.slot[words] >= 0).any()
        acts = k.array([bool(ruled or row[words].any()) for row in p.table], np.uint8)
        first = {f"{kind}_to": p.behaviours.of(kind) for kind in ("attack", "immunogenicity", "eat", "fuse")}
        needed = k.array([t.attack.hits if t.attack.by == "hits" else 0 for t in types], np.int32)
        memory = k.array([round(t.attack.memory * TICKS) for t in types], np.int64)
        self.count, self.standing = k.zeros(1, np.int64), k.zeros(1, np.int64)
        self.happened = k.zeros(len(_HAPPENED), np.int64)
        seed = dict(seed=p.scenario.seed)
        spans = [(t.attack.none_beyond or 0.0, t.attack.full_within) for t in types]
        beyond, fade = (k.array(v, np.float64) for v in zip(*((b, 1 / (b - a) if b else 0.0) for b, a in spans)))
        self._muster = k.muster.ready(**per, acts=acts, count=self.count)
        self._hold = k.hold.ready()
        self._propose = k.propose.ready(
            **per, **seed, **first, eats=int(self.eats), fuses=int(self.fuses), needed=needed,
            ends=k.array([Ends.__dict__[t.attack.ends.upper()] for t in types], np.uint8), standing=self.standing,
            beyond=beyond, fade=fade, weighted=k.array([t.attack.immunogenic_hits for t in types], np.uint8),
        )  # fmt: skip
        self._contend, self._defer = k.contend.ready(), k.defer.ready()
        self._carry_out = k.carry_out.ready(
            **per, **seed, around=int(self.takes), needed=needed, memory=memory, happened=self.happened
        )
        names = [p.substrates[s] for s in p.tracked]
        exchanges = [[t.exchange.get(name, Exchange()) for name in names] for t in types]
        shares = [e.fraction_transferred_when_ingested for row in exchanges for e in row]
        amounts = [getattr(t.custom.get(x), "inherit", "") == "halve" for t in types for x in p.customs]
        self._swallow = k.swallow.ready(
            **per, tracked=len(p.tracked), customs=len(p.customs), transferred=k.array(shares),
            amount=k.array(amounts, np.uint8),
        )  # fmt: skip
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
        neighbours.touch(cells, behaviours)
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
        if self.takes:
            self.rank[...] = -1
            self.rank[self.actors] = self.ranks[: self.m]
        grid = self._grid(neighbours)
        if self.attacks:
            self._hold(cells, self, neighbours, **grid)
        else:
            self.at[...] = -1
        if self._regarded and self.attacks:
            self._regard(cells, self, sensed=cells.signals)

    def step(self, tissue: Tissue, neighbours: Neighbours, behaviours: dict[str, Any], end: int) -> dict[str, int]:
        """All events from the tissue's tick to ``end``; what happened, counted. Raises RunError where it never ends."""
        self.happened[...] = 0
        cells, tick, n = tissue.cells, tissue.tick, tissue.cells.n
        if self.attacks:
            self.before[:n] = cells.attack_time[:n]
        if self.m:
            grid = self._grid(neighbours)
            here = grid | behaviours

            def draw(round: int) -> None:
                self._propose(cells, self, neighbours, **here, round=round, tick=tick, end=end)

            for round in rounds(
                self.kernels, self.standing, draw,
                f"more than {MOST_ROUNDS} events between the same cells follow each other in one step of "
                f"{(end - tick) / TICKS:g} min: make the step (time.step) or the rates of attack smaller",
            ):  # fmt: skip
                self._contend(cells, self, round=round, tick=tick)
                if self.takes:
                    self._defer(cells, self, neighbours, **grid, round=round, tick=tick)
                self._carry_out(cells, self, **behaviours, round=round, tick=tick)
                if self.takes:
                    periods = corner("w", neighbours.periods)
                    self._swallow(cells, self, **periods, **corner("l", neighbours.lower))
            if self.attacks:
                self._conclude(cells, self, **behaviours, tick=tick, end=end)
        if self.attacks:
            cells.attacking[:n] = (cells.attack_time[:n] - self.before[:n]) / (end - tick)
        happened = dict(zip(_HAPPENED, self.kernels.host(self.happened).tolist()))
        if gone := happened["ingestions"] + happened["fusions"]:
            remove(cells, self.mark, gone, least=2, lists=self.lists)
            neighbours.forget()
        return happened

    def stay(self, cells: Any, walk: tuple[Any, Any, Any]) -> None:
        """Holders do not walk: their displacements become 0."""
        if self.m and self.attacks:
            self._stay(cells, **dict(zip(("dx", "dy", "dz"), walk)))

    def _grid(self, neighbours: Neighbours) -> dict[str, Any]:
        return neighbours.where() | corner("w", neighbours.periods) | dict(widest=neighbours.half)

    def _make_room(self, capacity: int) -> None:
        if capacity > self.room:
            self.room = capacity
            remake = self.kernels.remake
            remake(self, ("mark",), capacity, np.uint8)
            remake(self, ("seat", "rank"), capacity, np.int32)
            remake(self, ("first", "before"), capacity, np.int64)

    def _make_actors(self, m: int) -> None:
        if m > self.actors_room:
            self.actors_room = m + m // 4 + 16
            remake = self.kernels.remake
            remake(self, ("what", "waits"), self.actors_room, np.uint8)
            remake(self, ("at", "whom"), self.actors_room, np.int32)
            remake(self, ("when", "clock"), self.actors_room, np.int64)
            self.ranks = self.kernels.array(np.arange(self.actors_room), np.int32)
