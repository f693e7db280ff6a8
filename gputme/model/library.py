"""The library of cell types, substrates and organs with their sources: what `inherits = "library:NAME"` names.

An entry is a file of `gputme/library`: a title, a table `[cell_type]`, `[substrate]` or `[organ]` with the keys of a
scenario, and for a cell type its rules. A run keeps the entries that its scenario takes from under `inputs/library`,
and reads those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from gputme import files
from gputme.errors import ScenarioError
from gputme.model import toml
from gputme.model.base import Also
from gputme.model.delimited import problem
from gputme.naming import unknown

__all__ = ["FOLDER", "KINDS", "LISTS", "PREFIX", "Entry", "FromLibrary", "Library", "entry_of", "merge", "packaged"]

PREFIX = "library:"
FOLDER = "library"
KINDS = {"cell_type": "cell type", "substrate": "substrate", "organ": "organ"}
_FOLDERS = {"substrate": "substrates", "cell_type": "cells", "organ": "organs"}
FromLibrary = Also({"type": "string", "pattern": f"^{PREFIX}"})
LISTS = ("signal", "rule", "switch")
"""Lists at the top of a scenario that a cell type of the library brings entries for; in the library an heir has the
signals and rules of its parent, of which its own replace the same, and switches of its own only."""
MOST_BYTES = 100_000
_LONGEST_CHAIN = 10
_KEYS = {"title", "description", "inherits", "roles", *KINDS, *LISTS}


class Entry(NamedTuple):
    """One entry of the library, what it inherits from another one filled in. Names in braces are yet to be bound."""

    name: str
    kind: str
    """The key of a scenario that it may stand in: "cell_type", "substrate", or "organ" of a body."""
    title: str
    description: str
    roles: dict[str, str]
    """What a scenario may bind: a sentence by the name of each role."""
    table: dict[str, Any]
    """Keys and values as a scenario has them."""
    lists: dict[str, list[dict[str, Any]]]
    """Of a cell type: entries for the lists of a scenario, by the list's key."""
    texts: dict[str, str]
    """The files it is made of, by name: its own first, then those that it inherits from."""

    @property
    def table_name(self) -> str:
        """The table of a scenario that it may stand in."""
        return "body.organ" if self.kind == "organ" else self.kind


def entry_of(table: Any) -> str:
    """The name of the library's entry that a raw table inherits from, "" where it does not."""
    parent = table.get("inherits") if isinstance(table, Mapping) else None
    return parent.removeprefix(PREFIX) if isinstance(parent, str) and parent.startswith(PREFIX) else ""


def packaged() -> dict[str, Path]:
    """The file of each entry by its name: substrates first, each kind in alphabetical order."""
    root = Path(str(resources.files("gputme"))) / FOLDER
    return {
        path.stem: path
        for folder in _FOLDERS.values()
        for path in sorted((root / folder).iterdir(), key=lambda path: path.stem.casefold())
        if path.suffix == ".toml"
    }


@dataclass
class Library:
    """The library as one scenario sees it: the packaged one, or the entries that a run keeps in `base_dir`."""

    base_dir: Path = Path(".")
    confined: bool = False
    used: dict[str, str] = field(default_factory=dict)
    """Text of each entry that was read, by name."""

    def entry(self, name: str, kind: str = "") -> Entry:
        """The entry of a name; `kind`: which one is wanted. Raises LookupError with a sentence."""
        if name not in self.used and not self.confined and name not in (there := packaged()):
            of_kind = [known for known, path in there.items() if not kind or path.parent.name == _FOLDERS[kind]]
            raise LookupError(unknown(KINDS.get(kind, "entry") + " of the library", name, of_kind))
        found = self._entry(name, ())
        if kind and found.kind != kind:
            is_, not_ = (f"a{'n' * (which == 'organ')} {KINDS[which]}" for which in (found.kind, kind))
            raise LookupError(f"{PREFIX}{name} is {is_}, not {not_}")
        return found

    def _entry(self, name: str, heirs: tuple[str, ...]) -> Entry:
        text = self._text(name)
        try:
            raw = toml.parsed(text, f"{PREFIX}{name}")
        except ScenarioError as error:
            raise LookupError(str(error)) from None
        entry = _read(name, raw, text)
        parent = raw.get("inherits")
        if not isinstance(parent, str):
            return entry
        if parent in (name, *heirs) or len(heirs) > _LONGEST_CHAIN:
            raise LookupError(f"{PREFIX}{name} inherits in a circle")
        below = self._entry(parent, (name, *heirs))
        return entry._replace(
            roles=below.roles | entry.roles,
            table=merge(below.table, entry.table),
            lists=entry.lists | {"signal": below.lists["signal"] + entry.lists["signal"], "rule": _rules(below, entry)},
            texts=entry.texts | below.texts,
        )

    def _text(self, name: str) -> str:
        if name not in self.used:
            found = self._kept(name) if self.confined else packaged()[name]
            try:
                self.used[name] = files.read(found, MOST_BYTES, follow=not self.confined).decode()
            except (OSError, UnicodeDecodeError) as error:
                raise LookupError(f"{PREFIX}{name} {problem(error)}") from None
        return self.used[name]

    def _kept(self, name: str) -> Path:
        try:
            return files.inside(self.base_dir, f"{FOLDER}/{name}.toml")
        except ValueError as error:
            raise LookupError(f"{PREFIX}{name} {error}") from None


def _read(name: str, raw: Mapping[str, Any], text: str) -> Entry:
    """One file by itself. Raises LookupError where it is no entry: a run from anywhere may hold any file."""
    kinds = [key for key in KINDS if isinstance(raw.get(key), dict)]
    lists = {key: raw.get(key, []) for key in LISTS}
    wrong = set(raw) - _KEYS or len(kinds) != 1 or not isinstance(raw.get("roles", {}), dict)
    wrong = wrong or not all(isinstance(rows, list) for rows in lists.values())
    if wrong or not all(isinstance(row, dict) for rows in lists.values() for row in rows):
        raise LookupError(f"{PREFIX}{name} is no entry of a library")
    title, description = (str(raw.get(key, "")) for key in ("title", "description"))
    roles = {str(role): str(meaning) for role, meaning in raw.get("roles", {}).items()}
    return Entry(name, kinds[0], title, description, roles, raw[kinds[0]], lists, {name: text})


def _rules(below: Entry, entry: Entry) -> list[dict[str, Any]]:
    """The rules of an heir: its parent's but those for a signal, direction and behaviour that it has its own for."""

    def reason(rule: Mapping[str, Any]) -> list[Any]:
        return [rule.get(key) for key in ("signal", "direction", "behaviour")]

    own = [reason(rule) for rule in entry.lists["rule"]]
    return [rule for rule in below.lists["rule"] if reason(rule) not in own] + entry.lists["rule"]


_CHOICES = {"model", "value", "normal", "uniform", "lognormal"}
_WHOLE = {"faces"}


def merge(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`below`, overridden by `above`. Tables that say which of several kinds they are get replaced, not mixed."""
    merged = dict(below)
    for key, value in above.items():
        mixes = isinstance(value, Mapping) and isinstance(below.get(key), Mapping) and key not in _WHOLE
        merged[key] = merge(below[key], value) if mixes and not _CHOICES & set(value) else value
    return merged
