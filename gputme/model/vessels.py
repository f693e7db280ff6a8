"""Blood vessels: where they run at time 0, what blood flows in them, and what passes their walls."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from gputme.model.angiogenesis import Bed, Growth, LatticeTips
from gputme.model.base import BySubstrate, Description, Fault, raise_if_any
from gputme.model.domain import Point
from gputme.model.interstitium import Leak
from gputme.model.units import (
    Concentration,
    Duration,
    Fractional,
    Length,
    NonNegative,
    Positive,
    Pressure,
    Quantity,
    Speed,
)

__all__ = ["Haemoglobin", "Vessel", "Vessels", "WallExchange"]


class Vessel(Description):
    """A vessel along straight lines from point to point. Where two vessels name the same point, they are joined."""

    points: Annotated[tuple[Point, ...], Field(min_length=2)]
    """Where it runs: two or more points, one after the other."""
    radius: Length
    """Inner radius."""
    inlet: Pressure | None = None
    """Pressure of the blood at its first point, where it enters or leaves the tissue; only at an end of the network."""
    outlet: Pressure | None = None
    """The same at its last point."""


class Haemoglobin(Description):
    """How blood holds oxygen, so that it runs out along the way: haematocrit x capacity x S + plasma x p, with Hill's
    law S = (p / p50)^hill / (1 + (p / p50)^hill)."""

    p50: Annotated[float, Quantity("pressure", above=0)] = 27.0
    """Pressure of oxygen at which half of the haemoglobin is saturated."""
    hill: Positive = 2.7
    """Hill power."""
    capacity: Positive = 0.5
    """Oxygen of saturated red cells, ml per ml."""
    plasma: NonNegative = 3.1e-5
    """Solubility in plasma, ml/ml/mmHg."""
    tissue: Positive = 2.8e-5
    """The same in tissue."""
    refresh: Duration = 10.0
    """How often it is followed along the vessels: in the first step from each multiple of it on."""


class WallExchange(Description):
    """How one substrate passes the walls of vessels."""

    blood: Concentration = 0.0
    """Value in the blood."""
    permeability: Speed | Literal["free"] = 0.0
    """Permeability of the walls of vessels in which blood flows; "free": the wall is no barrier."""
    naked: Speed | None = None
    """Permeability of a capillary that has lost its wall. Between, it is the less the thicker the wall, and grows with
    the growth factor; the same for all walls unless given."""
    haemoglobin: Haemoglobin | None = None
    """Of oxygen: follow it along the vessels, from the value in `blood` on; unless given it is that everywhere."""
    uptake: Speed = 0.0
    """Permeability by which all vessels take it up, whether blood flows in them or not."""

    @model_validator(mode="after")
    def _check(self) -> WallExchange:
        if not self.permeability and not self.uptake:
            raise ValueError("exchanges nothing: give a permeability or an uptake")
        if self.naked is not None and (self.permeability == "free" or not 0 < self.permeability <= self.naked):
            raise_if_any([Fault(("naked",), "must be at least the permeability, which it goes with")])
        if self.haemoglobin and not self.permeability:
            raise_if_any([Fault(("haemoglobin",), "holds nothing that passes the wall: give a permeability")])
        return self


class Vessels(Description):
    """Blood vessels: a network of nodes and segments. Without this table there is none, and nothing of it is stored or
    computed."""

    vessels: tuple[Vessel, ...] = Field((), alias="vessel")
    """Vessels by the points that they run through."""
    nodes: str | None = None
    """Table of nodes: name, x, y, z (not in 2D) and, where the blood's pressure is given, pressure."""
    segments: str | None = None
    """Table of segments: the names of two nodes, a and b, and the radius."""
    bed: Bed | None = None
    """A bed of vessels, apart from those above."""
    growth: Growth | None = None
    """How they grow and change; they stay as they are unless given."""
    lattice: LatticeTips | None = None
    """Sprouts on a lattice; instead of `growth`."""
    spacing: Length = 10.0
    """Vessels are divided into segments of about this length, those of tables too."""
    haematocrit: Fractional = 0.45
    """Discharge haematocrit of the blood that enters."""
    separation: Annotated[bool, Field(strict=True)] = False
    """Whether red cells divide unevenly where vessels fork, and viscosity follows."""
    viscosity: Positive | None = None
    """Viscosity relative to plasma, the same in all vessels; unless given by radius and haematocrit after Pries
    and Secomb (2005)."""
    period: Duration = 60.0
    """How often flow is computed anew: in the first step from each multiple of it on."""
    leak: Leak | None = None
    """How plasma leaks through their walls; it does not unless given."""
    exchange: BySubstrate[WallExchange] = Field(default_factory=dict, validate_default=True)
    """What passes the walls, by substrate."""

    @model_validator(mode="after")
    def _check(self) -> Vessels:
        faults = []
        if (self.nodes is None) != (self.segments is None):
            given, other = ("nodes", "segments") if self.segments is None else ("segments", "nodes")
            faults.append(Fault((given,), f"needs the table of {other}: write {other} = \"FILE\""))
        if not self.vessels and self.nodes is None and self.bed is None and self.lattice is None:
            faults.append(Fault((), "holds no vessel: write [[vessels.vessel]], [vessels.bed], or two tables"))
        if self.growth and self.lattice:
            faults.append(Fault(("lattice",), "and growth are two ways to grow: give one"))
        raise_if_any(faults)
        return self

    @property
    def half(self) -> float:
        """Growth factor at which walls let through twice as much, nM; inf: none opens them."""
        return float(self.growth.half) if self.growth else math.inf

    @property
    def files(self) -> tuple[str, ...]:
        """The tables that are named, relative to the scenario's folder."""
        return tuple(name for name in (self.nodes, self.segments) if name is not None)
