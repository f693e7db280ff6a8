"""TOML text: read into plain tables, with a sentence for what is no TOML, and changed, comments kept. Nothing is ever
executed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from itertools import islice
from typing import Any

import tomlkit

from gputme.errors import ScenarioError
from gputme.model.units import describe
from gputme.naming import nearest

__all__ = ["has_nul", "overridden", "parsed", "set_key"]

MOST_LEVELS = 50  # of tables and lists in one another; the deepest key that there is has 6
_PART = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
_DEEP_KEY = re.compile(rf"(?<![\w-]){_PART}(?:\s*+\.\s*+{_PART}){{{MOST_LEVELS}}}")  # TOML's readers recurse into it


def parsed(text: str, file: str) -> dict[str, Any]:
    """The tables of a TOML text. Raises ScenarioError with the line of what is none, `file` before it."""
    prefix = file or "scenario"
    if text.lstrip().startswith("<"):
        raise ScenarioError(f"{prefix}: {_xml(text)}")
    if _DEEP_KEY.search(text):
        raise ScenarioError(f"{prefix}: is nested too deeply")
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.fullmatch(
            r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", str(error), re.DOTALL
        )
        if found is None or found[2] is None:
            raise ScenarioError(
                f"{prefix}: is no TOML: {found[1] if found else error} at the end of the file"
            ) from None
        line = text.splitlines()[int(found[2]) - 1 :][:1]
        hint = _hint(found[1], *line)
        raise ScenarioError(f"{prefix}:{found[2]}: is no TOML: {found[1]} at column {found[3]}{hint}") from None
    except RecursionError:
        raise ScenarioError(f"{prefix}: is nested too deeply") from None
    except ValueError as error:  # numbers of more digits than Python reads
        raise ScenarioError(f"{prefix}: is no TOML: {error}") from None
    return _bounded(raw, prefix)


def _hint(message: str, line: str = "") -> str:
    """What beginners mean by a line that is no TOML."""
    bare = re.sub(r""""[^"]*"|'[^']*'|#.*""", "", line[:1000])
    if re.search(r"(?<![\w.-])\d[\d.]*(?:[eE][+-]?\d+)?\s*[A-Za-z\u00b5\u03bc%/]", bare):
        return "; a number with its unit stands in quotes"
    table = re.search(r"Cannot declare \('(substrate|cell_type|rule|cells)',\)", message)
    return f"; each entry of a list has double brackets: [[{table[1]}]]" if table else ""


def _xml(text: str) -> str:
    """What to say of XML where a scenario should be."""
    physicell = "<PhysiCell_settings" in text[:100_000]
    return (
        f"is {'the XML of a PhysiCell model' if physicell else 'XML'}, but a scenario is a TOML file: "
        "`gputme new NAME` copies one to start from"
        + ("; PhysiCell's tables of rules and cells load as they are" if physicell else "")
    )


def _bounded(raw: dict[str, Any], prefix: str) -> dict[str, Any]:
    """The tables themselves, unless they stand too deep in one another."""
    if len(list(islice(_layers(raw), MOST_LEVELS + 1))) > MOST_LEVELS:
        raise ScenarioError(f"{prefix}: is nested too deeply")
    return raw


def _layers(raw: Any) -> Iterator[list[Any]]:
    """All keys and values of tables and lists, one level after the other."""
    layer = _inside(raw)
    while layer:
        yield layer
        layer = [entry for value in layer for entry in _inside(value)]


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else []


def has_nul(raw: dict[str, Any]) -> bool:
    """Whether any key or value holds the character NUL."""
    return any(isinstance(entry, str) and "\0" in entry for layer in _layers(raw) for entry in layer)


# ------------------------------------------------------------------------------------------------ changing


def overridden(text: str, override: str) -> str:
    """The text with what "KEY=VALUE" of a command line says. Raises ScenarioError."""
    key, equals, value = override.partition("=")
    if not equals:
        raise ScenarioError(f"--set {override}: must be KEY=VALUE")
    if not override.isascii() and override.encode("utf-8", "replace").decode() != override:
        raise ScenarioError(f"--set {override}: is not text in UTF-8")
    return set_key(text, key.strip(), _value(value.strip()))


def set_key(text: str, key: str, value: Any) -> str:
    """The TOML text with the dotted key set, comments kept. Entries of lists are addressed by name or number:
    "cell_type.tumour.motility.speed", "cells.0.count". Raises ScenarioError where none is meant, or more than one."""
    steps = _steps(key)
    plain = tomllib.loads(text)
    _assign(plain, steps, _plain(value), key)
    try:
        document = tomlkit.parse(text)
        _assign(document, steps, tomlkit.item(value), key)
        written = tomlkit.dumps(document)
        faithful = tomllib.loads(written) == plain
    except Exception:  # tomlkit has no exception of its own for the replacements that it cannot write
        faithful = False
    try:
        return written if faithful else tomlkit.dumps(plain)
    except (TypeError, ValueError):
        raise ScenarioError(f"{key}: {describe(value)} cannot stand in a TOML file") from None


def _assign(table: Any, steps: list[str], value: Any, key: str) -> None:
    for step in steps[:-1]:
        table = _enter(table, step, key)
    if not isinstance(table, (dict, list)):
        raise ScenarioError(f"{key}: {'.'.join(steps[:-1])} is no table")
    table[_index(table, steps[-1], key) if isinstance(table, list) else steps[-1]] = value


def _steps(key: str) -> list[str]:
    """The parts of a dotted key; parts may be quoted as in TOML, or hold spaces."""
    if key.count(".") > MOST_LEVELS:
        raise ScenarioError(f"--set {key[:40]}...: is nested too deeply")
    try:
        table = tomllib.loads(f"{key} = 0")
    except tomllib.TOMLDecodeError:
        steps = key.split(".")
    else:
        steps = []
        while isinstance(table, dict) and table:
            step, table = next(iter(table.items()))
            steps.append(step)
    if not steps or not all(step.strip() for step in steps):
        raise ScenarioError(f"{key!r} is no dotted key, such as substrate.oxygen.decay")
    return steps


def _value(text: str) -> Any:
    """A value of the command line: TOML where it is TOML, else the text itself ("0.5 um/min" without
    quotes)."""
    try:
        return tomllib.loads(f"value = {text}")["value"] if "\n" not in text else text
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        return text


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, (list, tuple)) else value


def _enter(table: Any, step: str, key: str) -> Any:
    if isinstance(table, list):
        return table[_index(table, step, key)]
    if not isinstance(table, dict):
        raise ScenarioError(f"{key}: there is no table above {step!r}")
    if step not in table:
        table[step] = {}
    return table[step]


def _name(entry: Any) -> str:
    """The name of an entry of a list, that of the library where it has none of its own; else its type."""
    if not isinstance(entry, dict):
        return ""
    inherited = str(entry.get("inherits", "")).partition(":")[2]
    return str(entry.get("name", inherited or entry.get("type", "")))


def _index(entries: list, step: str, key: str) -> int:
    """Position of the entry with this name (or type), or number, in a list of tables."""
    names = [_name(entry) for entry in entries]
    if names.count(step) > 1:
        numbers = " or ".join(str(number) for number, name in enumerate(names) if name == step)
        raise ScenarioError(f"{key}: more than one is called {step!r}: say which by its number, {numbers}")
    if step in names:
        return names.index(step)
    if step.isdecimal() and int(step) < len(entries):
        return int(step)
    listed = ", ".join(name for name in names if name) or f"numbers 0 to {len(entries) - 1}"
    raise ScenarioError(f"{key}: there is no {step!r}, only {listed}{nearest(step, names)}")
