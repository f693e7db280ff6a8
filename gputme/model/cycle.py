"""Cycle models: phases left at a stochastic rate or after a fixed duration.

Published defaults of PhysiCell 1.14 (Ghaffarizadeh et al., PLoS Comput Biol 14:e1005991, 2018). Target
volumes double on entering a phase that grows; the cell divides on leaving a phase that divides.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from pydantic import Field, model_validator

from gputme.model.base import Description, Fault, Name, Table, raise_if_any
from gputme.model.units import Duration, Fractional, Rate
from gputme.naming import nearest, unknown
from gputme.vocabulary import PHASES


class Phase(NamedTuple):
    """One phase. Either `rate` (1/min, exponential waiting time) or `duration` (min, with a Gaussian standard
    deviation of `spread` times the duration) is set, the other is 0; both are 0 in a phase that is never
    left."""

    name: str
    rate: float
    duration: float
    spread: float
    grows: bool
    divides: bool
    next: int

    @property
    def exit_rate(self) -> float:
        """Rate of leaving, 1/min; 1 / duration for a phase of fixed duration."""
        return 1 / self.duration if self.duration else self.rate


_G = {"grows": True}
_D = {"divides": True}
_BUILT_IN: dict[str, list[dict[str, Any]]] = {
    "none": [{"name": "quiescent", "rate": 0.0}],
    "live": [{"name": "live", "rate": 0.0432 / 60, **_G, **_D}],
    "ki67-basic": [
        {"name": "Ki67-", "rate": 1 / (4.59 * 60)},
        {"name": "Ki67+", "duration": 15.5 * 60, **_G, **_D},
    ],
    "ki67-advanced": [
        {"name": "Ki67-", "rate": 1 / (3.62 * 60)},
        {"name": "Ki67+ premitotic", "duration": 13.0 * 60, **_G, **_D},
        {"name": "Ki67+ postmitotic", "duration": 2.5 * 60},
    ],
    "cytometry-3": [
        {"name": "G0G1", "rate": 0.00324},
        {"name": "S", "rate": 0.00208, **_G},
        {"name": "G2M", "rate": 0.00333, **_D},
    ],
    "cytometry-4": [
        {"name": "G0G1", "rate": 0.00335},
        {"name": "S", "rate": 0.00208, **_G},
        {"name": "G2", "rate": 0.00417},
        {"name": "M", "rate": 0.0167, **_D},
    ],
    "cycling-quiescent": [
        {"name": "quiescent", "rate": 1 / (4.59 * 60)},
        {"name": "cycling", "duration": 15.5 * 60, **_G, **_D},
    ],
}


class PhaseTable(Description):
    """One phase of a custom cycle."""

    name: Name
    """Name of the phase."""
    rate: Rate | None = None
    """Rate of leaving (stochastic phase)."""
    duration: Duration | None = None
    """Time until leaving (phase of fixed duration)."""
    spread: Fractional = 0.0
    """Standard deviation of the duration, as a fraction of it."""
    grows: bool = Field(False, strict=True)
    """Whether the target volumes double on entering."""
    divides: bool = Field(False, strict=True)
    """Whether the cell divides on leaving."""
    next: Name | None = None
    """Name of the phase that follows; the next in the list unless given, the first after the last."""

    @model_validator(mode="after")
    def _one_exit(self) -> PhaseTable:
        if (self.rate is None) == (self.duration is None):
            raise ValueError("needs exactly one of rate and duration")
        if self.spread and self.duration is None:
            raise_if_any([Fault(("spread",), "belongs to a phase with a duration")])
        return self


class Cycle(Description):
    """The cycle of a cell type: a published model, perhaps with other rates, or phases of one's own."""

    model: Literal[
        "none",
        "live",
        "ki67-basic",
        "ki67-advanced",
        "cytometry-3",
        "cytometry-4",
        "cycling-quiescent",
        "custom",
    ] = "none"
    """Which phases there are; "none" never divides, "custom" takes them from `phase`."""
    rates: Table[Rate] = Field(default_factory=dict, validate_default=True)
    """Exit rate by phase name, instead of the model's; the phase becomes stochastic."""
    durations: Table[Duration] = Field(default_factory=dict, validate_default=True)
    """Duration by phase name, instead of the model's; the phase gets a fixed duration."""
    spread: Fractional = 0.0
    """Standard deviation of every fixed duration, as a fraction of it."""
    phase: tuple[PhaseTable, ...] = ()
    """Phases of a custom cycle, in order."""

    @model_validator(mode="after")
    def _check(self) -> Cycle:
        faults = []
        if (self.model == "custom") != bool(self.phase):
            faults.append(Fault(("phase",), "lists the phases of the model 'custom', and only of that one"))
        names = [entry["name"] for entry in self._entries()]
        for key in ("rates", "durations"):
            for name in getattr(self, key):
                if name not in names:
                    listed = ", ".join(names)
                    faults.append(
                        Fault(
                            (key, name),
                            f"{self.model!r} has no phase {name!r}, only {listed}{nearest(name, names)}",
                        )
                    )
        for name in set(self.rates) & set(self.durations):
            faults.append(
                Fault(("durations", name), "has a rate and a duration: a phase has only one of them")
            )
        if len(names) > PHASES:
            faults.append(Fault(("phase",), f"lists {len(names)} phases, more than {PHASES}"))
        for i, name in enumerate(names):
            if name in names[:i]:
                faults.append(Fault(("phase", i, "name"), f"{name!r} stands twice"))
        for i, entry in enumerate(self.phase):
            if entry.next is not None and entry.next not in names:
                faults.append(Fault(("phase", i, "next"), unknown("phase", entry.next, names)))
        raise_if_any(faults)
        return self

    def _entries(self) -> list[dict[str, Any]]:
        if self.model == "custom":
            return [entry.model_dump(exclude_none=True) for entry in self.phase]
        return _BUILT_IN[self.model]

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases in order, with all overrides applied; never empty."""
        entries = self._entries()
        names = [entry["name"] for entry in entries]
        phases = []
        for i, (name, entry) in enumerate(zip(names, entries, strict=True)):
            duration = self.durations.get(name, 0.0 if name in self.rates else entry.get("duration", 0.0))
            rate = 0.0 if duration else self.rates.get(name, entry.get("rate", 0.0))
            spread = (entry.get("spread") or self.spread) if duration else 0.0
            following = names.index(entry["next"]) if "next" in entry else (i + 1) % len(names)
            phases.append(
                Phase(
                    name,
                    rate,
                    duration,
                    spread,
                    entry.get("grows", False),
                    entry.get("divides", False),
                    following,
                )
            )
        return tuple(phases)

    @property
    def structure(self) -> tuple[tuple[str, bool, bool, bool, int], ...]:
        """What two cycles have in common whose phases mean the same, whatever time they take."""
        return tuple((p.name, p.duration > 0, p.grows, p.divides, p.next) for p in self.phases)

    @property
    def exit_rates(self) -> dict[str, float]:
        """Rate of leaving each phase, 1/min, by its number as rules write it."""
        return {str(number): phase.exit_rate for number, phase in enumerate(self.phases)}
