"""A body whose tissues are lattices, after Franssen et al., Bull Math Biol 81:1965, 2019: what passes between them.

A group of cells that enters a vessel travels for ``time``. Then each cell of a cluster leaves it with the probability
``disaggregation``, and each single cell and what is left of each cluster survives, as a whole, with the probability
``single`` or ``cluster``. What survives comes to an organ that is drawn by ``tropism``, out of one of its vessels, each
as likely, onto the points beside that; who finds no room there is lost. Nobody enters vessels of an organ.

All numbers are drawn with keys: of a cell that may leave by (tick, its id), of a unit by (tick, its smallest id).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from gputme.cascade.body import Site
from gputme.cascade.carrying import bring, remove_from, taken
from gputme.cascade.sound import faults
from gputme.lattice import LEAVE, UNIT, numbers
from gputme.solvers.lattice import Group
from gputme.state.circulation import COUNTED, IN_BLOOD, NOWHERE, Circulation, Unit
from gputme.state.ledger import Event

__all__ = ["Spreading"]


class Spreading:
    """Advances such a body by base steps. What a step depends on is in its tissues and in ``blood``."""

    def __init__(self, primary: Site, make: Callable[[str], Site]):
        scenario = primary.parameters.scenario
        self.given, self.fates, self.seed = scenario.body, scenario.lattice.blood, scenario.seed
        self.primary, self.make = primary, make
        organs = self.given.names[1:]
        counted = [f"{COUNTED[Event.ENTERED]} {self.given.name}", NOWHERE[Event.DIED, IN_BLOOD]]
        counted += [f"{COUNTED[event]} {name}" for event in (Event.DIED, Event.CAME_OUT) for name in organs]
        self.blood = Circulation(self.given.names, counted)
        self.shares = np.cumsum([float(organ.tropism or 0.0) for organ in self.given.organs])
        self.clock = primary.stepper.lattice.clock
        self.travels = scenario.lattice.steps(self.fates.time)
        self.sites: dict[str, Site] = {}
        self.guests: dict[str, dict[int, list[tuple[Unit, float]]]] = {}
        self._add(self.given.name, primary)

    def step(self) -> None:
        """One base step.

        1. Blood: of what comes out of vessels within the step, who has died, who comes where; an organ wakes where the
           first cells do.
        2. Tissues: each makes a step of its own (`gputme.solvers.lattice`), in which cells come and leave. Those that
           leave come out no earlier than in the next base step.
        """
        end = self.primary.tissue.tick + self.clock.ticks
        due = [unit for unit in self.blood.units if unit.due <= end]
        self.blood.units = [unit for unit in self.blood.units if unit.due > end]
        for unit in due:
            for part in self._parted(unit):
                self._send(part)
        for site in self.sites.values():
            site.stepper.step(site.tissue)
        self.blood.units.sort(key=lambda unit: unit.name)

    def _add(self, name: str, site: Site) -> None:
        self.sites[name], self.guests[name] = site, {}
        site.tissue.cells.genealogy.tissue = self.given.names.index(name)
        site.stepper.lattice.bring = partial(self._bring, name)
        if name == self.given.name:
            site.stepper.lattice.take = self._take

    # -------------------------------------------------------------------------------------------- blood

    def _take(self, groups: list[Group]) -> None:
        """Cells of the first tissue have entered its vessels."""
        tissue, parameters = self.primary.tissue, self.primary.parameters
        for step, rows in groups:
            tick, due = (self.clock.tick(when + 1) for when in (step, step + self.travels))
            unit = Unit(taken(tissue, parameters, rows), 0, tick, tick, due)
            self.blood.tell(Event.ENTERED, tick, unit, 0)
            self.blood.units.append(unit)
        remove_from(tissue, np.concatenate([group.rows for group in groups]))

    def _parted(self, unit: Unit) -> list[Unit]:
        """What becomes of a cluster at the end of its way: those that leave it, and the rest."""
        if len(unit) == 1:
            return [unit]
        ids = np.array(list(unit.cells), np.uint64)
        leaves = numbers(self.seed, unit.due, ids, LEAVE)[0] < self.fates.disaggregation
        alone, rest = ([int(id) for id in ids[which]] for which in (leaves, ~leaves))
        if alone:
            self.blood.tell(Event.PARTED, unit.due, unit, IN_BLOOD, alone)
        return [replace(unit, cells={id: unit.cells[id] for id in some}) for some in ([id] for id in alone)] + [
            replace(unit, cells={id: unit.cells[id] for id in rest}) for _ in rest[:1]
        ]

    def _send(self, unit: Unit) -> None:
        """To the organ that it comes to, if it survives and there is one."""
        survives, whither, which, _ = numbers(self.seed, unit.due, unit.name, UNIT)[:, 0].tolist()
        organs = self.given.organs
        if not organs or survives >= (self.fates.single if len(unit) == 1 else self.fates.cluster):
            self.blood.tell(Event.DIED, unit.due, unit, IN_BLOOD)
            return
        name = organs[min(int(np.searchsorted(self.shares, whither, side="right")), len(organs) - 1)].name
        if name not in self.sites:
            self._add(name, self.make(name))
            self.sites[name].tissue.begin_at(self.primary.tissue.tick)
        self.guests[name].setdefault(self.clock.step(unit.due) - 1, []).append((unit, which))

    def _bring(self, name: str, step: int) -> bool:
        """Put those that come to an organ in a step beside their vessels; whether there were any."""
        coming = sorted(self.guests[name].pop(step, []), key=lambda guest: guest[0].name)
        if not coming:
            return False
        site, number = self.sites[name], self.given.names.index(name)
        lattice, tissue = site.stepper.lattice, site.tissue
        many = np.asarray(tissue.kernels.host(tissue.voxels.array("vessel points"))).astype(np.int64)
        vessels = np.repeat(np.arange(many.size), many)
        for unit, which in coming:
            ids = sorted(unit.cells, key=lambda id: (int(unit.cells[id]["type"]), id))
            places = lattice.settle(int(vessels[int(which * len(vessels))]), len(ids))
            there = dict(sorted((id, place) for id, place in zip(ids, places.tolist()) if place >= 0))
            if lost := [id for id in ids if id not in there]:
                self.blood.tell(Event.DIED, unit.due, unit, number, lost)
            if there:
                self.blood.tell(Event.CAME_OUT, unit.due, unit, number, there)
                x, y = lattice.sites.xy(np.array(list(there.values())))
                placed = replace(unit, cells={id: unit.cells[id] for id in there})
                bring(tissue, site.parameters, unit.due, placed, np.stack([x, y, np.zeros(len(x))], axis=1), {})
        return True

    # ------------------------------------------------------------------------------ reading, saving, continuing

    def row(self) -> dict[str, float]:
        """What the time series says of it, but for what it says of each tissue."""
        return self.blood.row()

    def fault_of(self, state: Mapping[str, Any], tick: int) -> str:
        """Why the blood cannot go on from what a frame holds of it, in words; "" where it can."""
        return next(faults(state, self.given, len(self.primary.parameters.types), tick), "")

    def load(self, state: Mapping[str, Any], awake: Mapping[str, Site]) -> None:
        """Go on from the state of the blood that a frame holds, with its tissues that are awake, but for the first."""
        self.blood.load(state)
        self.sites, self.guests = {}, {}
        for name, site in {self.given.name: self.primary, **awake}.items():
            self._add(name, site)
