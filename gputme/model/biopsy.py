"""Biopsies: what is cut out and sequenced, and what is looked for in blood. They change nothing in a run."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from gputme.model.base import Description
from gputme.model.units import Duration, Fractional, Positive, Quantity

__all__ = ["Biopsy", "Liquid"]

_Volume = Annotated[float, Quantity("volume", above=0.0)]
_Count = Annotated[int, Field(strict=True, ge=1, le=10**6)]


class Liquid(Description):
    """Samples of blood, in which tumour cells and their DNA are counted."""

    blood: _Volume = 5e15
    """All blood: 5 L of a patient."""
    sample: _Volume = 7.5e12
    """Blood that a sample takes."""
    scale: Positive = 1.0
    """Tumours as large as the simulated piece that there are in the body."""
    recovery: Fractional = 1.0
    """Share of the tumour cells in a sample that are found."""
    first: Duration = 0.0
    """Time of the first sample."""
    every: Annotated[float, Quantity("time", minimum=1.0)] = 1440.0
    """Time between samples."""
    plasma: Fractional = 0.55
    """Share of the blood that is plasma."""
    shed: Fractional = 1.4e-4
    """Share of its DNA that a cell sheds into the blood when it dies."""
    half_life: Annotated[float, Quantity("time", minimum=1e-3)] = 30.0
    """Half-life of this DNA."""
    least_cells: _Count = 1
    """Cells and clusters in a sample from which on it is positive."""
    least_copies: _Count = 1
    """Copies of one site in a sample from which on DNA is detected."""

    @model_validator(mode="after")
    def _check(self) -> Liquid:
        if self.sample > self.blood:
            raise ValueError("takes more blood than there is")
        return self


class Biopsy(Description):
    """What `gputme lineage` cuts out of a run and sequences; the run itself does not depend on it."""

    regions: Annotated[int, Field(strict=True, ge=1, le=1000)] = 4
    """Regions of each tissue, as far as they do not overlap."""
    radius: Annotated[float, Quantity("length", above=0.0)] = 50.0
    """Radius of a region."""
    least: _Count = 10
    """Tumour cells from which on a tissue is sampled, and that make a colony."""
    depth: Positive = 100.0
    """Mean number of reads of a site."""
    reads: _Count = 3
    """Reads that must show a site."""
    limit: Fractional = 0.02
    """Share of the reads that must."""
    liquid: Liquid = Liquid()
    """Samples of blood."""
