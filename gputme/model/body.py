"""The body around a tissue: how tumour cells enter its vessels, what becomes of them in the blood, and the organs in
whose capillaries they are held. Laws: `docs/cascade.md`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field, model_validator

from gputme.model.base import ByType, Description, Fault, Name, TypeName, raise_if_any
from gputme.model.domain import Domain
from gputme.model.interstitium import Interstitium
from gputme.model.lattice import SiteLattice
from gputme.model.library import FromLibrary
from gputme.model.lymph import Lymph, lymph_faults, way_faults
from gputme.model.matrix import TissueMatrix
from gputme.model.membrane import BasementMembrane
from gputme.model.population import Population
from gputme.model.recruitment import Recruitment
from gputme.model.rules import Rule
from gputme.model.substrate import Substrate
from gputme.model.switches import Switch
from gputme.model.units import Duration, Fractional, Length, NonNegative, Quantity, Rate, Speed
from gputme.model.vessels import Vessels
from gputme.naming import unknown

__all__ = ["Body", "Capillaries", "Circulation", "Dormancy", "Intravasation", "Organ", "Tally", "body_faults"]

MOST_ORGANS = 30
_SUM = 1e-6  # by which shares may miss 1


class Intravasation(Description):
    """How tumour cells pass the walls of vessels in which blood flows. The rate of a cell is rate x [ability x leak x
    pores + opening] x (1 + help) x (1 - membrane x integrity of the basement membrane that it touches); it takes along
    the cells that hold on to it."""

    rate: Rate = 0.01
    """Rate of a cell that is able to enter, at a vessel that leaks and has ruptured."""
    reach: Length = 30.0
    """How near to the wall of a segment a cell must lie, with its centre, and those that it takes along."""
    ability: ByType[Fractional] = Field(default_factory=dict, validate_default=True)
    """Ability to enter through pores, by cell type: 0 unless given. Where a segment has ruptured, it is 1 for all."""
    opening: ByType[Fractional] = Field(default_factory=dict, validate_default=True)
    """How well cells of a type open a wall themselves, however tight it is: 0 unless given."""
    help: ByType[NonNegative] = Field(default_factory=dict, validate_default=True)
    """What a living cell of a type adds to that while it touches the one that enters; of several types the largest
    counts."""
    pores: Fractional = 0.01
    """Of a leak, the part that lets whole cells pass where the segment has not ruptured."""
    rupture: Rate = 0.01 / 1440
    """Rate at which a segment without any wall ruptures; of others times 1 - their maturity."""
    sealed: Duration = 2880.0
    """How long a rupture stays open."""
    membrane: Fractional = 0.9
    """How much an intact basement membrane that the cell touches holds it back."""
    cohesion: Speed = 0.2
    """Adhesion between two cells from which on they enter together: the root of the product of the adhesion and the
    affinity of both."""
    most: Annotated[int, Field(strict=True, ge=1, le=1000)] = 50
    """Most cells that enter together: the nearest to the first."""

    @model_validator(mode="after")
    def _check(self) -> Intravasation:
        if not any(self.ability.values()) and not any(self.opening.values()) and not self.rupture:
            raise ValueError("lets no cell in: give ability, opening or rupture")
        return self


class Circulation(Description):
    """What happens to cells in the blood. The surface that a cell of a cluster of n exposes is n^(-1/3) of that of a
    single cell."""

    transit: Annotated[float, Quantity("time", minimum=1e-3)] = 1.0
    """Time from one bed of capillaries to the next."""
    death: Rate = 0.00578
    """Rate at which a cell whose whole surface is exposed dies by shear and immune cells."""
    disaggregation: Rate = 0.00578
    """Rate at which each cell of a cluster leaves it."""


class Tally(Description):
    """An organ without a tissue: of what comes out is only counted what becomes of it."""

    grows: Fractional = 0.025
    """Probability that a cell that has come out begins to grow."""
    colonises: Fractional = 0.01
    """Probability that it then goes on to a large colony."""


class Capillaries(Description):
    """The capillaries of a tissue, as cells in the blood meet them."""

    flow: Fractional = 0.0
    """Share of the arteries' blood that flows here; what all leave over flows where no cell is held."""
    tropism: Fractional | None = None
    """Share of the cells that come here, whatever flows where: of all organs or of none, 1 in all."""
    drains: Name | None = None
    """Organ into whose capillaries its blood flows on; into those of `body.veins` unless given."""
    arrest: Fractional = 0.5
    """Probability that a single cell is held in its capillaries as it passes; of a cluster, that any cell is."""
    death: Rate = 0.2 / 1440
    """Rate at which a cell that is held and whose whole surface is exposed dies."""
    extravasation: Rate = 0.8 / 1440
    """Rate at which what is held comes out."""
    node: Name | None = None
    """Organ, a lymph node, that its lymph flows to; of a node: the next. That of the last flows into the blood."""
    filter: Fractional = 0.9
    """Of a lymph node: probability that a single cell that comes with lymph is held; of a cluster, that any cell is."""


class Dormancy(Description):
    """Cells that come out and do not begin to grow: they turn into a type that rests. How that dies, and turns back, is
    said of it as of any other."""

    into: ByType[TypeName]
    """Type that cells of a type turn into as they come out; those of other types stay as they are."""
    starts: ByType[Fractional] = Field(default_factory=dict, validate_default=True)
    """Share of the cells of a type that stay as they are all the same: 0 unless given."""


class Organ(Capillaries):
    """An organ that cells in the blood come to: a tissue, which sleeps until the first of them comes out, or a tally.
    Of a domain, a matrix and substrates that it does not give it has those of the scenario, and all cell types, rules
    and switches; it has no membrane, fluid, vessels or cells but its own."""

    name: Name
    """What it is called; with `inherits` as in the library unless given."""
    inherits: Annotated[None, FromLibrary] = None
    """`"library:NAME"`: the library's keys hold where none is given; lists are replaced, not joined."""
    tally: Tally | None = None
    """Count what comes out; it is no tissue then."""
    domain: Domain | None = None
    """Where; in as many dimensions as that of the scenario."""
    substrates: tuple[Substrate, ...] = Field((), alias="substrate")
    """Substrates of the scenario that are otherwise here, whole."""
    matrix: TissueMatrix | None = None
    """The extracellular matrix."""
    membrane: BasementMembrane | None = None
    """A basement membrane."""
    interstitium: Interstitium | None = None
    """The fluid between cells."""
    vessels: Vessels | None = None
    """Blood vessels, out of which cells come, and into which they pass; without them they come out anywhere."""
    lattice: SiteLattice | None = None
    """Its lattice, where cells live on one."""
    rules: tuple[Rule, ...] = Field((), alias="rule")
    """Rules that hold here beside those of the scenario."""
    switches: tuple[Switch, ...] = Field((), alias="switch")
    """Switches that hold here beside those of the scenario."""
    populations: tuple[Population, ...] = Field((), alias="cells")
    """Its own cells."""
    dormancy: Dormancy | None = None
    """Which cells that come out rest; none do unless given."""
    recruitments: tuple[Recruitment, ...] = Field((), alias="recruitment")
    """Cells that enter it otherwise."""

    @model_validator(mode="after")
    def _check(self) -> Organ:
        fields = type(self).model_fields
        tissue = [name for name in fields if name not in (*Capillaries.model_fields, "name", "inherits", "tally")]
        given = [fields[name].alias or name for name in tissue if getattr(self, name)]
        if self.tally is not None and given:
            raise ValueError(f"is a tally, and has no tissue: leave out {', '.join(given)}")
        return self


class Body(Capillaries):
    """The body that the tissue of the scenario belongs to, its primary tumour. Without this table no cell leaves it
    through vessels, and nothing of it is stored or computed."""

    name: Name = "primary"
    """What the tissue of the scenario is called."""
    tumour: Annotated[tuple[TypeName, ...], Field(min_length=1)]
    """Cell types that may spread, or groups of them."""
    veins: Name | None = None
    """Organ whose capillaries the blood of the veins flows through before it comes back to the arteries (the lung)."""
    intravasation: Intravasation = Intravasation()
    """How cells enter vessels."""
    circulation: Circulation = Circulation()
    """What happens to them in the blood."""
    lymph: Lymph | None = None
    """How cells leave with lymph; none do unless given."""
    colony: Annotated[int, Field(strict=True, ge=1)] = 10
    """Cells that hold together in an organ from which on they are counted as a colony."""
    organs: tuple[Organ, ...] = Field((), alias="organ")
    """Organs that they come to."""

    @model_validator(mode="after")
    def _check(self) -> Body:
        raise_if_any([*self._names(), *self._ways(), *way_faults(self)])
        return self

    @property
    def names(self) -> list[str]:
        """What tissues are called: first that of the scenario, then the organs. A tissue's number is its place here."""
        return [self.name, *(organ.name for organ in self.organs)]

    @property
    def beds(self) -> tuple[Capillaries, ...]:
        """The capillaries of the tissue of the scenario, then those of the organs."""
        return (self, *self.organs)

    @property
    def tissues(self) -> int:
        """How many tissues there are, tallies apart."""
        return 1 + sum(organ.tally is None for organ in self.organs)

    def _names(self) -> Iterator[Fault]:
        if len(self.organs) > MOST_ORGANS:
            yield Fault(("organ",), f"there are {len(self.organs)} organs, more than {MOST_ORGANS}")
        for i, organ in enumerate(self.organs):
            if organ.name in self.names[: i + 1]:
                yield Fault(("organ", i, "name"), f"{organ.name!r} stands twice")
        drained = [(("drains",), self.drains), (("veins",), self.veins)]
        drained += [(("organ", i, "drains"), organ.drains) for i, organ in enumerate(self.organs)]
        for path, name in drained:
            if name is not None and name not in self.names:
                yield Fault(path, unknown("organ", name, self.names))
        if self.drains == self.name:
            yield Fault(("drains",), "its blood flows into itself")
        for i, organ in enumerate(self.organs):
            if organ.drains == organ.name:
                yield Fault(("organ", i, "drains"), "its blood flows into itself")

    def _ways(self) -> Iterator[Fault]:
        """Ways of the blood, or where cells come to, but not both; and some cell comes somewhere."""
        given = [bed.tropism for bed in self.beds if bed.tropism is not None]
        drains = self.drains or self.veins or any(organ.drains for organ in self.organs)
        flows = math.fsum(bed.flow for bed in self.beds)
        if given:
            lacking = [i for i, organ in enumerate(self.organs) if organ.tropism is None]
            yield from (Fault(("organ", i, "tropism"), "is missing, and others have one") for i in lacking)
            if abs((total := math.fsum(given)) - 1) > _SUM and not lacking:
                yield Fault(("organ",), f"tropisms add up to {total:.6g}, and are 1 in all")
            if drains or flows:
                yield Fault((), "says both where cells come to (tropism) and how blood flows (flow, drains, veins)")
        elif flows > 1 + _SUM:
            yield Fault(("organ",), f"shares of flow add up to {flows:.6g}, and are at most 1 in all")
        elif self.organs and not drains and not flows:
            yield Fault(("organ",), "no blood flows to any of them: give flow, veins or tropism")


def body_faults(scenario: Any) -> Iterator[Fault]:
    """A body whose tissue has no vessels."""
    beside = scenario.body is not None and (scenario.body.lymph, scenario.lattice)
    if beside and scenario.vessels is None and not any(beside):
        yield Fault(("body",), "needs vessels, through whose walls cells leave: write [vessels]")
    yield from lymph_faults(scenario)
