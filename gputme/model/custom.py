"""Custom variables: one more number that each cell carries."""

from __future__ import annotations

import math
from typing import Literal

from pydantic import model_validator

from gputme.model.base import Description, Fault, raise_if_any
from gputme.model.dimensions import RANGES
from gputme.model.units import NonNegative, Number, Positive

_WIDEST = 6.8
"""Standard deviations from the mean that a normal number of 32 random bits reaches."""


class Custom(Description):
    """One more number that each cell carries: how it starts and what daughters get. Exactly one of the first
    four."""

    value: Number | None = None
    """The same value for every cell."""
    normal: tuple[Number, NonNegative] | None = None
    """Mean and standard deviation of a normal distribution."""
    uniform: tuple[Number, Number] | None = None
    """Lower and upper end of a uniform distribution."""
    lognormal: tuple[Positive, NonNegative] | None = None
    """Median, and standard deviation of the natural logarithm."""
    min: Number | None = None
    """Smaller draws become this."""
    max: Number | None = None
    """Larger draws become this."""
    unit: str = ""
    """Unit, for people."""
    inherit: Literal["copy", "halve", "redraw"] = "copy"
    """What a daughter gets: the mother's value, half of it, or a new draw."""
    mutation_sd: NonNegative = 0.0
    """Standard deviation of a normal change at each division."""

    @model_validator(mode="after")
    def _check(self) -> Custom:
        given = [key for key in ("value", "normal", "uniform", "lognormal") if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError("needs exactly one of value, normal, uniform and lognormal")
        faults = []
        if self.uniform is not None and self.uniform[0] > self.uniform[1]:
            faults.append(
                Fault(("uniform",), f"must rise, not fall from {self.uniform[0]:g} to {self.uniform[1]:g}")
            )
        if self.min is not None and self.max is not None and self.min > self.max:
            faults.append(Fault(("max",), f"must not be below min ({self.min:g})"))
        if self.lognormal is not None and self.max is None:
            median, spread = self.lognormal
            largest = math.log10(median) + _WIDEST * spread / math.log(10)
            if largest > math.log10(RANGES["number"][1]):
                text = f"draws numbers up to about 1e{largest:.0f}: give a max, or a smaller second number"
                faults.append(Fault(("lognormal",), text))
        raise_if_any(faults)
        return self

    @property
    def distribution(self) -> Literal["value", "normal", "uniform", "lognormal"]:
        """Which distribution a new cell's value is drawn from."""
        return next(k for k in ("value", "normal", "uniform", "lognormal") if getattr(self, k) is not None)

    @property
    def parameters(self) -> tuple[float, float]:
        """The distribution's two numbers in the order of its key; (value, 0) for a fixed value."""
        given = getattr(self, self.distribution)
        return (given, 0.0) if self.distribution == "value" else given

    @property
    def median(self) -> float:
        """Median of the starting distribution: the value that rules start from, as they replace the cell's own."""
        first, second = self.parameters
        middle = (first + second) / 2 if self.distribution == "uniform" else first
        least, largest = (-math.inf if self.min is None else self.min), (math.inf if self.max is None else self.max)
        return min(max(middle, least), largest)
