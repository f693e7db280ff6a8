"""The exact words of the cell-behaviour grammar (CBHG 3.0, as PhysiCell 1.14.2 spells them), each with what
it means.

{S} stands for each substrate, {T} for each cell type, {X} for each custom variable. All spellings of one line
are synonyms; the meaning's `index` is that of the substrate, cell type or variable in the scenario, or the
number of the phase. Types and variables may be written as their number in the scenario, from 0: "attack cell type
1", "custom 0".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gputme.model.units import describe
from gputme.naming import instead, nearest


class ResolvedSignal(NamedTuple):
    """A signal: what kind of thing a cell reads, and of which substrate, cell type or variable (0 if of
    none)."""

    kind: str
    index: int = 0


class ResolvedBehaviour(NamedTuple):
    """A behaviour: what kind of parameter is set, and for which substrate, cell type, variable or phase."""

    kind: str
    index: int = 0


class _Word(NamedTuple):
    spellings: tuple[str, ...]
    kind: str  # "" while its mechanism is still to come
    dimension: str  # of its values; "substrate" is in the substrate's own unit, "free" in any


_SIGNALS = (
    _Word(("{S}",), "substrate", "substrate"),
    _Word(("intracellular {S}", "internalized {S}"), "intracellular", "free"),
    _Word(("{S} gradient", "grad({S})", "gradient of {S}"), "gradient", "free"),
    _Word(("pressure",), "pressure", "number"),
    _Word(("volume",), "volume", "volume"),
    _Word(("contact with {T}",), "contact", "number"),
    _Word(("contact with live cell", "contact with live cells"), "contact_live", "number"),
    _Word(("contact with dead cell", "contact with dead cells"), "contact_dead", "number"),
    _Word(("contact with apoptotic cell", "contact with apoptotic cells"), "contact_apoptotic", "number"),
    _Word(("contact with necrotic cell", "contact with necrotic cells"), "contact_necrotic", "number"),
    _Word(("contact with other dead cell", "contact with other dead cells"), "contact_other_dead", "number"),
    _Word(("contact with basement membrane", "contact with BM"), "", ""),
    _Word(("damage",), "damage", "number"),
    _Word(("damage delivered", "total damage delivered"), "", ""),
    _Word(("attacking", "is attacking"), "", ""),
    _Word(("dead", "is dead"), "dead", "number"),
    _Word(("total attack time",), "", ""),
    _Word(("time", "current time", "global time"), "time", "time"),
    _Word(("custom:{X}", "custom: {X}", "custom {X}"), "custom", "free"),
    _Word(("apoptotic", "is_apoptotic"), "apoptotic", "number"),
    _Word(("necrotic", "is_necrotic"), "necrotic", "number"),
    _Word(("immunogenicity to {T}",), "", ""),
)

_BEHAVIOURS = (
    _Word(("{S} secretion",), "secretion", "rate"),
    _Word(("{S} secretion target", "{S} secretion saturation density"), "secretion_target", "substrate"),
    _Word(("{S} uptake",), "uptake", "rate"),
    _Word(("{S} export",), "export", "amount rate"),
    _Word(("exit from cycle phase 0", "cycle entry"), "exit_rate", "rate"),
    _Word(("apoptosis",), "apoptosis", "rate"),
    _Word(("necrosis",), "necrosis", "rate"),
    _Word(("migration speed",), "migration_speed", "speed"),
    _Word(("migration bias",), "migration_bias", "fraction"),
    _Word(("migration persistence time",), "migration_persistence", "time"),
    _Word(
        ("chemotactic response to {S}", "chemotactic sensitivity to {S}"), "chemotactic_response", "number"
    ),
    _Word(("cell-cell adhesion",), "adhesion", "speed"),
    _Word(("cell-cell adhesion elastic constant",), "", ""),
    _Word(("adhesive affinity to {T}",), "affinity", "number"),
    _Word(("relative maximum adhesion distance",), "adhesion_distance", "number"),
    _Word(("cell-cell repulsion",), "repulsion", "speed"),
    _Word(("cell-BM adhesion", "cell-membrane adhesion"), "", ""),
    _Word(("cell-BM repulsion", "cell-membrane repulsion"), "", ""),
    _Word(("phagocytose dead cell", "phagocytosis of dead cell", "phagocytosis of dead cells"), "", ""),
    _Word(
        ("phagocytose apoptotic cell", "phagocytosis of apoptotic cell", "phagocytosis of apoptotic cells"),
        "",
        "",
    ),
    _Word(
        ("phagocytose necrotic cell", "phagocytosis of necrotic cell", "phagocytosis of necrotic cells"),
        "",
        "",
    ),
    _Word(
        (
            "phagocytose other dead cell",
            "phagocytosis of other dead cell",
            "phagocytosis of other dead cells",
        ),
        "",
        "",
    ),
    _Word(("phagocytose {T}", "phagocytosis of {T}"), "", ""),
    _Word(("attack {T}",), "", ""),
    _Word(("fuse to {T}",), "", ""),
    _Word(("transition to {T}", "transform to {T}"), "transition", "rate"),
    _Word(("asymmetric division to {T}",), "", ""),
    _Word(("custom:{X}", "custom: {X}", "custom {X}"), "custom", "free"),
    _Word(("is_movable",), "is_movable", "number"),
    _Word(("immunogenicity to {T}",), "", ""),
    _Word(("cell attachment rate",), "", ""),
    _Word(("cell detachment rate",), "", ""),
    _Word(("maximum number of cell attachments",), "", ""),
    _Word(("attack damage rate",), "", ""),
    _Word(("attack duration",), "", ""),
    _Word(("damage rate",), "damage_rate", "rate"),
    _Word(("damage repair rate",), "damage_repair", "rate"),
)


RESERVED = frozenset(spelling for word in _SIGNALS for spelling in word.spellings if "{" not in spelling)
"""Signals that a substrate may not be called like."""


_NUMBER = re.compile(r"(?P<before>.*\b|)(?P<what>cell type|custom) (?P<number>\d{1,3})", re.ASCII)


class _Meaning(NamedTuple):
    kind: str
    index: int
    dimension: str
    hole: str  # what is named in the word: {S}, {T}, {X}, or "" where nothing is


class Vocabulary:
    """Every word that a scenario's rules may use, given the names of its substrates, cell types and
    variables."""

    def __init__(self, substrates: Sequence[str], cell_types: Sequence[str], custom: Sequence[str]):
        names = {"{S}": substrates, "{T}": cell_types, "{X}": custom}
        self._numbered = {"cell type": list(cell_types), "custom": [f"custom:{name}" for name in custom]}
        self._expanded = {"signal": list(_expand(_SIGNALS, names)), "behaviour": list(_expand(_BEHAVIOURS, names))}
        self._signals, self._behaviours = (dict(words) for words in self._expanded.values())
        for phase in range(1, 6):
            self._behaviours[f"exit from cycle phase {phase}"] = _Meaning("exit_rate", phase, "rate", "")

    def signal(self, word: str) -> ResolvedSignal:
        """What the signal means; raises ValueError for an unknown word and for one whose mechanism is still
        to come."""
        meaning = _look_up(self._named(word), self._signals, "signal")
        return ResolvedSignal(meaning.kind, meaning.index)

    def behaviour(self, word: str) -> ResolvedBehaviour:
        """What the behaviour means; raises ValueError as `signal` does."""
        meaning = _look_up(self._named(word), self._behaviours, "behaviour")
        return ResolvedBehaviour(meaning.kind, meaning.index)

    def signal_dimension(self, word: str) -> str:
        """Dimension of the signal's values (see units), "substrate" or "free"."""
        return self._signals[self._named(word)].dimension

    def behaviour_dimension(self, word: str) -> str:
        """Dimension of the behaviour's values (see units), "substrate" or "free"."""
        return self._behaviours[self._named(word)].dimension

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

    @property
    def signals(self) -> tuple[str, ...]:
        """All words for signals that work here."""
        return tuple(word for word, meaning in self._signals.items() if meaning.kind)

    @property
    def behaviours(self) -> tuple[str, ...]:
        """All words for behaviours that work here."""
        return tuple(word for word, meaning in self._behaviours.items() if meaning.kind)

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


def _expand(words: Sequence[_Word], names: dict[str, Sequence[str]]) -> Iterator[tuple[str, _Meaning]]:
    """Every spelling with its meaning. Fixed words come last: they win over a substrate that is called like
    one."""
    for word in sorted(words, key=lambda word: "{" not in word.spellings[0]):
        for spelling in word.spellings:
            holes = [hole for hole in names if hole in spelling]
            for hole in holes:
                for index, name in enumerate(names[hole]):
                    yield spelling.replace(hole, name), _Meaning(word.kind, index, word.dimension, hole)
            if not holes:
                yield spelling, _Meaning(word.kind, 0, word.dimension, "")


def _look_up(word: str, meanings: dict[str, _Meaning], what: str) -> _Meaning:
    if word not in meanings:
        present = [known for known, meaning in meanings.items() if meaning.kind]
        meant = nearest(word, present) or _beginning(word, present) or instead(word, present)
        raise ValueError(f"unknown {what} {describe(word)}{meant}")
    if not meanings[word].kind:
        raise ValueError(f"the {what} {word!r} comes with a later mechanism, which gputme does not have yet")
    return meanings[word]


def _beginning(word: str, present: Sequence[str]) -> str:
    """ "; there are ..." for the words that go on where this one ends, or ""."""
    longer = [known for known in present if word.strip() and known.casefold().startswith(f"{word.casefold().strip()} ")]
    return f"; there are {', '.join(map(repr, longer[:4]))}{', ...' if len(longer) > 4 else ''}" if longer else ""
