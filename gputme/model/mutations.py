"""Mutations: what may arise at a division, and what daughters that inherit it do differently."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple

from pydantic import Field, model_validator

from gputme.model.base import ByWord, Description, Fault, Name, Table
from gputme.model.resolving import members, words_of
from gputme.model.units import NonNegative, Number, Quantity
from gputme.model.words import ResolvedBehaviour
from gputme.naming import unknown
from gputme.vocabulary import BEHAVIOUR

__all__ = ["MOST_MUTATIONS", "Effect", "Mutation", "ResolvedMutation", "factor_words", "mutations"]

MOST_MUTATIONS = 64
MOST_AT_ONCE = 100.0
"""Largest rate: numbers of mutations at one division are kept in a byte."""
UNCHANGED = {
    "reach": "neighbours are looked for within a fixed distance",
    "attachments": "there is room for a fixed number of partners",
    "transition": "switches drive it: let a signal of a switch read a custom variable, and the mutation change that",
}
"""Behaviours that a mutation does not change, and why."""


class Mutation(Description):
    """A kind of mutation. At a division each daughter gets a Poisson number of it, each at a site of its own, and
    passes them to all that descend from her."""

    name: Name
    """What it is called in tables."""
    rate: Annotated[float, Quantity("number", minimum=0.0, maximum=MOST_AT_ONCE)]
    """Mean number per division and daughter."""
    types: tuple[Name, ...] = ()
    """Cell types, or groups of them, whose daughters get it; all unless given."""
    effect: ByWord[NonNegative] = Field(default_factory=dict, validate_default=True)
    """Factors by which one of it changes behaviours, in the grammar's exact words: of their base values, before rules.
    `custom:NAME` changes that variable itself. Without any it is neutral."""
    sets: Table[Number] = Field(default_factory=dict, validate_default=True)
    """Custom variables and the value that it sets them to."""

    @model_validator(mode="after")
    def _once(self) -> Mutation:
        if both := [name for name in self.sets if f"custom:{name}" in self.effect]:
            raise ValueError(f"both sets {both[0]!r} and multiplies it: keep one")
        return self


class Effect(NamedTuple):
    """A value that daughters inherit becomes ``times`` itself and ``plus``: the factor of a behaviour, or, where that
    is of kind "custom", the variable."""

    behaviour: ResolvedBehaviour
    times: float
    plus: float


class ResolvedMutation(NamedTuple):
    """A kind of mutation in numbers: its rate in each cell type, and what it does."""

    rates: tuple[float, ...]
    effects: tuple[Effect, ...]


def mutations(scenario: Any) -> tuple[list[ResolvedMutation], list[Fault]]:
    """All kinds of a scenario in numbers, and the faults of those that name what is not there or cannot change it."""
    types, groups = scenario.cell_types, scenario.groups
    words, known = words_of(scenario.substrates, types, groups), [*(t.name for t in types), *groups]
    found: list[ResolvedMutation] = []
    faults: list[Fault] = []
    if len(scenario.mutations) > MOST_MUTATIONS:
        faults.append(Fault(("mutation",), f"there are {len(scenario.mutations)} kinds, more than {MOST_MUTATIONS}"))
    names = [entry.name for entry in scenario.mutations]
    for i, entry in enumerate(scenario.mutations):
        if entry.name in names[:i]:
            faults.append(Fault(("mutation", i, "name"), f"{entry.name!r} stands twice"))
        wrong, effects = list(_wrong(entry, words, known, scenario.custom_names)), []
        faults += [fault._replace(path=("mutation", i, *fault.path)) for fault in wrong]
        if wrong:
            continue
        for word, times in entry.effect.items():
            does = words.behaviour(word)
            towards = members(does.index, types, groups) if BEHAVIOUR[does.kind].per == "type" else [does.index]
            effects += [Effect(does._replace(index=index), float(times), 0.0) for index in towards]
        for name, value in entry.sets.items():
            effects.append(Effect(words.behaviour(f"custom:{name}"), 0.0, float(value)))
        mine = {k for name in entry.types for k in members(known.index(name), types, groups)}
        rates = tuple(entry.rate if not mine or k in mine else 0.0 for k in range(len(types)))
        found.append(ResolvedMutation(rates, tuple(effects)))
    return found, faults


def _wrong(entry: Mutation, words: Any, known: list[str], customs: tuple[str, ...]) -> Iterator[Fault]:
    for k, name in enumerate(entry.types):
        if name not in known:
            yield Fault(("types", k), unknown("cell type", name, known))
    for word in entry.effect:
        try:
            does = words.behaviour(word)
        except ValueError as error:
            yield Fault(("effect", word), str(error))
            continue
        if does.kind in UNCHANGED:
            yield Fault(("effect", word), f"does not change with mutations: {UNCHANGED[does.kind]}")
    for name in entry.sets:
        if name not in customs:
            yield Fault(("sets", name), unknown("custom variable", name, customs))


def factor_words(found: list[ResolvedMutation], words: Any) -> dict[str, ResolvedBehaviour]:
    """Behaviours that some mutation changes, by the name of the cells' factor of it, in order of first appearance."""
    changed = dict.fromkeys(e.behaviour for m in found for e in m.effects if e.behaviour.kind != "custom")
    kinds = {behaviour: BEHAVIOUR[behaviour.kind] for behaviour in changed}
    return {f"{does.word(words.names(does)[b.index])} factor": b for b, does in kinds.items()}
