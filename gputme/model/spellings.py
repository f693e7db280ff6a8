"""How the field spells its units: "micron^2/min", "µm²·min⁻¹" and "um2 per minute" are all "um2/min".

Nothing is computed here. A spelling becomes its factors with their powers, two spellings are the same unit when these
are equal, and what is no spelling of a listed unit stays unknown.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Mapping

Factors = frozenset[tuple[str, int]]
"""A unit as its words and their powers: um2/min is {(um, 2), (min, -1)}."""

_SPELLED = {
    "um": "micron microns micrometer micrometers micrometre micrometres",
    "nm": "nanometer nanometers nanometre nanometres",
    "mm": "millimeter millimeters millimetre millimetres",
    "cm": "centimeter centimeters centimetre centimetres",
    "m": "meter meters metre metres",
    "s": "sec secs second seconds",
    "min": "mins minute minutes",
    "h": "hr hrs hour hours",
    "d": "day days",
    "w": "wk wks week weeks",
    "mmHg": "mmhg",
    "mL": "ml",
    "nL": "nl",
    "pL": "pl",
    "fL": "fl",
    "mmol": "mmoles",
    "umol": "umoles",
    "nmol": "nmoles",
    "pmol": "pmoles",
    "mM": "millimolar",
    "uM": "micromolar",
    "nM": "nanomolar",
    "pM": "picomolar",
    "molecules": "molecule",
}
_WORDS = {word: word for word in (*_SPELLED, "L", "ug", "ng", "pg", "mg", "%")} | {
    spelled: word for word, spellings in _SPELLED.items() for spelled in spellings.split()
}
_SAME = {
    "mmol/L": "mM", "umol/L": "uM", "nmol/L": "nM", "pmol/L": "pM", "mg/L": "ug/mL", "ug/L": "ng/mL", "ng/L": "pg/mL",
}  # fmt: skip
_LETTERS = str.maketrans({"\u00b5": "u", "\u03bc": "u", "²": "2", "³": "3", "¹": "1", "⁻": "-", "·": "*", "×": "*"})
_FACTOR = re.compile(r"(\s*[*/]\s*|\s+)?(1(?=\s*/)|[A-Za-z]+|%)(?:(?:\^|\*\*)?(-?[1-9]))?")
_SHORTEST = 4  # letters of a word that may be corrected: in shorter ones a letter is a prefix, a factor of thousands
_ALIKE = 0.82


def factors(unit: str) -> Factors | None:
    """The words of a unit and their powers, or None where the text is no such thing."""
    found = _split(unit)
    if found is None:
        return None
    powers: Counter[str] = Counter()
    for word, power in found:
        known = _known(word)
        if known is None:
            return None
        powers[known] += power
    whole = frozenset((word, power) for word, power in powers.items() if power)
    for spelled, unit_word in _SAME_FACTORS.items():
        if spelled <= whole:
            return whole - spelled | unit_word
    return whole


def corrected(unit: str, known: Mapping[Factors, str]) -> str | None:
    """The listed unit that was meant by a misspelt one, or None unless there is exactly one.

    Only long words are corrected, never a first letter: what differs in a prefix is another unit.
    """
    found = _split(unit)
    if found is None:
        return None
    words = [word if _known(word) else _like(word) for word, _ in found]
    if None in words or len(found) == 0:
        return None
    repaired = factors("*".join(f"{word}^{power}" for word, (_, power) in zip(words, found, strict=True)))
    return known.get(repaired) if repaired else None


def _split(unit: str) -> list[tuple[str, int]] | None:
    """Each word of a unit with its power as written, "1" left out; None where the text is no unit."""
    text = re.sub(r"\s*\bper\s+", "/", unit.translate(_LETTERS).strip())
    text = re.sub(r"\b(?i:mm[ _]hg)\b", "mmHg", text)
    found, place = [], 0
    while place < len(text):
        match = _FACTOR.match(text, place)
        if match is None:
            return None
        operator, word, power = match.groups()
        sign = -1 if operator and "/" in operator else 1
        if found and not operator and word != "%":
            return None
        if word != "1":
            found.append((word, sign * int(power or 1)))
        place = match.end()
    return found


def _known(word: str) -> str | None:
    """The usual spelling of a word; capitals make no difference in long words."""
    return _WORDS.get(word) or (_WORDS.get(word.casefold()) if len(word) > 2 else None)


def _like(word: str) -> str | None:
    if len(word) < _SHORTEST:
        return None
    near = difflib.get_close_matches(word.casefold(), list(_WORDS), n=1, cutoff=_ALIKE)
    return near[0] if near and near[0][0].casefold() == word[0].casefold() else None


def normal_forms(units: Iterable[str]) -> dict[Factors, str]:
    """The listed units by their factors."""
    return {form: unit for unit in reversed(list(units)) if (form := factors(unit)) is not None}


_SAME_FACTORS: dict[Factors, Factors] = {}
_SAME_FACTORS = {factors(spelled): factors(unit) for spelled, unit in _SAME.items()}  # type: ignore[misc]
