"""Derived signals in numbers: words become indices, and what contradicts is told."""

from __future__ import annotations

from gputme.model.base import Fault
from gputme.model.derived import ResolvedDerived, ResolvedTerm
from gputme.model.parts import Parts
from gputme.model.resolving import unread, words_of, wrong_size
from gputme.vocabulary import SIGNAL


def derivations(scenario: Parts) -> tuple[list[ResolvedDerived], list[Fault]]:
    """The derived signals of a scenario in numbers, and the faults of those that name what is not there."""
    substrates, cell_types = scenario.substrates, scenario.cell_types
    words = words_of(substrates, cell_types, scenario.groups, scenario.derived)
    found: list[ResolvedDerived] = []
    faults: list[Fault] = []
    for i, entry in enumerate(scenario.derived):
        terms = []
        for j, term in enumerate(entry.terms):
            here = ("signal", i, "term", j)
            try:
                signal = words.signal(term.signal)
            except ValueError as error:
                faults.append(Fault((*here, "signal"), str(error)))
                continue
            if signal.kind == "derived" and signal.index >= i:
                place = "is this one" if signal.index == i else "stands after this one"
                faults.append(Fault((*here, "signal"), f"{term.signal!r} {place}: read derived signals from before"))
                continue
            for key in ("below", "half_max"):
                value, dimension = getattr(term, key), SIGNAL[signal.kind].dimension
                if value is not None:
                    wrong = wrong_size(
                        value, dimension, signal.index, term.signal, substrates, divides=key == "half_max"
                    )
                    faults += [Fault((*here, key), wrong)] if wrong else []
            lacking = [unread(signal, cell_type, substrates, found) for cell_type in cell_types]
            if lacking and all(lacking):
                faults.append(Fault((*here, "signal"), lacking[0]))
            below, half_max = (None if v is None else float(v) for v in (term.below, term.half_max))
            terms.append(ResolvedTerm(signal, term.weight, below, half_max, term.power, term.lowers))
        found.append(ResolvedDerived(entry.name, entry.combine == "product", tuple(terms)))
    return found, faults
