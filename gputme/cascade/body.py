"""A body: tissues, blood and lymph, and what passes between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from gputme.cascade import draws
from gputme.cascade.carrying import bring, introduce, remove_from, taken
from gputme.cascade.circulating import Circulating
from gputme.cascade.coming_out import places
from gputme.cascade.detached import colonies, detached
from gputme.cascade.intravasation import Intravasation, Leaving, Way
from gputme.cascade.sound import faults
from gputme.model.body import Body as Given
from gputme.parameters import Parameters
from gputme.state import Tissue
from gputme.state.circulation import COUNTED, IN_BLOOD, IN_LYMPH, NOWHERE, Circulation, Unit
from gputme.state.ledger import Event
from gputme.step import Stepper

__all__ = ["Body", "Site", "counted"]


class Site(Protocol):
    """A tissue with what steps it."""

    parameters: Parameters
    tissue: Tissue
    stepper: Stepper


class Body:
    """Advances a body by base steps. What a step depends on is in its tissues and in ``blood``.

    ``make(name)`` makes the tissue of an organ as it is at time 0: the same, whenever it is made and whatever has
    happened before. An organ sleeps, and is nothing, until a cell comes out there; from then on it is awake.
    """

    def __init__(self, primary: Site, make: Callable[[str], Site]):
        scenario = primary.parameters.scenario
        self.given, self.seed, self.primary, self.make = scenario.body, scenario.seed, primary, make
        self.blood = Circulation(self.given.names, counted(self.given))
        self.circulating = Circulating(self.given, self.seed, self._come_out)
        self.sites: dict[str, Site] = {}
        self.entries: dict[str, Intravasation] = {}
        self._came: dict[int, int] = {}  # ticks at which cells came out in the present step, by their ids
        self._add(self.given.name, primary)

    def step(self) -> None:
        """One base step.

        1. Blood and lymph: what is in them flows, is held, dies, parts and comes out, each event at its own time; an
           organ wakes where the first comes out.
        2. Tissues: each makes a step of its own (`gputme.step`).
        3. Intravasation: vessels have ruptured in that time, and cells have passed their walls, or left with lymph.
        4. Blood: what has entered it, or lymph, in the step, up to the step's end.

        The order of tissues means nothing.
        """
        tick = self.primary.tissue.tick
        end = tick + self.primary.stepper.ticks
        self._came.clear()
        self.circulating.step(self.blood, end)
        for site in self.sites.values():
            site.stepper.step(site.tissue)
        for name, site in self.sites.items():
            self._leave(name, site, tick)
        self.circulating.step(self.blood, end)

    def _add(self, name: str, site: Site) -> None:
        self.sites[name] = site
        number = self.given.names.index(name)
        self.entries[name] = Intravasation(site.parameters, self.given, self.given.beds[number], site.tissue.kernels)
        site.tissue.cells.genealogy.tissue = number

    def _leave(self, name: str, site: Site, tick: int) -> None:
        """What has happened at the vessels of a tissue from ``tick`` to its time."""
        tissue, entry, number = site.tissue, self.entries[name], self.given.names.index(name)
        torn = self._ruptures(tissue, entry, number, tick) if tissue.vessels is not None else {}
        ways = tissue.vessels is not None or entry.lymph is not None
        leaving = entry.leaving(tissue, torn, tick, tissue.tick, self._came) if ways and tissue.cells.n else []
        for one in leaving:
            self._take(one, Unit(taken(tissue, site.parameters, one.places), number, one.tick, one.tick))
        if leaving:
            remove_from(tissue, np.concatenate([one.places for one in leaving]))
            site.stepper.mechanics.bonds.mend(tissue.cells)

    def _ruptures(self, tissue: Tissue, entry: Intravasation, number: int, tick: int) -> dict[int, int]:
        """The segments of a tissue that are ruptured at its time, and until when; the blood notes them."""
        blood = self.blood
        torn = {segment: until for (of, segment), until in blood.ruptured.items() if of == number}
        torn = entry.ruptures(tissue, torn, tick, tissue.tick)
        others = {key: until for key, until in blood.ruptured.items() if key[0] != number}
        blood.ruptured = others | {(number, segment): until for segment, until in torn.items()}
        return torn

    def _take(self, one: Leaving, unit: Unit) -> None:
        """Cells that leave go with the blood or with lymph; those that only leave are counted and gone."""
        if one.way == Way.BLOOD:
            self.circulating.enter(self.blood, one.tick, unit)
        elif one.way == Way.LYMPH:
            self.circulating.enter_lymph(self.blood, one.tick, unit)
        else:
            self.blood.tell(Event.DRAINED, one.tick, unit, unit.origin)

    def _come_out(self, tick: int, unit: Unit) -> None:
        """Into the tissue of an organ, which now wakes, or into its tally."""
        name, bed = self.given.names[unit.bed], self.given.beds[unit.bed]
        if getattr(bed, "tally", None) is not None:
            self._tally(tick, unit)
            return
        if name not in self.sites:
            self._add(name, self.make(name))
            self.sites[name].tissue.begin_at(self.primary.tissue.tick)
            introduce(self.sites[name].tissue)
        site = self.sites[name]
        xyz = places(site.tissue, site.parameters.scenario, tick, unit)
        bring(site.tissue, site.parameters, tick, unit, xyz, self._resting(tick, unit, site.parameters))
        self._came |= dict.fromkeys(unit.cells, tick)

    def _resting(self, tick: int, unit: Unit, parameters: Parameters) -> dict[int, int]:
        """The type that cells turn into as they come out, by id; those that stay as they are are not among them."""
        dormancy, found = getattr(self.given.beds[unit.bed], "dormancy", None), {}
        for id, of in unit.cells.items() if dormancy else ():
            kind = parameters.types[int(of["type"])]
            if kind in dormancy.into:
                u, *_ = draws.numbers(self.seed, tick, id, draws.START)
                if u >= dormancy.starts.get(kind, 0.0):
                    found[id] = parameters.types.index(dormancy.into[kind])
        if found:
            self.blood.tell(Event.RESTS, tick, unit, unit.bed, found)
        return found

    def _tally(self, tick: int, unit: Unit) -> None:
        """Count what becomes of each cell that comes out."""
        tally = self.given.beds[unit.bed].tally
        for id in unit.cells:
            grows, colonises, *_ = draws.numbers(self.seed, tick, id, draws.TALLY)
            if grows < tally.grows:
                self.blood.tell(Event.GREW, tick, unit, unit.bed, [id])
                if colonises < tally.colonises:
                    self.blood.tell(Event.COLONISED, tick, unit, unit.bed, [id])

    # ------------------------------------------------------------------------------ reading, saving, continuing

    def row(self) -> dict[str, float]:
        """What the time series says of it, but for what it says of each tissue."""
        row: dict[str, float] = {}
        for name, site in self.sites.items():
            prefix = "" if site is self.primary else f"{name}: "
            found = detached(site.tissue, self.entries[name])
            if prefix:
                found |= colonies(site.tissue, self.entries[name], self.given.colony)
            row |= {f"{prefix}{word}": value for word, value in found.items()}
        return row | self.blood.row()

    def fault_of(self, state: Mapping[str, Any], tick: int) -> str:
        """Why the blood cannot go on from what a frame holds of it, in words; "" where it can."""
        return next(faults(state, self.given, len(self.primary.parameters.types), tick), "")

    def load(self, state: Mapping[str, Any], awake: Mapping[str, Site]) -> None:
        """Go on from the state of the blood that a frame holds, with its tissues that are awake, but for the first."""
        self.blood.load(state)
        self.sites, self.entries = {}, {}
        for name, site in {self.given.name: self.primary, **awake}.items():
            self._add(name, site)


def counted(body: Given) -> list[str]:
    """What may happen where, by the names of the time series."""
    tissues = [name for name, bed in zip(body.names, body.beds) if getattr(bed, "tally", None) is None]
    tallies = [name for name in body.names if name not in tissues]
    reached = body.names if _comes_back(body) else body.names[1:]
    where = {
        Event.ENTERED: tissues, Event.HELD: reached, Event.DIED: reached, Event.CAME_OUT: reached,
        Event.GREW: tallies, Event.COLONISED: tallies,
        Event.RESTS: [organ.name for organ in body.organs if organ.dormancy],
    }  # fmt: skip
    some = [NOWHERE[Event.DIED, IN_BLOOD]]
    if body.lymph:
        some += [NOWHERE[Event.DIED, IN_LYMPH], NOWHERE[Event.REACHED_BLOOD, IN_BLOOD]]
        where |= {Event.ENTERED_LYMPH: tissues, Event.DRAINED: tissues}
    return [*some, *(f"{COUNTED[event]} {name}" for event, names in where.items() for name in names)]


def _comes_back(body: Given) -> bool:
    """Whether blood, or what is drawn by tropism, flows into the tissue of the scenario."""
    ways = [body.veins, *(bed.drains for bed in body.beds)]
    return bool(body.flow or body.tropism or body.name in ways)
