"""What is written, and how it is computed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gputme.model.base import Description, Names
from gputme.model.units import Duration, Fractional, Positive

MOST_CELLS = 2**31 - 128  # places are 32-bit numbers in the kernels


class Output(Description):
    """What is written, and how often."""

    every: Duration | None = None
    """Interval of frames; a twentieth of the run unless given."""
    series: Duration | None = None
    """Interval of the time series; 30 min unless given."""
    columns: Literal["all"] | tuple[str, ...] = "all"
    """Columns of cells to write."""
    fields: Literal["all"] | tuple[Annotated[str, Names("field")], ...] = "all"
    """Fields to write: substrates and, of the matrix, "ECM density", "ECM fibre", "ECM anisotropy", "ECM crosslink", of
    the membrane "BM integrity", of the fluid between cells "interstitial pressure"."""
    picture: Annotated[str, Names("field")] | None = None
    """Field behind the cells in pictures; unless given, the density of a matrix that has fibres, and the fibres, else
    the substrate that cells breathe, follow or exchange and that differs from place to place."""
    mantissa: Annotated[int, Field(strict=True, ge=1, le=52)] | None = None
    """Mantissa bits to keep in frames, for smaller files; all unless given. Checkpoints keep all."""
    compression: Annotated[int, Field(strict=True, ge=0, le=9)] = 1
    """Level of the deflate filter; 0 writes plainly."""


class Numerics(Description):
    """How it is computed. Nothing here changes what is simulated."""

    precision: Literal["fp32", "fp64"] = "fp32"
    """Floating-point type of all state."""
    backend: Literal["auto", "numpy", "native", "cuda"] = "auto"
    """Where it runs; "auto" takes the fastest that is present."""
    threads: Annotated[int, Field(strict=True, ge=1, le=4096)] | Literal["auto"] = "auto"
    """Threads of the native backend."""
    max_cells: Annotated[int, Field(strict=True, ge=1, le=MOST_CELLS)] | Literal["auto"] = "auto"
    """Most cells, dead ones included: a run that would pass it ends with a checkpoint; "auto" is what the memory
    holds."""
    mechanics: bool = Field(True, strict=True)
    """Whether forces act between cells."""
    mechanics_step: Duration | None = None
    """Step of mechanics; must divide the base step; chosen for accuracy unless given."""
    mechanics_error: Positive = 0.002
    """Radii that a cell may be off after one of its steps of mechanics, which decides how many each cell takes: their
    number goes by the root of it. 0.02 is enough where cells walk and crowd each other all the time."""
    reorder: Annotated[int, Field(strict=True, ge=1, le=10**6)] = 20
    """Base steps between sorting cells into the order of their bins."""
    tolerance: Positive = 1e-4
    """Largest residual of the implicit solves relative to the right-hand side."""
    max_cycles: Annotated[int, Field(strict=True, ge=1, le=1000)] = 50
    """Most multigrid cycles per solve."""
    field_error: Fractional = 0.0
    """Slow substrates are solved in steps of up to 30 min, as long as keep the error that `gputme check` estimates
    within this, and in which no cell that exchanges them walks farther than a voxel; 0: all are solved in every base
    step. 0.1 makes a dozen cost as much as a few."""
    picard: Annotated[int, Field(strict=True, ge=1, le=100)] = 30
    """Most iterations per solve of uptake that saturates; they stop at the tolerance."""
