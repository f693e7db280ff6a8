"""Initial cells: a packed or random shape, or a table of positions and types."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from gputme.model.base import Description, Fault, Table, TypeName, raise_if_any
from gputme.model.domain import Ball, Box
from gputme.model.units import Length, Number, Positive
from gputme.vocabulary import PHASES

MOST_CELLS = 10**9
FirstPhase = Annotated[int, Field(strict=True, ge=0, le=PHASES - 1)] | Literal["random"]
"""The phase of the cycle that a cell starts in."""


class Population(Description):
    """Cells at time 0: exactly one of sphere, disc, box and table says where."""

    type: TypeName | None = None
    """Their cell type; a table with a type column needs none."""
    count: Annotated[int, Field(strict=True, ge=0, le=MOST_CELLS)] | None = None
    """Number of cells; a packed shape keeps the positions nearest its centre. Unless given, as many as
    fit."""
    sphere: Ball | None = None
    """A ball (3D)."""
    disc: Ball | None = None
    """A disc in the plane z of its centre."""
    box: Box | None = None
    """A box between two corners."""
    hole: Length | None = None
    """Nobody stands nearer to the shape's centre than this: for tissue around a tumour."""
    table: str | None = None
    """CSV or Parquet file with x, y, z, type and optional columns, or a frame of a run; its path is relative to the
    scenario's file."""
    columns: Table[str] = Field(default_factory=dict, validate_default=True)
    """What the table calls its columns, where they are called otherwise: x = "X_centroid"."""
    packing: Literal["hexagonal", "random"] = "hexagonal"
    """Regular rows as PhysiCell packs them, or independent uniform positions."""
    spacing: Positive = 1.9048
    """Distance between packed neighbours of a row, in cell radii; 1.9048 is where default cells rest."""
    overrides: Table[Number] = Field(default_factory=dict, validate_default=True)
    """Values of custom variables, instead of the cell type's own."""
    phase: FirstPhase = 0
    """Cycle phase at the start: its number, or "random" for one drawn in proportion to the time spent in
    each."""

    @model_validator(mode="after")
    def _one_shape(self) -> Population:
        shapes = [key for key in ("sphere", "disc", "box", "table") if getattr(self, key) is not None]
        if len(shapes) != 1:
            raise ValueError("needs exactly one of sphere, disc, box and table")
        faults = []
        if self.table is None and self.type is None:
            faults.append(Fault(("type",), "is missing"))
        if self.table is None and self.columns:
            faults.append(Fault(("columns",), "goes with a table only"))
        for key in ("count", "hole"):
            if self.table is not None and getattr(self, key) is not None:
                faults.append(Fault((key,), "does not go with a table, whose rows are all taken"))
        raise_if_any(faults)
        return self
