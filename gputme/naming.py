"""Things by name, and what is said of a name that is not there."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["Named", "instead", "nearest", "no_such", "similar", "unknown"]

SHOWN = 12  # names listed where none is similar


def similar(word: str, choices: Iterable[str], alike: float = 0.6) -> str | None:
    """The choice that is most similar to a word, capitals aside; None where none is ``alike`` (0 to 1) enough."""
    folded = {choice.casefold(): choice for choice in choices}
    found = difflib.get_close_matches(word.casefold(), list(folded), n=1, cutoff=alike)
    return folded[found[0]] if found else None


def nearest(word: str, choices: Iterable[str]) -> str:
    """ "; did you mean 'x'?" for the most similar choice, or "" when nothing is similar."""
    found = similar(word, choices)
    return f"; did you mean {found!r}?" if found is not None else ""


def instead(word: str, choices: Iterable[str]) -> str:
    """What to write instead of a word that is not among the choices: the nearest, else the choices themselves."""
    known = list(dict.fromkeys(map(str, choices)))
    rest = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
    listed = f"; there are {', '.join(known[:SHOWN])}{rest}" if known[1:] else f"; there is {' '.join(known) or 'none'}"
    return nearest(word, known) or listed


def unknown(what: str, name: Any, known: Iterable[str]) -> str:
    """The sentence on a name that is not among ``known``: with the nearest one, or those that there are."""
    return f"there is no {what} {name!r}{instead(str(name), known)}"


def no_such(what: str, name: Any, known: Iterable[str]) -> KeyError:
    """The error for a name that is not among ``known``."""
    return KeyError(unknown(what, name, known))


class Named(dict):
    """A dictionary whose KeyError names the nearest key."""

    def __init__(self, what: str, entries: Mapping[str, Any]):
        super().__init__(entries)
        self._what = what

    def __missing__(self, name: str) -> Any:
        raise no_such(self._what, name, self)

    def __reduce__(self) -> tuple:
        return type(self), (self._what, dict(self))
