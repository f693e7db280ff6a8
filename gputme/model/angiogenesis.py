"""How vessels grow and change: sprouts up a growth factor, on a lattice or off it, and what becomes of vessels within a
tumour.

Sources of the values stand in `gputme.vessels.rates`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from gputme.model.base import Description, Fault, SubstrateName, TypeName, raise_if_any
from gputme.model.domain import Point
from gputme.model.units import (
    Concentration,
    Diffusion,
    Duration,
    Fractional,
    Length,
    NonNegative,
    Positive,
    Pressure,
    Quantity,
    Rate,
    Speed,
)
from gputme.vessels.rates import SIDE, UNIT, Numbers, Rates

__all__ = ["Bed", "Growth", "LatticeTips"]

RATES, NUMBERS = Rates(), Numbers()
MOTION = SIDE**2 / UNIT  # um2/min: a coefficient of `Numbers` that is 1


class Growth(Description):
    """Vessels sprout, tips go up a growth factor, branch and join, vessels within a tumour widen, lose their wall and
    collapse."""

    factor: SubstrateName
    """The substrate that calls them, in nM."""
    tumour: tuple[TypeName, ...] = ()
    """Cell types that are a tumour: where their cells, alive or dead, fill a share of `filled` of a voxel."""
    filled: Fractional = 0.2
    """That share."""
    sprouting: Rate = RATES.sprouting
    """Sprouts per endothelial cell at much growth factor."""
    half: Concentration = RATES.half
    """Growth factor at which half of that holds."""
    cell: Annotated[float, Quantity("number", above=0)] = RATES.cell
    """Area of an endothelial cell on the wall, um2."""
    fork_distance: Length = RATES.fork_distance
    """Sprouts keep so far from forks along the vessel."""
    distance: Length = RATES.distance
    """And from forks and tips in space."""
    enclosed: Duration = RATES.enclosed
    """How long a vessel still sprouts once a tumour is around it."""
    speed: Speed = RATES.speed
    """Speed of a tip."""
    onward: NonNegative = RATES.onward
    """Weight of the direction that a tip has had."""
    chemotaxis: NonNegative = RATES.chemotaxis
    """Weight of the growth factor's gradient."""
    random: NonNegative = RATES.random
    """Weight of a random direction."""
    branching: Rate = RATES.branching
    """Branchings of a tip at much growth factor."""
    branch_age: Duration = RATES.branch_age
    """Between two branchings of a tip, or its sprouting and the first, at least so long."""
    radius: Length = RATES.radius
    """Radius of a new vessel."""
    new_wall: NonNegative = RATES.new_wall
    """Thickness of a new vessel's wall over that of a grown one's."""
    reach: Length = RATES.reach
    """A tip joins a vessel that is nearer than this."""
    life: Duration = RATES.life
    """How long a sprout lives without blood."""
    low: Concentration = RATES.low
    """Growth factor below which walls recover and no vessel widens."""
    wall_loss: Speed = RATES.wall_loss
    """Loss of the wall's thickness within a tumour."""
    wall_gain: Rate = RATES.wall_gain
    """Rate at which a wall recovers."""
    dilation: Rate = RATES.dilation
    """Rate at which a vessel with blood widens within a tumour."""
    widest: Length = RATES.widest
    """Radius up to which vessels widen."""
    squeezed: Fractional = RATES.squeezed
    """Radius where cells press with `full_pressure` or more, over that where none do; 1: none is squeezed."""
    full_pressure: Positive = 1.0
    """Mean pressure of the cells in a voxel that squeezes most."""
    matrix_pressure: NonNegative = 0.0
    """What matrix of density 1 adds to that pressure, where there is one."""
    collapse: Rate = RATES.collapse
    """Rate at which a vessel without wall collapses at low shear stress."""
    shear: Annotated[float, Quantity("pressure", minimum=0)] = RATES.shear
    """Shear stress below which it does, as a pressure: 2.5 dyn/cm2 unless given."""

    @model_validator(mode="after")
    def _check(self) -> Growth:
        if not self.half:
            raise_if_any([Fault(("half",), "must be greater than 0: half of what growth factor does holds there")])
        if not self.onward + self.chemotaxis + self.random > 0:
            raise_if_any([Fault(("onward",), "and chemotaxis and random are all 0: a tip needs a direction")])
        return self


class Bed(Description):
    """Vessels at time 0: a honeycomb in a plane, or capillaries with bridges in space, from the lower to the upper end
    of x."""

    radius: Length = 5.0
    """Inner radius of its vessels."""
    edge: Length = 200.0
    """In a plane, length of a vessel from fork to fork."""
    spacing: Length = 125.0
    """In space, distance of neighbouring capillaries."""
    apart: Length = 200.0
    """In space, mean distance of the forks along a capillary."""
    inlet: Pressure = 25.0
    """Pressure at the lower end of x."""
    outlet: Pressure = 15.0
    """Pressure at the upper end of x."""


class LatticeTips(Description):
    """Sprouts on a lattice, whose sites are the voxels of a square, after Anderson & Chaplain (1998): tips go from site
    to site up a growth factor and fibronectin, branch, join each other's sprouts, take growth factor up and make
    fibronectin. Both are static substrates that tips alone change."""

    tips: Annotated[tuple[Point, ...], Field(min_length=1)]
    """Where they begin, each on a site of its own; from a node of a vessel within two sites, if there is one."""
    factor: SubstrateName
    """The growth factor."""
    fibronectin: SubstrateName
    """Fibronectin."""
    tumour: Literal["line", "disc"] | None = None
    """The paper's fields at time 0: growth factor of tumour cells along the upper end of x, or of a disc in its middle,
    and fibronectin of a vessel along the lower end of x. Unless given they begin as the substrates say."""
    diffusion: Annotated[float, Quantity("diffusion", above=0)] = NUMBERS.diffusion * MOTION
    """Random motility of tips."""
    chemotaxis: Diffusion = NUMBERS.chemotaxis * MOTION
    """Chemotaxis up the growth factor where there is little of it, per unit of that."""
    saturation: NonNegative = NUMBERS.saturation
    """Chemotaxis is divided by 1 + saturation x growth factor."""
    haptotaxis: Diffusion = NUMBERS.haptotaxis * MOTION
    """Haptotaxis up fibronectin, per unit of that."""
    making: Rate = NUMBERS.making / UNIT
    """Fibronectin that a tip makes on its site."""
    binding: Rate = NUMBERS.binding / UNIT
    """Share of it that a tip uses up."""
    uptake: Rate = NUMBERS.uptake / UNIT
    """Share of the growth factor that a tip takes up on its site."""
    age: Duration = NUMBERS.age * UNIT
    """Between two branchings of a tip, or its birth and the first, at least so long."""
    levels: tuple[NonNegative, ...] = NUMBERS.levels
    """Growth factor between which `branching` changes."""
    branching: tuple[Fractional, ...] = NUMBERS.branching
    """Chance that an old tip branches in a step, below the first of the levels, between them and above the last."""
    ac98_compat: Annotated[bool, Field(strict=True)] = False
    """Central differences, cut off at 0, as in the paper; tips then go a fifth slower than the equation says."""
    step: Duration = 2.0
    """Of tips; short enough that none leaves its site more than once in it."""
    radius: Length = RATES.radius
    """Radius of sprouts."""

    @model_validator(mode="after")
    def _check(self) -> LatticeTips:
        faults = []
        if list(self.levels) != sorted(set(self.levels)):
            faults.append(Fault(("levels",), "must rise from one to the next"))
        if len(self.branching) != len(self.levels) + 1:
            faults.append(Fault(("branching",), f"needs {len(self.levels) + 1} chances for {len(self.levels)} levels"))
        if self.factor == self.fibronectin:
            faults.append(Fault(("fibronectin",), f"is the growth factor {self.factor!r}: give another substrate"))
        raise_if_any(faults)
        return self
