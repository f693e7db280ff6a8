"""The exact words of the cell-behaviour grammar, each with what it means: the table's, with names in their holes.

Spellings of one entry are synonyms; the meaning's `index` is that of the substrate, cell type or variable in the
scenario, or the number of the phase. Types and variables may be written as their number in the scenario, from 0:
"contact with cell type 1", "custom 0".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from gputme.model.units import describe
from gputme.naming import instead, nearest, unknown
from gputme.vocabulary import BEHAVIOURS, PHASES, SIGNALS, Behaviour, Signal, hole_of


class ResolvedSignal(NamedTuple):
    """A signal: its name in the table, and of which substrate, cell type or variable, or which derived one (0 if of
    none); groups of types count on from the types. ``variable``: which one of others is read, -1: none."""

    kind: str
    index: int = 0
    variable: int = -1


class ResolvedBehaviour(NamedTuple):
    """A behaviour: its name in the table, and for which substrate, cell type, variable or phase (0 if for none);
    groups of types count on from the types."""

    kind: str
    index: int = 0


class _Meaning(NamedTuple):
    kind: str
    index: int
    hole: str  # what is named in the word: {S}, {T}, {X}, {P}, {D}, or ""
    variable: int = -1  # which one, where a word for a cell type names a variable too


_SPELLINGS = {
    "signal": [(entry.name, entry.words) for entry in SIGNALS],
    "behaviour": [(entry.name, entry.words) for entry in BEHAVIOURS],
}

RESERVED = frozenset(word for _, words in _SPELLINGS["signal"] for word in words if not hole_of(word))
"""Signals that a substrate may not be called like."""

_BEFORE_A_VARIABLE = {
    what: {
        re.compile(re.escape(word.removesuffix("custom:{X}")).replace(re.escape("{T}"), ".+"))
        for _, words in entries
        for word in words
        if word.endswith("custom:{X}")
    }
    for what, entries in _SPELLINGS.items()
}
"""What stands before `custom:` in words that name a variable: so that a variable that is not there can be told."""

_NUMBER = re.compile(r"(?P<before>.*\b|)(?P<what>cell type|custom) (?P<number>\d{1,3})", re.ASCII)


class Words:
    """Every word that a scenario's rules may use, given the names of its substrates, cell types, variables, groups of
    types and derived signals."""

    def __init__(
        self, substrates: Sequence[str], cell_types: Sequence[str], custom: Sequence[str], groups: Sequence[str] = (),
        derived: Sequence[str] = (),
    ):  # fmt: skip
        phases, kinds = [str(phase) for phase in range(PHASES)], [*cell_types, *groups]
        self._names = {"": ("",), "{S}": substrates, "{T}": kinds, "{X}": custom, "{P}": phases, "{D}": derived}
        self._numbered = {"cell type": list(cell_types), "custom": [f"custom:{name}" for name in custom]}

    def signal(self, word: str) -> ResolvedSignal:
        """What the signal means; raises ValueError for an unknown word and for one whose mechanism is still
        to come."""
        meaning = _look_up(self._named(word), self._signals, "signal", self._names["{X}"])
        return ResolvedSignal(meaning.kind, meaning.index, meaning.variable)

    def behaviour(self, word: str) -> ResolvedBehaviour:
        """What the behaviour means; raises ValueError as `signal` does."""
        meaning = _look_up(self._named(word), self._behaviours, "behaviour", self._names["{X}"])
        return ResolvedBehaviour(meaning.kind, meaning.index)

    def names(self, entry: Behaviour | Signal) -> Sequence[str]:
        """The names that fill the hole of an entry of the table, as its index counts them; one, "", without a hole."""
        return self._names[hole_of(entry.words[0])]

    def is_behaviour(self, word: str) -> bool:
        """Whether the word is a behaviour, its mechanism here or still to come."""
        return self._named(word) in self._behaviours

    def _named(self, word: str) -> str:
        """The word with a name for the number of a cell type or variable; as it is where it is a word already."""
        found = _NUMBER.fullmatch(word)
        if word in self._signals or word in self._behaviours or not found:
            return word
        names, index = self._numbered[found["what"]], int(found["number"])
        return found["before"] + names[index] if index < len(names) else word

    @cached_property
    def _expanded(self) -> dict[str, list[tuple[str, _Meaning]]]:
        return {what: list(_expand(words, self._names)) for what, words in _SPELLINGS.items()}

    @cached_property
    def _signals(self) -> dict[str, _Meaning]:
        return dict(self._expanded["signal"])

    @cached_property
    def _behaviours(self) -> dict[str, _Meaning]:
        return dict(self._expanded["behaviour"])

    @property
    def signals(self) -> tuple[str, ...]:
        """All words for signals."""
        return tuple(self._signals)

    @property
    def behaviours(self) -> tuple[str, ...]:
        """All words for behaviours."""
        return tuple(self._behaviours)

    def ambiguous(self) -> Iterator[tuple[str, str, str, int]]:
        """Words that names give two meanings: signal or behaviour, the word, and one of the names to change (the
        hole that it fills, its place in its list)."""
        for what, expanded in self._expanded.items():
            meanings: dict[str, list[_Meaning]] = {}
            for word, meaning in expanded:
                if meaning not in meanings.setdefault(word, []):
                    meanings[word].append(meaning)
            for word, found in meanings.items():
                named = [meaning for meaning in found if meaning.hole]
                if len(found) > 1 and named:
                    yield what, word, named[-1].hole, named[-1].index


def _expand(
    spellings: Sequence[tuple[str, Sequence[str]]], names: dict[str, Sequence[str]]
) -> Iterator[tuple[str, _Meaning]]:
    """Every word with its meaning. Those without a name come last: they win over a substrate of the same name."""
    for kind, words in sorted(spellings, key=lambda entry: hole_of(entry[1][0]) in ("", "{P}")):
        for word in words:
            hole = hole_of(word)
            variables = list(enumerate(names["{X}"])) if hole == "{T}" and "{X}" in word else [(-1, "")]
            for index, name in enumerate(names[hole]):
                named = word.replace(hole, name) if hole else word
                for variable, other in variables:
                    yield named.replace("{X}", other), _Meaning(kind, index, hole, variable)


def _look_up(word: str, meanings: dict[str, _Meaning], what: str, variables: Sequence[str]) -> _Meaning:
    if word not in meanings:
        present = list(meanings)
        before, custom, variable = word.rpartition("custom:")
        if custom and variable not in variables and any(head.fullmatch(before) for head in _BEFORE_A_VARIABLE[what]):
            raise ValueError(f"of the {what} {describe(word)}: {unknown('custom variable', variable, variables)}")
        several = _beginning(word, present, 2)
        meant = several or nearest(word, present) or _beginning(word, present) or instead(word, present)
        raise ValueError(f"unknown {what} {describe(word)}{meant}")
    return meanings[word]


def _beginning(word: str, present: Sequence[str], least: int = 1) -> str:
    """ "; there are ..." for the words that go on where this one ends, or "" where they are fewer."""
    longer = [known for known in present if word.strip() and known.casefold().startswith(f"{word.casefold().strip()} ")]
    if len(longer) < least:
        return ""
    return f"; there are {', '.join(map(repr, longer[:4]))}{', ...' if len(longer) > 4 else ''}"
