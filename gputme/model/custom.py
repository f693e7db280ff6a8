"""How numbers that each cell carries begin, and what daughters get: custom variables, and behaviours that vary."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import model_validator

from gputme.model.base import Description, Fault, raise_if_any
from gputme.model.dimensions import RANGES
from gputme.model.remembered import NEVER, Memory
from gputme.model.units import AnyQuantity, NonNegative, Number, Positive, Quantity

_NotNegative = Annotated[float, Quantity("any", minimum=0, keeps_unit=True)]
_Above0 = Annotated[float, Quantity("any", above=0, keeps_unit=True)]

_WIDEST = 6.8
"""Standard deviations from the mean that a normal number of 32 random bits reaches."""


LAWS = ("value", "normal", "uniform", "lognormal")
"""Keys of the distributions."""


class Law(Description):
    """What a number of single cells is drawn from, and what daughters get; the keys are those of a kind of it."""

    if TYPE_CHECKING:
        value: Any
        normal: Any
        uniform: Any
        lognormal: Any
        min: Any
        max: Any
        inherit: Any
        mutation_sd: Any

    @property
    def needed(self) -> bool:
        """Whether one of the distributions must be given."""
        return True

    @model_validator(mode="after")
    def _check(self) -> Law:
        given = [key for key in LAWS if getattr(self, key) is not None]
        if len(given) > 1 or (self.needed and not given):
            needs = "needs exactly" if self.needed else "takes at most"
            raise ValueError(f"{needs} one of value, normal, uniform and lognormal")
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
        return next((k for k in LAWS if getattr(self, k) is not None), "value")

    @property
    def parameters(self) -> tuple[float, float]:
        """The distribution's two numbers in the order of its key; (value, 0) for a fixed value."""
        given = getattr(self, self.distribution)
        return (given, 0.0) if self.distribution == "value" else given

    @property
    def median(self) -> float:
        """Median of the starting distribution: what rules for a custom variable start from, as they replace the cell's
        own."""
        first, second = self.parameters
        middle = (first + second) / 2 if self.distribution == "uniform" else first
        least, largest = (-math.inf if self.min is None else self.min), (math.inf if self.max is None else self.max)
        return min(max(middle, least), largest)


class Custom(Law):
    """One more number that each cell carries: how it starts and what daughters get. Exactly one of the first
    four; where it has a memory, they may be left out."""

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
    memory: Memory | None = None
    """A signal that the variable follows. It starts at 0 unless given, and as if the signal had never been where it
    counts the time since."""

    @property
    def needed(self) -> bool:
        """Whether one of the distributions must be given."""
        return self.memory is None

    @property
    def parameters(self) -> tuple[float, float]:
        """The distribution's two numbers in the order of its key; (value, 0) for a fixed value. A memory without any is
        one of nothing."""
        if self.distribution == "value" and self.value is None:
            return NEVER if self.memory and self.memory.kind == "since" else 0.0, 0.0
        return super().parameters


class Varies(Law):
    """A behaviour that differs between the cells of a type. At most one of the first four; without them every cell
    begins with the type's value, unless a table of cells gives it another."""

    value: AnyQuantity | None = None
    """The same value for every cell."""
    normal: tuple[AnyQuantity, _NotNegative] | None = None
    """Mean and standard deviation of a normal distribution."""
    uniform: tuple[AnyQuantity, AnyQuantity] | None = None
    """Lower and upper end of a uniform distribution."""
    lognormal: tuple[_Above0, NonNegative] | None = None
    """Median, and standard deviation of the natural logarithm."""
    min: AnyQuantity | None = None
    """Smaller values become this; never less than rules may set."""
    max: AnyQuantity | None = None
    """Larger values become this; never more than rules may set."""
    inherit: Literal["copy", "redraw"] = "copy"
    """What a daughter gets: the mother's value, or a new draw."""
    mutation_sd: _NotNegative = 0.0
    """Standard deviation of a normal change at each division."""

    @property
    def needed(self) -> bool:
        """Whether one of the distributions must be given."""
        return False
