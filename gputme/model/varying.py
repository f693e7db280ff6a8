"""Behaviours that differ between the cells of a type, in numbers: whose, which, and by what law."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from gputme.model.base import Fault
from gputme.model.cell_type import CellType
from gputme.model.custom import LAWS, Varies
from gputme.model.resolving import NO_GROUPS, Groups, Medians, base_value, members, words_of, wrong_size
from gputme.model.units import beyond
from gputme.model.words import ResolvedBehaviour
from gputme.vocabulary import BEHAVIOUR, Behaviour

if TYPE_CHECKING:
    from gputme.model.substrate import Substrate

__all__ = ["ResolvedVarying", "medians", "own_words", "varying"]


class ResolvedVarying(NamedTuple):
    """Cells of the type have values of their own of the behaviour, by a law that has a distribution and bounds."""

    type_index: int
    behaviour: ResolvedBehaviour
    law: Varies


def medians(varied: Sequence[ResolvedVarying]) -> Medians:
    """The value that stands for all cells of a type, by type and behaviour."""
    return {entry[:2]: entry.law.median for entry in varied}


def own_words(
    varied: Sequence[ResolvedVarying], substrates: Sequence[Substrate], cell_types: Sequence[CellType]
) -> dict[str, ResolvedBehaviour]:
    """What varies in some type, by the first of its words, in order of first appearance."""
    words = words_of(substrates, cell_types)
    kinds = {entry.behaviour: BEHAVIOUR[entry.behaviour.kind] for entry in varied}
    return {does.word(words.names(does)[behaviour.index]): behaviour for behaviour, does in kinds.items()}


def varying(
    substrates: Sequence[Substrate], cell_types: Sequence[CellType], groups: Groups = NO_GROUPS
) -> tuple[list[ResolvedVarying], list[Fault]]:
    """What varies in all types, in their order, and the faults of what names nothing or cannot vary."""
    words = words_of(substrates, cell_types, groups)
    found: dict[tuple[int, ResolvedBehaviour], ResolvedVarying] = {}
    faults: list[Fault] = []
    for t, cell_type in enumerate(cell_types):
        for word, law in cell_type.varies.items():
            here = ("cell_type", t, "varies", word)
            try:
                behaviour = words.behaviour(word)
            except ValueError as error:
                faults.append(Fault(here, str(error)))
                continue
            does = BEHAVIOUR[behaviour.kind]
            wrong = list(_wrong(word, behaviour, cell_type, law, substrates))
            faults += [fault._replace(path=(*here, *fault.path)) for fault in wrong]
            towards = members(behaviour.index, cell_types, groups) if does.per == "type" else [behaviour.index]
            for other in () if wrong else towards:
                mine = t, behaviour._replace(index=other)
                if mine in found:
                    faults.append(Fault(here, "stands for a behaviour that has an entry already: keep one"))
                elif behaviour.kind != "transition" or other != t:
                    found[mine] = ResolvedVarying(*mine, _whole(law, does, base_value(cell_type, mine[1], words)))
    return list(found.values()), faults


def _whole(law: Varies, does: Behaviour, base: float) -> Varies:
    """A law with a distribution, and with the bounds of the behaviour where it has none."""
    given = {"min": does.least if law.min is None else law.min, "max": does.most if law.max is None else law.max}
    if all(getattr(law, key) is None for key in LAWS):
        given["value"] = base
    return law.model_copy(update=given)


def _wrong(
    word: str, behaviour: ResolvedBehaviour, cell_type: CellType, law: Varies, substrates: Sequence[Substrate]
) -> Iterator[Fault]:
    """What the words or the type do not allow, paths from the entry."""
    does, phases = BEHAVIOUR[behaviour.kind], len(cell_type.cycle.phases)
    if behaviour.kind == "custom":
        yield Fault((), "cannot vary here: a variable has its own distribution in custom.NAME")
    elif does.per == "phase" and behaviour.index >= phases:
        yield Fault((), f"the cycle {cell_type.cycle.model!r} has no phase {behaviour.index}, only 0 to {phases - 1}")
    elif behaviour.kind == "reach" and law.max is None:
        yield Fault((), "needs a max, as neighbours are looked for within a fixed distance")
    else:
        for key, value, is_level in _numbers(law):
            wrong = wrong_size(value, does.dimension, behaviour.index, word, substrates)
            if not wrong and is_level and (outside := beyond(value, does.least, does.most)):
                wrong = f"{outside} for {word!r}, not {value:g}"
            if wrong:
                yield Fault((key,), wrong)


def _numbers(law: Varies) -> Iterator[tuple[str, float, bool]]:
    """Every number of a law that is in the behaviour's unit: its key, itself, and whether it is a value or a spread."""
    for key in ("value", "min", "max"):
        if getattr(law, key) is not None:
            yield key, getattr(law, key), True
    for key in ("normal", "uniform", "lognormal"):
        if (pair := getattr(law, key)) is not None:
            yield key, pair[0], True
            if key != "lognormal":
                yield key, pair[1], key == "uniform"
    yield "mutation_sd", law.mutation_sd, False
