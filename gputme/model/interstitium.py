"""The fluid between cells: what gives and drains it, and how it flows. Laws: `docs/equations.md`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import numpy as np
from pydantic import Field, model_validator

from gputme.model.base import Description, Fault
from gputme.model.domain import Domain, Region
from gputme.model.units import Duration, Fractional, Pressure, Quantity

__all__ = ["FLUID", "FluidRegion", "Interstitium", "Leak", "fluid_faults"]

Conductivity = Annotated[float, Quantity("conductivity of tissue", above=0)]
WallConductivity = Annotated[float, Quantity("conductivity of walls", minimum=0)]
Conductance = Annotated[float, Quantity("conductance", minimum=0)]
FLUID = ("conductivity", "leak", "pressure", "lymph")
"""What a region may say."""


class FluidRegion(Region):
    """A region where the fluid is otherwise; later entries overwrite earlier ones, each what it gives."""

    conductivity: Conductivity | None = None
    """Hydraulic conductivity of the tissue."""
    leak: Conductance | None = None
    """Conductance of vessels that are not drawn, by volume."""
    pressure: Pressure | None = None
    """Pressure at which these neither give nor take."""
    lymph: Conductance | None = None
    """Conductance of lymph vessels, by volume."""

    @model_validator(mode="after")
    def _gives(self) -> FluidRegion:
        if all(getattr(self, name) is None for name in FLUID):
            raise ValueError(f"gives nothing: write one or more of {', '.join(FLUID)}")
        return self


class Interstitium(Description):
    """The interstitial fluid. Vessels give it by Starling's law, it flows by Darcy's and carries substrates, lymph
    vessels drain it. Without this table it rests, and nothing of it is stored or computed."""

    conductivity: Conductivity = 51.18
    """Hydraulic conductivity of the tissue."""
    leak: Conductance = 0.0
    """Conductance of vessels that are not drawn, by volume: hydraulic conductivity of walls times area per volume."""
    pressure: Pressure = 6.5
    """Pressure at which these neither give nor take: that of the blood less the osmotic one."""
    lymph: Conductance = 0.0
    """Conductance of lymph vessels, by volume; they only drain."""
    lymph_pressure: Pressure = -3.75
    """Pressure in lymph vessels."""
    edge: Pressure | None = None
    """Pressure at the faces of the domain; nothing passes them unless given."""
    regions: tuple[FluidRegion, ...] = ()
    """Regions where it is otherwise."""
    carries: Annotated[bool, Field(strict=True)] = True
    """Whether it carries substrates along."""
    refresh: Duration = 60.0
    """How often the pressure is computed anew: in the first step from each multiple of it on."""

    def everywhere(self, domain: Domain) -> dict[str, np.ndarray]:
        """Each of FLUID in every voxel, (nz, ny, nx)."""
        found = {name: np.full(domain.shape, float(getattr(self, name))) for name in FLUID}
        for region in self.regions:
            mask = region.mask(domain)
            for name in FLUID:
                if (value := getattr(region, name)) is not None:
                    found[name][mask] = value
        return found


class Leak(Description):
    """How plasma leaks through walls of vessels: conductivity times (blood pressure - pressure outside - reflection x
    (osmotic pressure of plasma - that of tissue)), per area. Needs `[interstitium]`."""

    conductivity: WallConductivity = 0.0216
    """Hydraulic conductivity of the wall of a grown vessel."""
    naked: WallConductivity = 0.168
    """That of a capillary that has lost its wall."""
    reflection: Fractional = 0.9
    """Share of the osmotic pressure that counts."""
    plasma: Pressure = 20.0
    """Osmotic pressure of plasma."""
    tissue: Pressure = 10.0
    """Osmotic pressure of the interstitial fluid."""

    @property
    def opposing(self) -> float:
        """What osmotic pressures take off that of the blood, mmHg."""
        return self.reflection * (self.plasma - self.tissue)


def fluid_faults(scenario: Any) -> Iterator[Fault]:
    """A leak where no fluid is; fluid that nothing holds; a scheme that knows no flow."""
    given, vessels = scenario.interstitium, scenario.vessels
    leak = vessels.leak if vessels else None
    if given is None:
        if leak is not None:
            yield Fault(("vessels", "leak"), "needs the fluid: write [interstitium]")
        return
    regions = [given, *given.regions]
    if not (leak or given.edge is not None or any(part.leak or part.lymph for part in regions)):
        yield Fault(("interstitium",), "nothing holds its pressure: give leak, lymph, edge, or [vessels.leak]")
    for i, substrate in enumerate(scenario.substrates):
        if given.carries and substrate.scheme == "lod":
            yield Fault(("substrate", i, "scheme"), "'lod' knows no flow of the interstitial fluid: choose 'implicit'")
