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

__all__ = ["Bed", "Growth"]


class Growth(Description):
    """Vessels sprout, tips go up a growth factor, branch and join, vessels within a tumour widen, lose their wall and
    collapse."""

    factor: SubstrateName
    """The substrate that calls them, in nM."""
    tumour: tuple[TypeName, ...] = ()
    """Cell types that are a tumour: where their cells, alive or dead, fill a share of `filled` of a voxel."""
    filled: Fractional = 0.2
    """That share."""
    sprouting: Rate = 2.5e-4
    """Sprouts per endothelial cell at much growth factor."""
    half: Concentration = 0.5
    """Growth factor at which half of that holds."""
    cell: Annotated[float, Quantity("number", above=0)] = 400.0
    """Area of an endothelial cell on the wall, um2."""
    fork_distance: Length = 80.0
    """Sprouts keep so far from forks along the vessel."""
    distance: Length = 60.0
    """And from forks and tips in space."""
    enclosed: Duration = 720.0
    """How long a vessel still sprouts once a tumour is around it."""
    speed: Speed = 0.083
    """Speed of a tip."""
    onward: NonNegative = 0.5
    """Weight of the direction that a tip has had."""
    chemotaxis: NonNegative = 0.3
    """Weight of the growth factor's gradient."""
    random: NonNegative = 0.2
    """Weight of a random direction."""
    branching: Rate = 1 / 1440
    """Branchings of a tip at much growth factor."""
    branch_age: Duration = 1080.0
    """Between two branchings of a tip, or its sprouting and the first, at least so long."""
    radius: Length = 4.0
    """Radius of a new vessel."""
    new_wall: NonNegative = 1.0
    """Thickness of a new vessel's wall over that of a grown one's."""
    reach: Length = 10.0
    """A tip joins a vessel that is nearer than this."""
    life: Duration = 3000.0
    """How long a sprout lives without blood."""
    low: Concentration = 0.1
    """Growth factor below which walls recover and no vessel widens."""
    wall_loss: Speed = 0.05 / 60
    """Loss of the wall's thickness within a tumour."""
    wall_gain: Rate = 1 / 3000
    """Rate at which a wall recovers."""
    dilation: Rate = 1 / 8640
    """Rate at which a vessel with blood widens within a tumour."""
    widest: Length = 12.0
    """Radius up to which vessels widen."""
    squeezed: Fractional = 1.0
    """Radius where cells press with `full_pressure` or more, over that where none do; 1: none is squeezed."""
    full_pressure: Positive = 1.0
    """Mean pressure of the cells in a voxel that squeezes most."""
    matrix_pressure: NonNegative = 0.0
    """What matrix of density 1 adds to that pressure, where there is one."""
    collapse: Rate = 1 / 60
    """Rate at which a vessel without wall collapses at low shear stress."""
    shear: Annotated[float, Quantity("pressure", minimum=0)] = 2.5 * 7.5006e-4
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
