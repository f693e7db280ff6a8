"""Variables with memory: a custom variable that follows a signal by a law, instead of standing still."""

from __future__ import annotations

from typing import Literal, NamedTuple

from pydantic import model_validator

from gputme.model.base import Description, Fault, raise_if_any
from gputme.model.units import AnyQuantity, Duration, Positive, Rate
from gputme.model.words import ResolvedSignal

NEVER = 1e9
"""Minutes since what has never been: about 1900 years."""


class Memory(Description):
    """What a variable X keeps of a signal s. The integral is dX/dt = rate f - X / tau, where f is s; or, with a
    half_max, H = (s / half_max)^power / (1 + (s / half_max)^power); or 1 while s is above (below) a value, else 0. The
    other kind is the time, in minutes, since s was last above (below) a value. Exact over a step, in which s holds; the
    dead keep what they had."""

    signal: str
    """What the cell reads, in the exact words of the rules."""
    kind: Literal["integral", "since"] = "integral"
    """The integral, or the time since the signal was last above or below the value."""
    rate: Rate = 1.0
    """How much an integral gains a minute where f is 1."""
    tau: Duration | None = None
    """Time in which an integral forgets all but 1/e; without it nothing is forgotten."""
    half_max: AnyQuantity | None = None
    """Signal at which H is a half."""
    power: Positive = 4.0
    """Hill power."""
    above: AnyQuantity | None = None
    """The value that the signal is to be above."""
    below: AnyQuantity | None = None
    """The value that the signal is to be below."""

    @model_validator(mode="after")
    def _check(self) -> Memory:
        faults = []
        given = [key for key in ("half_max", "above", "below") if getattr(self, key) is not None]
        if len(given) > 1:
            text = f"must not be given beside {given[0]}: choose one of half_max, above and below"
            faults.append(Fault((given[1],), text))
        if self.kind == "since":
            if "above" not in given and "below" not in given:
                faults.append(Fault(("kind",), "'since' needs the value that the signal was last above or below"))
            wrong = [("half_max", self.half_max is not None), ("tau", self.tau is not None), ("rate", self.rate != 1)]
            faults += [Fault((key,), "belongs to an integral: 'since' counts minutes") for key, there in wrong if there]
        if self.half_max is not None and not self.half_max > 0:
            faults.append(Fault(("half_max",), f"must be greater than 0, not {self.half_max:g}"))
        raise_if_any(faults)
        return self


class ResolvedMemory(NamedTuple):
    """What cells of a type keep in a variable, in numbers; None: without."""

    type_index: int
    variable: int
    signal: ResolvedSignal
    since: bool
    rate: float
    tau: float | None
    half_max: float | None
    power: float
    above: float | None
    below: float | None
