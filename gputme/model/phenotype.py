"""What a cell of one type is and does: volume, mechanics, motility, death, oxygen, exchange, damage.

Defaults are the published ones of PhysiCell 1.14 (Ghaffarizadeh et al., PLoS Comput Biol 14:e1005991, 2018;
volumes, potentials and death after Macklin et al., J Theor Biol 301:122, 2012).
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from gputme.model.base import ByOtherType, ByType, Description, Fault, SubstrateName, raise_if_any
from gputme.model.units import (
    AmountRate,
    Concentration,
    ConcentrationRate,
    Duration,
    Fractional,
    Length,
    NonNegative,
    Number,
    Quantity,
    Rate,
    Speed,
    Volume3,
)


class Volume(Description):
    """Volume compartments that relax to their targets: fluid and solids of nucleus and cytoplasm."""

    total: Volume3 = 2494.0
    """Volume of a newborn cell's target."""
    nuclear: Volume3 = 540.0
    """Volume of the nucleus, fluid included."""
    fluid_fraction: Fractional = 0.75
    """Share of fluid in the volume."""
    fluid_rate: Rate = 0.05
    """Relaxation of the fluid."""
    cytoplasm_rate: Rate = 0.0045
    """Relaxation of the cytoplasm's solids."""
    nuclear_rate: Rate = 0.0055
    """Relaxation of the nucleus's solids."""
    calcification_rate: Rate = 0.0
    """Calcification of a living cell."""
    rupture: Annotated[float, Quantity("number", minimum=1)] = 2.0
    """A necrotic cell bursts at this multiple of its volume at death."""

    @model_validator(mode="after")
    def _check(self) -> Volume:
        if self.nuclear >= self.total:
            raise_if_any([Fault(("nuclear",), f"must be smaller than the total of {self.total:g} um3")])
        return self

    @property
    def radius(self) -> float:
        """Radius of a sphere of the total volume, um."""
        return (3 * self.total / (4 * math.pi)) ** (1 / 3)

    @property
    def nuclear_radius(self) -> float:
        """Radius of a sphere of the nuclear volume, um."""
        return (3 * self.nuclear / (4 * math.pi)) ** (1 / 3)

    @property
    def cytoplasm_to_nucleus(self) -> float:
        """Volume of the cytoplasm over that of the nucleus."""
        return (self.total - self.nuclear) / self.nuclear


class Mechanics(Description):
    """Adhesion and repulsion between neighbours, as velocities (overdamped)."""

    adhesion: Speed = 0.4
    """Strength of cell-cell adhesion."""
    repulsion: Speed = 10.0
    """Strength of cell-cell repulsion."""
    relative_maximum_adhesion_distance: Annotated[float, Quantity("number", minimum=1)] = 1.25
    """Reach of adhesion, in radii."""
    affinity: ByType[NonNegative] = Field(default_factory=dict, validate_default=True)
    """Factor of the adhesion towards each cell type; 1 unless given."""
    movable: bool = Field(True, strict=True)
    """Whether forces move the cell."""
    spacing: Length | None = None
    """Distance at which two equal cells rest; the adhesion is then derived from it."""


class Chemotaxis(Description):
    """One substrate whose gradient steers the cell."""

    substrate: SubstrateName
    """The substrate."""
    sensitivity: Number = 1.0
    """Weight; negative flees. In the receptor form a length, um: the bias is in full where the occupancy differs
    by one over this length, and in proportion below."""
    form: Literal["unit", "receptor"] = "unit"
    """"unit": gradient, or its direction, whatever its strength; "receptor": gradient of the occupancy c / (K
    + c)."""
    half_max: Concentration | None = None
    """K of the receptor form."""

    @model_validator(mode="after")
    def _check(self) -> Chemotaxis:
        if (self.form == "receptor") != (self.half_max is not None) or self.half_max == 0:
            raise_if_any(
                [Fault(("half_max",), "must be given, above 0, with form = 'receptor' and only there")]
            )
        if self.form == "receptor" and "sensitivity" not in self.model_fields_set:
            raise_if_any([Fault(("sensitivity",), "must be given with form = 'receptor': a length such as 1000 (um)")])
        return self


class Motility(Description):
    """Persistent biased random walk."""

    speed: Speed = 0.0
    """Migration speed; 0 switches motility off."""
    persistence: Duration = 1.0
    """Mean time between changes of direction."""
    bias: Fractional = 0.0
    """Weight of the steered direction: 0 is a random walk, 1 follows the gradients."""
    chemotaxis: tuple[Chemotaxis, ...] = ()
    """Substrates that steer."""
    normalise: bool = Field(True, strict=True)
    """Whether directions (unit gradients) are summed, or raw gradients."""
    haptotaxis: tuple[Chemotaxis, ...] = ()
    """Static substrates that steer."""

    @property
    def responses(self) -> dict[str, float]:
        """Sensitivity by the name of the substrate that steers."""
        return {taxis.substrate: taxis.sensitivity for taxis in (*self.chemotaxis, *self.haptotaxis)}


class Division(Description):
    """What daughters are, and where they lie. The mother keeps her id, the daughter has a new one."""

    axis: Annotated[tuple[Number, ...], Field(min_length=2, max_length=3)] | None = None
    """Direction in which the daughter lies from the mother's place, of any length; a random one unless given."""
    asymmetric: ByOtherType[Fractional] = Field(default_factory=dict, validate_default=True)
    """Probability that at division the daughter turns into another cell type, by its name; at most 1 in all."""

    @model_validator(mode="after")
    def _check(self) -> Division:
        if self.axis is not None and not math.hypot(*self.axis) > 0:
            raise_if_any([Fault(("axis",), "has no direction: all its numbers are 0")])
        return self


class Apoptosis(Description):
    """Programmed death: the cell shrinks and is removed."""

    rate: Rate = 5.31667e-5
    """Rate of entering."""
    lifespan: Duration | None = None
    """Age at which a cell enters that has lived so long. Of two daughters the one with the new id begins anew, the
    other keeps its age."""
    lifespan_spread: Fractional = 0.0
    """Standard deviation of the lifespan, as a fraction of it."""
    duration: Duration = 516.0
    """Time until removal."""
    fluid_rate: Rate = 0.05
    """Loss of fluid."""
    cytoplasm_rate: Rate = 1 / 60
    """Loss of the cytoplasm's solids."""
    nuclear_rate: Rate = 0.35 / 60
    """Loss of the nucleus's solids."""
    calcification_rate: Rate = 0.0
    """Calcification."""


class Necrosis(Description):
    """Death that swells the cell until it bursts, then dries it out."""

    rate: Rate = 0.0
    """Rate of entering, beside what low oxygen adds."""
    duration: Duration = 86400.0
    """Time until removal."""
    swelling_rate: Rate = 0.67 / 60
    """Uptake of fluid before the cell bursts."""
    lysed_fluid_rate: Rate = 0.05 / 60
    """Loss of fluid after it burst."""
    cytoplasm_rate: Rate = 0.0032 / 60
    """Loss of the cytoplasm's solids."""
    nuclear_rate: Rate = 0.013 / 60
    """Loss of the nucleus's solids."""
    calcification_rate: Rate = 0.0042 / 60
    """Calcification."""


class Oxygen(Description):
    """How oxygen limits the cycle and causes necrosis. The exit rate of phase 0 is multiplied by a ramp in
    between."""

    substrate: SubstrateName = "oxygen"
    """The substrate that is meant."""
    proliferation_none: Concentration = 5.0
    """At and below it the cycle stands still."""
    proliferation_full: Concentration = 38.0
    """At and above it the cycle runs at its full rate."""
    necrosis_starts: Concentration = 5.0
    """Below it cells die."""
    necrosis_full: Concentration = 2.5
    """At and below it they die at the full rate."""
    necrosis_rate: Rate = 1 / 360
    """The full rate of necrosis."""
    deterministic: bool = Field(False, strict=True)
    """Whether every cell below `necrosis_starts` dies at once."""

    @model_validator(mode="after")
    def _check(self) -> Oxygen:
        faults = []
        if self.proliferation_none >= self.proliferation_full:
            faults.append(
                Fault(
                    ("proliferation_full",), f"must be above proliferation_none ({self.proliferation_none:g})"
                )
            )
        if self.necrosis_full >= self.necrosis_starts:
            faults.append(
                Fault(("necrosis_full",), f"must be below necrosis_starts ({self.necrosis_starts:g})")
            )
        raise_if_any(faults)
        return self


class Exchange(Description):
    """What a cell secretes, takes up and exports of one substrate, per volume of the cell where it is a
    rate."""

    secretion: Rate = 0.0
    """Secretion towards the target; stops on death."""
    target: Concentration = 1.0
    """Value that secretion saturates at."""
    uptake: Rate = 0.0
    """First-order uptake."""
    export: AmountRate = 0.0
    """Net export, an amount (value times um3) per minute; negative: taken, as far as there is any. Stops on death."""
    vmax: ConcentrationRate = 0.0
    """Largest Michaelis-Menten uptake, vmax c / (km + c)."""
    km: Concentration | None = None
    """Half-saturation of the Michaelis-Menten uptake."""
    dead_factor: NonNegative = 0.1
    """Factor by which death changes all uptake, once; what a rule for the dead sets is not multiplied."""
    tracked: bool = Field(False, strict=True)
    """Whether the cell books what it takes up (and a rule may read it as `intracellular S`)."""
    fraction_transferred_when_ingested: Fractional = 1.0
    """Share of what it holds that a cell which eats it takes over; the rest is booked as removed."""
    fraction_released_at_death: Fractional = 0.0
    """Share of what the cell holds that goes back to the field when it is removed after its death; the rest is booked
    as removed. Needs `tracked`."""

    @model_validator(mode="after")
    def _check(self) -> Exchange:
        if bool(self.vmax) != bool(self.km):
            raise_if_any([Fault(("km",), "must be given, above 0, together with vmax")])
        if self.fraction_released_at_death and not self.tracked:
            needs = "needs tracked = true: cells hold only what they book"
            raise_if_any([Fault(("fraction_released_at_death",), needs)])
        return self


class Damage(Description):
    """Damage that accumulates and is repaired; it acts only through rules."""

    rate: Rate = 0.0
    """Damage per minute."""
    repair: Rate = 0.0
    """First-order repair."""
