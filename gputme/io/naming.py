"""Things by name, and what is said of a name that is not there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gputme.model.units import instead

__all__ = ["Named", "no_such", "row"]


def no_such(what: str, name: Any, known: Iterable[str]) -> KeyError:
    """The error for a name that is not among ``known``: the nearest one, or those that there are."""
    return KeyError(f"there is no {what} {name!r}{instead(str(name), known)}")


class Named(dict):
    """A dictionary whose KeyError names the nearest key."""

    def __init__(self, what: str, entries: Mapping[str, Any]):
        super().__init__(entries)
        self._what = what

    def __missing__(self, name: str) -> Any:
        raise no_such(self._what, name, self)

    def __reduce__(self) -> tuple:
        return type(self), (self._what, dict(self))


def row(cells: Iterable[Any], tag: str = "td") -> str:
    """One row of an HTML table, for notebooks."""
    from html import escape

    return "<tr>" + "".join(f"<{tag}>{escape(str(cell))}</{tag}>" for cell in cells) + "</tr>"
