"""Derived signals: named combinations of signals, which stand wherever a signal may."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from pydantic import Field, model_validator

from gputme.model.base import Description, Fault, Name, raise_if_any
from gputme.model.units import AnyQuantity, Number, Positive
from gputme.model.words import ResolvedSignal

MOST_DERIVED = 256


class Term(Description):
    """One term of a derived signal: the weight times v, or times H = s / (1 + s) with s = (v / half_max)^power, or
    times 1 - H; v is a signal, or how far it lies below a value."""

    signal: str
    """What the cell reads, in the exact words of the rules, or a derived signal that stands before this one."""
    weight: Number = 1.0
    """Factor."""
    below: AnyQuantity | None = None
    """v is how far the signal lies below this, max(below - signal, 0), instead of the signal itself."""
    half_max: AnyQuantity | None = None
    """v at which H is a half; without it v itself counts, unsaturated."""
    power: Positive = 4.0
    """Hill power."""
    lowers: bool = Field(False, strict=True)
    """Whether 1 - H counts instead of H."""

    @model_validator(mode="after")
    def _check(self) -> Term:
        faults = []
        if self.half_max is not None and not self.half_max > 0:
            faults.append(Fault(("half_max",), f"must be greater than 0, not {self.half_max:g}"))
        if self.half_max is None and self.lowers:
            faults.append(Fault(("lowers",), "needs a half_max, at which the term is a half"))
        raise_if_any(faults)
        return self


class DerivedSignal(Description):
    """A signal that is made of others, under a name that stands wherever a signal may: in rules, in variables with
    memory, and in derived signals that stand after it."""

    name: Name
    """The word for it."""
    combine: Literal["sum", "product"] = "sum"
    """Whether its terms are added up or multiplied."""
    terms: tuple[Term, ...] = Field(alias="term", min_length=1)
    """What it is made of."""


class ResolvedTerm(NamedTuple):
    """A term in numbers; None: without."""

    signal: ResolvedSignal
    weight: float
    below: float | None
    half_max: float | None
    power: float
    lowers: bool


class ResolvedDerived(NamedTuple):
    """A derived signal in numbers."""

    name: str
    is_product: bool
    terms: tuple[ResolvedTerm, ...]


def made_of(signal: ResolvedSignal, derived: Sequence[ResolvedDerived]) -> Iterator[ResolvedSignal]:
    """All signals that one is computed from, and itself last; of one that is not derived only itself."""
    if signal.kind == "derived":
        for term in derived[signal.index].terms:
            yield from made_of(term.signal, derived)
    yield signal
