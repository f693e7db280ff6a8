"""Scalings: a behaviour that goes with a variable of the cell, as proliferation goes with an oncoprotein."""

from __future__ import annotations

from pydantic import model_validator

from gputme.model.base import Description, Fault, Faults, Name
from gputme.model.units import Number, Positive


class Scaling(Description):
    """A behaviour times a line of one of the cell's variables: 0 at `zero`, 1 at `one`, never below 0."""

    behaviour: str
    """What is scaled, after rules and oxygen have set it, in the grammar's exact words."""
    by: Name
    """Custom variable of the cell type."""
    zero: Number = 0.0
    """The variable's value at which the factor is 0; beyond it, it stays 0."""
    one: Number = 1.0
    """The variable's value at which the factor is 1."""
    most: Positive | None = None
    """Largest factor; without it the line goes on."""

    @model_validator(mode="after")
    def _is_a_line(self) -> Scaling:
        if self.one == self.zero:
            raise Faults([Fault(("one",), f"must differ from zero, which is {self.zero:g} too")])
        return self
