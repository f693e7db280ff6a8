"""What a raw scenario inherits: cell types from one another, cell types, substrates and organs from the library.

What is inherited stands in the raw tables afterwards as if it had been written there, so it is read and checked alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from pydantic import ValidationError

from gputme.model.base import NAME, Fault, Faults
from gputme.model.binding import MATRIX, Binding, Filled
from gputme.model.library import PREFIX, Library, entry_of, merge
from gputme.model.matrix import BY_SUBSTRATES
from gputme.model.rules import Rule, message_of
from gputme.model.units import describe
from gputme.model.words import Words
from gputme.naming import instead

__all__ = ["Inherited", "inherited"]

_LONGEST_CHAIN = 100
_OF_LIBRARY = ("inherits", "roles")


class Inherited:
    """A raw scenario with what it inherits, and what types brought from the library besides their keys."""

    def __init__(self, raw: dict[str, Any], brought: list[tuple[str, Filled]], told: Sequence[str] = ()):
        self.raw, self._brought, self._told = raw, brought, told

    @property
    def left_out(self) -> list[str]:
        """What was left out of the library's substrates and cell types, one sentence each."""
        types = [f"cell_type.{name}: {text}" for name, filled in self._brought for text in filled.left_out]
        return [*self._told, *types]

    def join(self) -> list[Fault]:
        """Put the library's signals, rules and switches behind those that are written, which win over the same of the
        library; faults of rows that are none."""
        faults = self._join_signals()
        self._join_switches()
        rules = self.raw.get("rule", [])
        if not self._brought or not isinstance(rules, list):
            return faults
        words = _words(self.raw)
        written = {key for rule in rules if isinstance(rule, (Mapping, Rule)) for key in self._keys(rule, words)}
        made = []
        for name, filled in self._brought:
            for row in filled.lists["rule"]:
                if _key(row, words, name) in written:
                    continue
                where = f"{PREFIX}{filled.entry}"
                try:
                    made.append(Rule.model_validate(row | {"cell_type": name}, context={"where": where}))
                except ValidationError as error:
                    faults += [Fault((str(e["loc"][0]),), message_of(e), where) for e in error.errors()]
        self.raw["rule"] = [*rules, *made]
        return faults

    def _keys(self, rule: Any, words: Words) -> list[tuple[Any, ...]]:
        """The keys of a written rule: one for each member where it is written for a group."""
        who = rule.get("cell_type") if isinstance(rule, Mapping) else rule.cell_type
        groups = self.raw["groups"] if isinstance(self.raw.get("groups"), Mapping) else {}
        members = groups.get(who) if isinstance(who, str) else None
        names = members if isinstance(members, (list, tuple)) else [who]
        return [_key(rule, words, name) for name in names]

    def _join_signals(self) -> list[Fault]:
        """A signal is known by its name. Types may bring the same one; faults of those that differ."""
        signals, faults = self.raw.get("signal", []), []
        if not isinstance(signals, list):
            return []
        written = [row.get("name") for row in signals if isinstance(row, Mapping)]
        made: dict[Any, Any] = {}
        for name, filled in self._brought:
            for row in filled.lists["signal"]:
                called = str(row.get("name")) if isinstance(row, Mapping) else ""
                if called not in written and made.setdefault(called, row) != row:
                    text = f"two types of the library derive the signal {called!r} differently: write it ([[signal]])"
                    faults.append(Fault(("cell_type",), f"{name}: {text}", f"{PREFIX}{filled.entry}"))
        if made:
            self.raw["signal"] = [*signals, *made.values()]
        return faults

    def _join_switches(self) -> None:
        """A switch is the same that turns the same type into the same for the same signals."""
        rows = [row | {"from": name} for name, filled in self._brought for row in filled.lists["switch"]]
        switches = self.raw.get("switch", [])
        if rows and isinstance(switches, list):
            written = {_reason(row) for row in switches if isinstance(row, Mapping)}
            self.raw["switch"] = [*switches, *(row for row in rows if _reason(row) not in written)]


def inherited(raw: Mapping[str, Any], library: Library) -> Inherited:
    """The raw scenario with everything filled in that is inherited. Raises Faults, paths from the top."""
    raw, faults = dict(raw), []
    brought: list[tuple[str, Filled]] = []
    told: list[str] = []
    written, types, matrix = raw.get("substrate", []), raw.get("cell_type", []), raw.get("matrix") is not None
    with _beneath(faults, "substrate"):
        if "substrate" in raw:
            raw["substrate"], told = _substrates(written, library, matrix)
    with _beneath(faults, "cell_type"):
        if "cell_type" in raw:
            groups = raw["groups"] if isinstance(raw.get("groups"), Mapping) else ()
            around = raw.get("substrate", []), written, groups, matrix
            raw["cell_type"], brought = _cell_types(raw["cell_type"], library, *around)
    with _beneath(faults, "body", "organ"):
        if isinstance(raw.get("body"), Mapping) and isinstance(raw["body"].get("organ"), (list, tuple)):
            groups = raw["groups"] if isinstance(raw.get("groups"), Mapping) else ()
            around = raw.get("substrate", []), written, types, groups, matrix
            organs, left_out = _organs(raw["body"]["organ"], library, *around)
            raw["body"], told = {**raw["body"], "organ": organs}, [*told, *left_out]
    if faults:
        raise Faults(faults)
    return Inherited(raw, brought, told)


@contextmanager
def _beneath(faults: list[Fault], *path: str | int) -> Iterator[None]:
    """Keep the faults that are found, with paths from ``path`` on, and go on."""
    try:
        yield
    except Faults as error:
        faults += [fault._replace(path=(*path, *fault.path)) for fault in error.faults]


@contextmanager
def _entry(faults: list[Fault], i: int) -> Iterator[None]:
    """The same of the entry ``i`` of a list, and what is wrong with the one in the library that it names."""
    with _beneath(faults, i):
        try:
            yield
        except LookupError as error:
            faults.append(Fault((i, "inherits"), str(error.args[0])))


def _organs(
    tables: Any, library: Library, substrates: Any, written: Any, types: Any, groups: Iterable[str], matrix: bool
) -> tuple[list[Any], list[str]]:
    """Raw organs with what they, and their substrates, inherit from the library filled in, and what is left out of it,
    one sentence each. Raises Faults, paths from the list."""
    lists = [[table for table in given if isinstance(table, Mapping)] if isinstance(given, (list, tuple)) else []
             for given in (substrates, written, types)]  # fmt: skip
    lists[2] = [{"name": entry, **table} if (entry := entry_of(table)) else table for table in lists[2]]
    binding, made, told, faults = Binding(library, *lists, groups, matrix), [], [], []
    for i, table in enumerate(tables):
        if not isinstance(table, Mapping):
            made.append(table)
            continue
        with _entry(faults, i):
            if "inherits" in table:
                if not (name := entry_of(table)):
                    given = describe(table["inherits"])
                    raise LookupError(f"must be an entry of the library, such as '{PREFIX}lung', not {given}")
                roles = table["roles"] if isinstance(table.get("roles"), Mapping) else {}
                filled = binding.filled(name, roles, "", "organ")
                own = {key: value for key, value in table.items() if key not in _OF_LIBRARY}
                table = {"name": name} | merge(filled.table, own)
                told += [f"body.organ.{table['name']}: {text}" for text in filled.left_out]
            if "substrate" in table:
                filled_in, left = _substrates(table["substrate"], library, matrix)
                table, told = {**table, "substrate": filled_in}, [*told, *left]
            made.append(table)
    if faults:
        raise Faults(faults)
    return made, told


def _substrates(tables: Any, library: Library, matrix: bool) -> tuple[Any, list[str]]:
    """Raw substrates with what they inherit from the library filled in, and what is left out of it, one sentence each;
    ``matrix``: whether there is one. Raises Faults, paths from the list."""
    if not isinstance(tables, (list, tuple)):
        return tables, []
    made, faults, told = [], [], []
    for i, table in enumerate(tables):
        if not isinstance(table, Mapping) or "inherits" not in table:
            made.append(table)
            continue
        with _entry(faults, i):
            made.append(_substrate(table, library, matrix, told))
    if faults:
        raise Faults(faults)
    return made, told


def _substrate(table: Mapping[str, Any], library: Library, matrix: bool, told: list[str]) -> dict[str, Any]:
    name = entry_of(table)
    if not name:
        given = describe(table["inherits"])
        raise LookupError(f"must be an entry of the library, such as '{PREFIX}oxygen', not {given}")
    own = {key: value for key, value in table.items() if key != "inherits"}
    below = dict(library.entry(name, "substrate").table)
    if own.get("static") is True:  # held as it is: what the library says of its motion is then no part of it
        below = {of: value for of, value in below.items() if of not in ("diffusion", "decay")}
    for key in () if matrix else [key for key in BY_SUBSTRATES if key in below]:
        del below[key]
        told.append(f"substrate.{own.get('name', name)}: {PREFIX}{name} without {key}: there is no {MATRIX}")
    return {"name": name} | merge(below, own)


def _cell_types(
    tables: Any, library: Library, substrates: Any, written: Any, groups: Iterable[str], matrix: bool
) -> tuple[Any, list[tuple[str, Filled]]]:
    """Each raw cell type filled in from what it inherits from (deep; lists are replaced, not joined), and what types
    took from the library, by their names. What is no table is left for later validation to report."""
    if not isinstance(tables, (list, tuple)) or not all(isinstance(table, Mapping) for table in tables):
        return tables, []
    tables = [{"name": entry, **table} if (entry := entry_of(table)) else table for table in tables]
    by_name = {table["name"]: table for table in tables if isinstance(table.get("name"), str)}
    substrates, written = (some if isinstance(some, (list, tuple)) else [] for some in (substrates, written))
    binding = Binding(library, substrates, written, tables, groups, matrix)
    faults, taken = [], []

    def resolve(table: Mapping[str, Any], seen: tuple[str, ...], roles: Mapping[str, Any]) -> dict[str, Any]:
        parent = table.get("inherits")
        if not isinstance(parent, str):
            return dict(table)
        roles = {**(table["roles"] if isinstance(table.get("roles"), Mapping) else {}), **roles}
        if entry := entry_of(table):
            filled = binding.filled(entry, roles, seen[0])
            taken.append((seen[0], filled))
            return merge(filled.table, {key: value for key, value in table.items() if key not in _OF_LIBRARY})
        if parent not in by_name:
            known = [name for name in by_name if NAME.fullmatch(name)]
            raise LookupError(f"there is no cell type {describe(parent)}{instead(parent, known)}")
        if parent in seen:
            raise LookupError(f"the cell types inherit in a circle: {' from '.join((*seen, parent))}")
        if len(seen) > _LONGEST_CHAIN:
            raise LookupError(f"inherits through more than {_LONGEST_CHAIN} cell types")
        below = resolve(by_name[parent], (*seen, parent), roles)
        return merge({key: value for key, value in below.items() if key != "inherits"}, table)

    merged = []
    for i, table in enumerate(tables):
        before = len(taken)
        with _entry(faults, i):
            made = resolve(table, (str(table.get("name")),), {})
            merged.append({k: v for k, v in made.items() if k != "roles"} if len(taken) > before else made)
    if faults:
        raise Faults(faults)
    return merged, taken


def _words(raw: Mapping[str, Any]) -> Words:
    """The words of rules in a scenario that is not validated yet."""

    def names(key: str) -> list[str]:
        tables = raw[key] if isinstance(raw.get(key), (list, tuple)) else []
        return [t["name"] for t in tables if isinstance(t, Mapping) and isinstance(t.get("name"), str)]

    types = [t for t in raw.get("cell_type", []) if isinstance(t, Mapping)]
    custom = [name for t in types if isinstance(t.get("custom"), Mapping) for name in t["custom"]]
    groups = raw["groups"] if isinstance(raw.get("groups"), Mapping) else {}
    return Words(names("substrate"), names("cell_type"), list(dict.fromkeys(custom)), list(groups), names("signal"))


def _reason(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What two switches have in common of which one replaces the other."""
    signals = row.get("signal")
    signals = [s for s in signals if isinstance(s, Mapping)] if isinstance(signals, list) else []
    read = sorted(repr((s.get("signal"), s.get("direction", "increases"))) for s in signals)
    return str(row.get("from")), str(row.get("to")), tuple(read)


def _key(rule: Any, words: Words, cell_type: Any) -> tuple[Any, ...]:
    """What two rules of a cell type have in common that cannot stand side by side."""
    get = rule.get if isinstance(rule, Mapping) else lambda key: getattr(rule, key, None)
    found: list[Any] = [cell_type, get("direction")]
    for key, look_up in (("signal", words.signal), ("behaviour", words.behaviour)):
        try:
            found.append(look_up(get(key)))
        except (ValueError, TypeError):  # no word: for later validation to report
            found.append(repr(get(key)))
    return tuple(map(repr, found))
