"""What a scenario takes from the library: names in braces become its own names, what it lacks is left out.

A cell type or an organ of the library writes the name of each substrate, of another type, of a role and of another's
variable in braces: `"{IL-10}"`, `"attack {target}"`, `"custom:{PD-L1}"`. They stand for what the scenario binds to the
name in `roles`; else for what inherits the entry of that name; else for what is called so. An entry with a name that
stands for nothing is left out: the key that holds it, or the table or the row of a list that has it in a value (or
says so in `needs`). A derived signal that the entry brings is named in braces too: what reads it is left out with it.
Keys and words of the extracellular matrix are left out where there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from gputme.model.base import Fault, Faults
from gputme.model.library import PREFIX, Entry, Library, entry_of, packaged
from gputme.model.matrix import WORDS
from gputme.model.units import describe, spelled
from gputme.naming import instead

__all__ = ["MATRIX", "Binding", "matrix_words", "needs"]

NAMED = re.compile(r"\{([^{}]+)\}")
_VARIABLE = re.compile(r"custom:\{([^{}]+)\}")
NEEDS = "needs"
"""Key of an entry that would mean something else without these names."""
MATRIX = "[matrix]"
"""Stands for itself where the scenario has one, as a name does that is in braces."""


class _Lacking(LookupError):
    """A name that stands for nothing."""


class Filled(NamedTuple):
    """A cell type or an organ of the library as a scenario has it."""

    entry: str
    table: dict[str, Any]
    lists: dict[str, list[dict[str, Any]]]
    left_out: list[str]


def names_in(value: Any) -> list[str]:
    """All names in braces inside of a value, keys included, in order of first appearance."""
    if isinstance(value, str):
        return NAMED.findall(value)
    inside = [x for pair in value.items() for x in pair] if isinstance(value, Mapping) else value
    found = [name for entry in inside for name in names_in(entry)] if isinstance(inside, (list, tuple)) else []
    return list(dict.fromkeys(found))


def matrix_words(value: Any) -> list[str]:
    """All words of the matrix inside of a value, keys included, in order of first appearance."""
    if isinstance(value, str):
        return [value] if value in WORDS else []
    inside = [x for pair in value.items() for x in pair] if isinstance(value, Mapping) else value
    found = [word for entry in inside for word in matrix_words(entry)] if isinstance(inside, (list, tuple)) else []
    return list(dict.fromkeys(found))


def needs(entry: Entry) -> dict[str, list[str]]:
    """What a cell type or an organ of the library speaks of besides its roles, by what it is: entries that name it
    are left out of a scenario without it."""
    shelf, variables = packaged(), _VARIABLE.findall(repr(entry.lists))
    found: dict[str, list[str]] = {"substrates": [], "cell types": [], "variables": []}
    for name in names_in([entry.table, entry.lists]):
        if name in _signals(entry):
            continue
        if name in variables:
            found["variables"].append(name)
        elif name not in entry.roles:
            found["cell types" if name in shelf and shelf[name].parent.name == "cells" else "substrates"].append(name)
    return {what: named for what, named in found.items() if named}


class Binding:
    """What the names in the library's cell types and organs stand for in one scenario.

    `substrates`: raw tables, what they inherit filled in; `written`: the same before; `types`: raw cell types;
    `groups`: names of groups of them; `matrix`: whether there is one.
    """

    def __init__(
        self, library: Library, substrates: Any, written: Any, types: Any, groups: Iterable[str], matrix: bool
    ):  # fmt: skip
        self.library, self.matrix = library, matrix
        self.units = {s["name"]: s.get("unit", "") for s in substrates if _named(s)}
        self.types = [*(t["name"] for t in types if _named(t)), *groups]
        self.variables = {name for t in types for table in self._tables(t) for name in _custom(table)}
        self._heirs: dict[str, list[str]] = {}
        for table, made in [*zip(written, substrates), *zip(types, types)]:
            if (name := entry_of(table)) and _named(made):
                self._heirs.setdefault(name, []).append(made["name"])

    def filled(self, name: str, roles: Mapping[str, Any], heir: str, kind: str = "cell_type") -> Filled:
        """The cell type `name` of the library for the type `heir` of the scenario, or the organ.

        Raises LookupError where there is none, Faults where a role is none, is bound to nothing, or a unit differs.
        """
        entry = self.library.entry(name, kind)
        own = _signals(entry)
        names = [n for n in names_in([entry.table, entry.lists]) if n not in own]
        faults = [*self._wrong_roles(entry, names, roles)]
        stands = {n: meant for n in names if (meant := self._meant(n, roles, heir)) is not None}
        faults += self._wrong_units(entry, stands)
        if faults:
            raise Faults(faults)
        pen = _Pen(stands | ({MATRIX: MATRIX} if self.matrix else {}))
        signals = pen.signals(entry.lists["signal"])
        table = pen.table(entry.table, "")
        lists = {key: pen.rows(rows, key) for key, rows in entry.lists.items() if key != "signal"}
        lists["signal"] = signals
        why = {n: self._why(n, entry) for _, lacking in pen.left_out for n in lacking}
        told = [f"{PREFIX}{name} without {what}: {'; '.join(why[n] for n in names)}" for what, names in pen.left_out]
        return Filled(name, table, lists, list(dict.fromkeys(told)))

    def _tables(self, table: Any) -> Iterator[Any]:
        """A raw cell type, and the library's that it inherits from."""
        yield table
        with suppress(LookupError):  # which is told where it is filled in
            yield self.library.entry(name, "cell_type").table if (name := entry_of(table)) else {}

    def _meant(self, name: str, roles: Mapping[str, Any], heir: str) -> str | None:
        heirs = self._heirs.get(name, [])
        if name in roles:
            return roles[name]
        if heirs:
            return heir if heir in heirs else heirs[0] if len(heirs) == 1 else None
        return name if name in self.units or name in self.types or name in self.variables else None

    def _wrong_roles(self, entry: Entry, names: list[str], roles: Mapping[str, Any]) -> Iterator[Fault]:
        known = [*entry.roles, *(name for name in names if name not in entry.roles)]
        there = [*self.types, *self.units, *sorted(self.variables)]
        for role, meant in roles.items():
            if role not in known:
                yield Fault(("roles", role), f"{PREFIX}{entry.name} has no role {role!r}{instead(role, known)}")
            elif not isinstance(meant, str) or meant not in there:
                what = "substrate, cell type or variable"
                yield Fault(("roles", role), f"there is no {what} {describe(meant)}{instead(str(meant), there)}")

    def _wrong_units(self, entry: Entry, stands: Mapping[str, str]) -> Iterator[Fault]:
        """Of substrates that the library speaks of in another unit than the scenario has them in."""
        for name, meant in stands.items():
            if meant not in self.units:
                continue
            try:
                unit = self.library.entry(name, "substrate").table.get("unit", "")
            except LookupError:  # one that the library does not have is normalised
                unit = ""
            written = self.units[meant]
            if isinstance(written, str) and (spelled(written, "concentration") or "") != unit:
                kinds = [f"in {u!r}" if u else "without a unit (1: saturation)" for u in (unit, written)]
                text = f"{PREFIX}{entry.name} speaks of {name!r} {kinds[0]}, but the substrate {meant!r} is {kinds[1]}"
                yield Fault(("inherits",), text)

    def _why(self, name: str, entry: Entry) -> str:
        if name == MATRIX:
            return f"there is no {MATRIX}"
        if name in entry.roles:
            return f"roles.{name} is not bound"
        if name in _signals(entry):
            return f"the signal {name!r} is left out"
        if len(heirs := self._heirs.get(name, [])) > 1:
            return f"{' and '.join(heirs)} are {PREFIX}{name}, and roles.{name} does not say which is meant"
        return f"there is no {name!r}"


class _Pen:
    """Writes names for those in braces, and notes what is left out: where it stood, and the names that are lacking."""

    def __init__(self, stands: Mapping[str, str]):
        self.stands = dict(stands)
        self.left_out: list[tuple[str, list[str]]] = []

    def lacking(self, value: Any) -> list[str]:
        names = [*names_in(value), *([MATRIX] if matrix_words(value) else [])]
        return [name for name in names if name not in self.stands]

    def table(self, table: Mapping[str, Any], path: str) -> dict[str, Any]:
        """Raises _Lacking where a value, not only a key, has a name that stands for nothing."""
        for needed in (table.get(NEEDS, ()), self._needed(table)):
            self.text(needed)
        made = {}
        for key, value in table.items():
            if key == NEEDS:
                continue
            here = f"{path}.{key}" if path else key
            try:
                name = self.text(key)
                if here == "matrix" and MATRIX not in self.stands:
                    raise _Lacking(MATRIX)
                written = self.table(value, here) if isinstance(value, Mapping) else None
            except _Lacking:
                self.left_out.append((_plain(here), self.lacking({key: value}) or [MATRIX]))
            else:
                made[name] = self.value(value, here) if written is None else written
        return made

    def value(self, value: Any, path: str) -> Any:
        if not isinstance(value, list):
            return self.text(value)
        return self.rows(value, path)

    def rows(self, rows: list[Any], path: str) -> list[Any]:
        """The entries of a list that lack nothing."""
        made = []
        for row in rows:
            try:
                made.append(self.table(row, path) if isinstance(row, Mapping) else self.value(row, path))
            except _Lacking:
                self.left_out.append((_row(row, path), self.lacking(row)))
        return made

    def signals(self, rows: list[Any]) -> list[Any]:
        """Derived signals: the name of each that is there may stand in braces from then on."""
        made = []
        for row in rows:
            made += self.rows([row], "signal")
            if made and _named(made[-1]):
                self.stands[made[-1]["name"]] = made[-1]["name"]
        return made

    def _needed(self, row: Mapping[str, Any]) -> Any:
        """What an entry is nothing without: signals that raise a switch, all terms of a product, one of a sum."""
        if not isinstance(terms := row.get("term"), list):
            return _raising(row)
        return terms if row.get("combine") == "product" or all(map(self.lacking, terms)) else ()

    def text(self, value: Any) -> Any:
        if lacking := self.lacking(value):
            raise _Lacking(lacking[0])
        return NAMED.sub(lambda found: self.stands[found[1]], value) if isinstance(value, str) else value


def _signals(entry: Entry) -> list[str]:
    """Names of the derived signals that an entry brings."""
    return [row["name"] for row in entry.lists["signal"] if _named(row)]


def _named(table: Any) -> bool:
    return isinstance(table, Mapping) and isinstance(table.get("name"), str)


def _custom(table: Any) -> Any:
    custom = table.get("custom") if isinstance(table, Mapping) else None
    return custom if isinstance(custom, Mapping) else ()


def _raising(row: Mapping[str, Any]) -> list[str]:
    """Signals without which a switch never happens: its factor is 0 where there is none."""
    signals = row.get("signal")
    signals = [s for s in signals if isinstance(s, Mapping)] if isinstance(signals, list) else []
    return [str(s.get("signal")) for s in signals if s.get("direction") != "decreases"]


def _plain(text: str) -> str:
    return NAMED.sub(r"\1", text)


def _row(row: Any, path: str) -> str:
    """An entry of a list in words: a rule as it reads, else what it names."""
    if isinstance(row, Mapping) and "term" in row:
        return _plain(f"the signal {row.get('name')}")
    if isinstance(row, Mapping) and "to" in row:
        return _plain(f"the switch to {row['to']}" + "".join(f" by {name}" for name in _raising(row)))
    if isinstance(row, Mapping) and "behaviour" in row and "direction" in row:
        return _plain(f"the rule {row.get('signal')} {row['direction']} {row.get('behaviour')}")
    return f"{path} ({', '.join([*names_in(row), *matrix_words(row)])})"
