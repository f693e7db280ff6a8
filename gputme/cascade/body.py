"""A body: the tissue of its primary tumour, the blood, and what passes between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from gputme.cascade import draws
from gputme.cascade.carrying import remove_from, taken
from gputme.cascade.circulating import Circulating
from gputme.cascade.detached import detached
from gputme.cascade.intravasation import Intravasation
from gputme.model.body import Body as Given
from gputme.parameters import Parameters
from gputme.state import Tissue
from gputme.state.circulation import COUNTED, IN_TRANSIT, Circulation, Unit
from gputme.state.ledger import Event
from gputme.step import Stepper

__all__ = ["Body", "Site"]


class Site(Protocol):
    """A tissue with what steps it."""

    parameters: Parameters
    tissue: Tissue
    stepper: Stepper


class Body:
    """Advances a body by base steps. What a step depends on is in its tissue and in ``blood``."""

    def __init__(self, primary: Site):
        self.primary = primary
        self.given = primary.parameters.scenario.body
        self.seed = primary.parameters.scenario.seed
        self.blood = Circulation(self.given.names, counted(self.given))
        self.intravasation = Intravasation(primary.parameters, self.given, primary.tissue.kernels)
        self.circulating = Circulating(self.given, self.seed, self._come_out)

    def step(self) -> None:
        """One base step.

        1. Tissue: a step of its own (`gputme.step`).
        2. Intravasation: vessels have ruptured in that time, and cells have passed their walls.
        3. Blood: what is in it flows, is held, dies, parts and comes out, each event at its own time.
        """
        tick = self.primary.tissue.tick
        self.primary.stepper.step(self.primary.tissue)
        self._leave(self.primary, 0, tick)
        self.circulating.step(self.blood, self.primary.tissue.tick)

    def _leave(self, site: Site, number: int, tick: int) -> None:
        """What has happened at the vessels of a tissue from ``tick`` to its time."""
        tissue, blood = site.tissue, self.blood
        torn = {segment: until for (of, segment), until in blood.ruptured.items() if of == number}
        torn = self.intravasation.ruptures(tissue, torn, tick, tissue.tick)
        others = {key: until for key, until in blood.ruptured.items() if key[0] != number}
        blood.ruptured = others | {(number, segment): until for segment, until in torn.items()}
        leaving = self.intravasation.leaving(tissue, torn, tick, tissue.tick) if tissue.cells.n else []
        for one in leaving:
            cells = taken(tissue, site.parameters, one.places)
            self.circulating.enter(blood, one.tick, Unit(cells, number, one.tick, one.tick))
        if leaving:
            remove_from(tissue, np.concatenate([one.places for one in leaving]))
            site.stepper.mechanics.bonds.mend(tissue.cells)

    def _come_out(self, tick: int, unit: Unit) -> None:
        """A tally counts what becomes of each cell that comes out."""
        tally = self.given.organs[unit.bed - 1].tally
        for id in unit.cells:
            grows, colonises, *_ = draws.numbers(self.seed, tick, id, draws.TALLY)
            if grows < tally.grows:
                self.blood.tell(Event.GREW, tick, unit, unit.bed, [id])
                if colonises < tally.colonises:
                    self.blood.tell(Event.COLONISED, tick, unit, unit.bed, [id])

    def row(self) -> dict[str, float]:
        """What the time series says of it."""
        return detached(self.primary.tissue, self.intravasation) | self.blood.row()

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds beside that of its tissue."""
        return self.blood.state()

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` gave."""
        self.blood.load(state)


def counted(body: Given) -> list[str]:
    """What may happen where, by the names of the time series."""
    organs, tallies = body.names[1:], [organ.name for organ in body.organs if organ.tally]
    where = {
        Event.ENTERED: [body.name], Event.HELD: organs, Event.DIED: organs, Event.CAME_OUT: organs,
        Event.GREW: tallies, Event.COLONISED: tallies,
    }  # fmt: skip
    return [IN_TRANSIT, *(f"{COUNTED[event]} {name}" for event, names in where.items() for name in names)]
