"""How vessels grow and change: sprouts up a growth factor, and what becomes of vessels within a tumour.

Sources of the values stand in `gputme.vessels.rates`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import model_validator

from gputme.model.base import Description, Fault, SubstrateName, TypeName, raise_if_any
from gputme.model.units import (
    Concentration,
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
from gputme.vessels.rates import Rates

__all__ = ["Bed", "Growth"]

RATES = Rates()


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
