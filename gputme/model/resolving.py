"""Rules in numbers: words and names become indices, and what the kernels need stands beside them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from gputme.model.base import Fault
from gputme.model.cell_type import CellType
from gputme.model.derived import ResolvedDerived, made_of
from gputme.model.rules import Rule
from gputme.model.units import beyond, canonical_unit, too_large, too_small, unit_disagreement
from gputme.model.words import ResolvedBehaviour, ResolvedSignal, Words
from gputme.naming import unknown
from gputme.vocabulary import BEHAVIOUR, SIGNAL

if TYPE_CHECKING:
    from gputme.model.substrate import Substrate

Groups = Mapping[str, Sequence[str]]
"""Names of cell types by the name of their group."""
NO_GROUPS: Groups = MappingProxyType({})
Medians = Mapping[tuple[int, ResolvedBehaviour], float]
"""What stands for all cells of a type where they vary, by type and behaviour."""
NONE_VARIES: Medians = MappingProxyType({})
UNSCALED = {
    "custom": "a variable is what scales, and rules write it",
    "reach": "neighbours are looked for within a fixed distance",
}
"""Behaviours that do not go with a variable, and why."""
AS_WRITTEN = 1e-5  # relative; PhysiCell writes base values with six digits


class ResolvedRule(NamedTuple):
    """A rule in numbers: indices instead of names, everything in canonical units."""

    type_index: int
    signal: ResolvedSignal
    increases: bool
    behaviour: ResolvedBehaviour
    saturation: float
    half_max: float
    power: float
    applies_to_dead: bool
    number: int = 0
    """Which rule of the scenario it is, or is one of, where that names a group of types."""


class RuleGroup(NamedTuple):
    """All rules for one behaviour of one cell type, with the values that they move between.

    `largest` and `smallest` are the grammar's one maximum and one minimum: the extreme saturation of the
    increasing (decreasing) rules, and of the base too when there are rules of the other direction. Where the cells of
    the type vary, the base is the median, and each cell's own stands for it.
    """

    type_index: int
    behaviour: ResolvedBehaviour
    base: float
    largest: float
    smallest: float
    increasing: tuple[ResolvedRule, ...]
    decreasing: tuple[ResolvedRule, ...]


class ResolvedScaling(NamedTuple):
    """A scaling in numbers: cells of the type do the behaviour (variable - zero) slope times as much, from 0 to `most`
    times, and never more than `limit`."""

    type_index: int
    behaviour: ResolvedBehaviour
    variable: int
    zero: float
    slope: float
    most: float
    limit: float


def custom_names(cell_types: Sequence[CellType]) -> tuple[str, ...]:
    """All custom variables of all types, in order of first appearance."""
    return tuple(dict.fromkeys(name for cell_type in cell_types for name in cell_type.custom))


def words_of(
    substrates: Sequence[Substrate], cell_types: Sequence[CellType], groups: Groups = NO_GROUPS,
    derived: Sequence[Any] = (),
) -> Words:  # fmt: skip
    """The words that rules between these may use."""
    names, types, signals = ([one.name for one in some] for some in (substrates, cell_types, derived))
    return Words(names, types, custom_names(cell_types), tuple(groups), signals)


def members(index: int, cell_types: Sequence[CellType], groups: Groups) -> list[int]:
    """The cell types that a number means: one, or from the number of types on all of a group."""
    names = [t.name for t in cell_types]
    return [index] if index < len(names) else [names.index(t) for t in groups[list(groups)[index - len(names)]]]


def resolve(
    rules: Sequence[Rule], substrates: Sequence[Substrate], cell_types: Sequence[CellType], groups: Groups = NO_GROUPS,
    derived: Sequence[ResolvedDerived] = (), medians: Medians = NONE_VARIES,
) -> tuple[list[ResolvedRule], list[Fault]]:  # fmt: skip
    """The rules in numbers, and the faults of those that name what is not there or contradict each other. A rule of a
    group, or for what is done to one, is one for each of its types."""
    words = words_of(substrates, cell_types, groups, derived)
    types = {name: i for i, name in enumerate([*(t.name for t in cell_types), *groups])}
    resolved: list[ResolvedRule] = []
    faults: list[Fault] = []
    first: dict[tuple, Rule] = {}
    for i, rule in enumerate(rules):
        wrong = list(_unknown_words(rule, words, types))
        if not wrong:
            does = words.behaviour(rule.behaviour)
            towards = members(does.index, cell_types, groups) if BEHAVIOUR[does.kind].per == "type" else [does.index]
            for mine in members(types[rule.cell_type], cell_types, groups):
                for other in towards:
                    if does.kind in ("transition", "asymmetric") and other == mine and len(towards) > 1:
                        continue  # of a group, a type turns into the others
                    meaning = ResolvedRule(
                        type_index=mine,
                        signal=words.signal(rule.signal),
                        increases=rule.direction == "increases",
                        behaviour=does._replace(index=other),
                        saturation=float(rule.saturation),
                        half_max=float(rule.half_max),
                        power=rule.power,
                        applies_to_dead=rule.applies_to_dead,
                        number=i,
                    )
                    wrong += _disagreements(rule, meaning, words, substrates, cell_types, derived, medians)
                    earlier = first.setdefault(meaning[:4], rule)
                    if earlier is not rule:
                        place = f" in {earlier.where}" if earlier.where else ""
                        wrong.append(("signal", f"{rule.signal!r} {rule.direction} {rule.behaviour!r} already{place}"))
                    resolved.append(meaning)
        faults += [Fault(("rule", i, key), message, rule.where) for key, message in dict.fromkeys(wrong)]
    return resolved, faults


def _unknown_words(rule: Rule, words: Words, types: dict[str, int]) -> Iterator[tuple[str, str]]:
    """(key, sentence) for each word or name that means nothing here."""
    if rule.cell_type not in types:
        yield "cell_type", unknown("cell type", rule.cell_type, types)
    for key, look_up in (("signal", words.signal), ("behaviour", words.behaviour)):
        try:
            look_up(getattr(rule, key))
        except ValueError as error:
            yield key, str(error)


def _disagreements(
    rule: Rule,
    meaning: ResolvedRule,
    words: Words,
    substrates: Sequence[Substrate],
    cell_types: Sequence[CellType],
    derived: Sequence[ResolvedDerived],
    medians: Medians,
) -> Iterator[tuple[str, str]]:
    """(key, sentence) for each thing in a rule that its cell type or its words do not allow."""
    signal, behaviour, cell_type = meaning.signal, meaning.behaviour, cell_types[meaning.type_index]
    does = BEHAVIOUR[behaviour.kind]
    for key, word, index, dimension in (
        ("half_max", rule.signal, signal.index, SIGNAL[signal.kind].dimension),
        ("saturation", rule.behaviour, behaviour.index, does.dimension),
    ):
        wrong = wrong_size(getattr(rule, key), dimension, index, word, substrates, divides=key == "half_max")
        if wrong:
            yield key, wrong
    if not rule.half_max > 0:
        yield "half_max", f"must be greater than 0, not {rule.half_max:g}"
    if wrong := beyond(rule.saturation, does.least, does.most):
        yield "saturation", f"{wrong} for {rule.behaviour!r}, not {rule.saturation:g}"
    phases = len(cell_type.cycle.phases)
    if does.per == "phase" and behaviour.index >= phases:
        cycle = f"the cycle {cell_type.cycle.model!r} of {cell_type.name!r}"
        yield "behaviour", f"{cycle} has no phase {behaviour.index}, only 0 to {phases - 1}"
    elif rule.base is not None:
        base = medians.get((meaning.type_index, behaviour), base_value(cell_type, behaviour, words))
        if not math.isclose(rule.base, base, rel_tol=AS_WRITTEN):
            stated = f"is {rule.base:g} in the table, but {rule.behaviour!r} of {cell_type.name!r} is {base:g}"
            yield "base", f"{stated}: give both the same value"
    if signal.kind == "immunogenicity" and signal.index >= len(cell_types):
        yield "signal", f"{rule.signal!r}: a group has no immunogenicity of its own; name one cell type"
    if wrong := unread(signal, cell_type, substrates, derived):
        yield "signal", wrong
    if behaviour.kind == "custom":
        (name,) = words.names(does)[behaviour.index : behaviour.index + 1]
        if name in cell_type.custom and cell_type.custom[name].memory:
            yield "behaviour", f"{name!r} of {cell_type.name!r} follows its memory, which no rule sets"


def wrong_size(
    value: float, dimension: str, index: int, word: str, substrates: Sequence[Substrate], divides: bool = False
) -> str:
    """What is wrong with the unit or the size of a value of a word, "" where nothing is. ``dimension`` and ``index``:
    the word's in the vocabulary; ``divides``: it is divided by."""
    kind = {"substrate": "concentration"}.get(dimension, dimension)
    wrong = unit_disagreement(value, unit_of(dimension, index, substrates), repr(word)) or too_large(value, kind)
    return wrong or (too_small(value, kind) if divides and value > 0 else "")


def unread(
    signal: ResolvedSignal, cell_type: CellType, substrates: Sequence[Substrate], derived: Sequence[ResolvedDerived]
) -> str:
    """Why cells of a type cannot read a signal, "" where they can."""
    for part in made_of(signal, derived):
        if part.kind == "internal":
            name = substrates[part.index].name
            if name not in cell_type.exchange or not cell_type.exchange[name].tracked:
                return f"needs tracked = true in the exchange of {name!r} by {cell_type.name!r}"
    return ""


def unit_of(dimension: str, index: int, substrates: Sequence[Substrate]) -> str:
    """The unit that values of a word are in, "" for none; ``dimension`` and ``index`` as in the vocabulary."""
    if dimension not in ("substrate", "amount rate"):
        return canonical_unit(dimension)
    unit = substrates[index].unit
    return f"{unit}*um3/min" if unit and dimension == "amount rate" else unit


def base_value(cell_type: CellType, behaviour: ResolvedBehaviour, words: Words) -> float:
    """The behaviour's value without signals."""
    entry = BEHAVIOUR[behaviour.kind]
    (base,) = entry.bases(cell_type, words.names(entry)[behaviour.index : behaviour.index + 1])
    return base


def rule_groups(
    resolved: Sequence[ResolvedRule], substrates: Sequence[Substrate], cell_types: Sequence[CellType],
    medians: Medians = NONE_VARIES,
) -> tuple[RuleGroup, ...]:
    """The rules by cell type and behaviour, in order of type, then of first appearance."""
    members: dict[tuple[int, ResolvedBehaviour], list[ResolvedRule]] = {}
    for rule in resolved:
        members.setdefault((rule.type_index, rule.behaviour), []).append(rule)
    words, groups = words_of(substrates, cell_types), []
    for (type_index, behaviour), rules in sorted(members.items(), key=lambda item: item[0][0]):
        base = medians.get((type_index, behaviour), base_value(cell_types[type_index], behaviour, words))
        up, down = ([r for r in rules if r.increases == way] for way in (True, False))
        largest = max([r.saturation for r in up] + ([base] if down or not up else []))
        smallest = min([r.saturation for r in down] + ([base] if up or not down else []))
        groups.append(RuleGroup(type_index, behaviour, base, largest, smallest, tuple(up), tuple(down)))
    return tuple(groups)


def scalings(
    substrates: Sequence[Substrate], cell_types: Sequence[CellType]
) -> tuple[list[ResolvedScaling], list[Fault]]:
    """What scales behaviours of all types, and the faults of what names nothing or cannot be scaled."""
    words, variables = words_of(substrates, cell_types), custom_names(cell_types)
    found: list[ResolvedScaling] = []
    faults: list[Fault] = []
    for t, cell_type in enumerate(cell_types):
        for i, entry in enumerate(cell_type.scaling):
            here = ("cell_type", t, "scaling", i)
            if entry.by not in cell_type.custom:
                faults.append(Fault((*here, "by"), unknown("custom variable", entry.by, cell_type.custom)))
            try:
                behaviour = words.behaviour(entry.behaviour)
            except ValueError as error:
                faults.append(Fault((*here, "behaviour"), str(error)))
                continue
            if behaviour.kind in UNSCALED:
                text = f"{entry.behaviour!r} cannot be scaled: {UNSCALED[behaviour.kind]}"
                faults.append(Fault((*here, "behaviour"), text))
            elif entry.by in variables:
                limit, most = BEHAVIOUR[behaviour.kind].most, entry.most
                line = entry.zero, 1 / (entry.one - entry.zero), math.inf if most is None else most
                limit = math.inf if limit is None else limit
                found.append(ResolvedScaling(t, behaviour, variables.index(entry.by), *line, limit))
    return found, faults
