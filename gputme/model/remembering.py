"""Variables with memory in numbers: words become indices, and what contradicts is told."""

from __future__ import annotations

from collections.abc import Sequence

from gputme.model.base import Fault
from gputme.model.derived import ResolvedDerived, made_of
from gputme.model.parts import Parts
from gputme.model.remembered import ResolvedMemory
from gputme.model.resolving import unread, words_of, wrong_size
from gputme.model.words import ResolvedSignal
from gputme.vocabulary import SIGNAL


def memories(scenario: Parts, derived: Sequence[ResolvedDerived]) -> tuple[list[ResolvedMemory], list[Fault]]:
    """What the variables of all types remember, in numbers, and the faults of those that name what is not there."""
    substrates, variables = scenario.substrates, scenario.custom_names
    words = words_of(substrates, scenario.cell_types, scenario.groups, scenario.derived)
    found: list[ResolvedMemory] = []
    faults: list[Fault] = []
    for t, cell_type in enumerate(scenario.cell_types):
        for name, custom in cell_type.custom.items():
            entry, here = custom.memory, ("cell_type", t, "custom", name, "memory")
            if entry is None:
                continue
            try:
                signal = words.signal(entry.signal)
            except ValueError as error:
                faults.append(Fault((*here, "signal"), str(error)))
                continue
            numbers = {}
            for key in ("half_max", "above", "below"):
                value, dimension = getattr(entry, key), SIGNAL[signal.kind].dimension
                numbers[key] = None if value is None else float(value)
                if value is not None:
                    divides = key == "half_max"
                    wrong = wrong_size(value, dimension, signal.index, entry.signal, substrates, divides)
                    faults += [Fault((*here, key), wrong)] if wrong else []
            variable = variables.index(name)
            wrong = unread(signal, cell_type, substrates, derived)
            if ResolvedSignal("custom", variable) in made_of(signal, derived):
                wrong = f"{entry.signal!r} reads {name!r} itself: a variable remembers another signal"
            if wrong:
                faults.append(Fault((*here, "signal"), wrong))
            law = entry.kind == "since", entry.rate, entry.tau
            found.append(ResolvedMemory(t, variable, signal, *law, power=entry.power, **numbers))
    return found, faults
