"""From what validation found to what a user reads: a sentence with file, line, key and nearest spelling."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from gputme.model.base import Fault, Faults
from gputme.model.library import entry_of
from gputme.model.units import describe
from gputme.naming import instead, nearest

Path = tuple[str | int, ...]

_WRONG_KIND = {
    "model_type": "a table",
    "dict_type": "a table",
    "tuple_type": "a list",
    "list_type": "a list",
    "string_type": "text in quotes",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "model_attributes_type": "a table",
}
_BOUND = {
    "greater_than_equal": ("at least", "ge"),
    "less_than_equal": ("at most", "le"),
    "greater_than": ("greater than", "gt"),
    "less_than": ("less than", "lt"),
}


def sentences(
    error: ValidationError, model: type[BaseModel], raw: Any, text: str = "", file: str = ""
) -> list[str]:
    """Every fault of a failed validation as one sentence, in the order of the file.

    `raw` is what was validated; `text` the TOML it came from, asked for line numbers; `file` its name.
    """
    entries = error.errors(include_url=False)
    faults = []
    for entry in entries:
        if entry["type"] == "too_short" and any(_below(other["loc"], entry["loc"]) for other in entries):
            continue  # what is wrong in the list has been left out of it
        faults += _faults(entry, model, raw)
    return told(faults, raw, text, file)


def faults_of(error: ValidationError) -> list[Fault]:
    """The faults of what was validated from parts that are valid by themselves."""
    faults = []
    for entry in error.errors(include_url=False):
        cause = entry.get("ctx", {}).get("error")
        found = cause.faults if isinstance(cause, Faults) else [Fault((), str(cause or entry["msg"]))]
        faults += [fault._replace(path=(*entry["loc"], *fault.path)) for fault in found]
    return faults


def told(faults: Iterable[Fault], raw: Any, text: str = "", file: str = "") -> list[str]:
    """Faults, their paths from the top, as sentences in the order of the file; `raw`, `text`, `file`: see above."""
    lines = Lines(text)
    found: dict[tuple[str, str], list[str]] = {}
    order: dict[tuple[str, str], int] = {}
    said: set[tuple[str, Any]] = set()
    listed: set[str] = set()
    for path, message, where in faults:
        if not where and not _written(path, raw) and (message, path[-1:]) in said:
            continue  # the echo of a fault in what was inherited
        said.add((message, path[-1:]))
        head, _, names = message.partition("; there are ")
        if names in listed:  # said already of another fault
            message = head
        elif names:
            listed.add(names)
        line = lines.find(path)
        place = where or (f"{file}:{line}" if line and file else file)
        key = (place, dotted(path, raw) if not where else str(path[-1]))
        alternatives = found.setdefault(key, [])
        if message not in alternatives:
            alternatives.append(message)
        order.setdefault(key, line or 0)
    return [
        ": ".join(part for part in (place, key, ", or ".join(found[place, key])) if part)
        for place, key in sorted(found, key=lambda key: order[key])
    ]


def _faults(entry: Any, model: type[BaseModel], raw: Any) -> list[Fault]:
    path = _real_path(entry["loc"], raw)
    cause = entry.get("ctx", {}).get("error")
    if isinstance(cause, Faults):
        return [fault._replace(path=(*path, *fault.path)) for fault in cause.faults]
    kind = entry["type"]
    if kind == "extra_forbidden":
        unknown = str(path[-1])
        keys = _keys_at(model, path[:-1])
        return [Fault(path, f"unknown key{_owner(unknown, raw, path, keys) or instead(unknown, keys)}")]
    if kind == "missing":
        return [Fault(path, "is missing")]
    message = str(cause) if cause else _translate(kind, entry)
    if kind in ("tuple_type", "list_type") and isinstance(entry["input"], dict):
        message += f": write [[{path[0]}]]" if len(path) == 1 else ": put it into [ ]"
    return [Fault(path, message)]


def _owner(name: str, raw: Any, path: Path, keys: list[str]) -> str:
    """For the name of a substrate, cell type or population where a key should be: the key that it stands under."""
    lists = {key: raw.get(key) for key in keys} if isinstance(raw, dict) and len(path) == 1 else {}
    for key, entries in lists.items():
        if isinstance(entries, list) and any(isinstance(e, dict) and e.get("name") == name for e in entries):
            return f"; did you mean '{key}.{name}'?"
    return ""


def _translate(kind: str, entry: Any) -> str:
    """Our words for what pydantic found."""
    context, shown = entry.get("ctx", {}), describe(entry["input"])
    if kind in _WRONG_KIND:
        return f"must be {_WRONG_KIND[kind]}, not {shown}"
    if kind in _BOUND:
        words, bound = _BOUND[kind]
        return f"must be {words} {context[bound]}, not {shown}"
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", context["expected"])
        near = nearest(entry["input"], choices) if isinstance(entry["input"], str) else ""
        return f"must be {'one of ' * (len(choices) > 1)}{', '.join(map(repr, choices))}, not {shown}{near}"
    if kind == "string_pattern_mismatch":
        return (
            f"is no name that can be used: {shown}; take letters, digits, _ and -, without spaces at the ends"
        )
    if kind in ("too_short", "too_long"):
        bound = context.get("min_length", context.get("max_length"))
        words = "at least" if kind == "too_short" else "at most"
        return f"must have {words} {bound} {'entry' if bound == 1 else 'entries'}, not {context['actual_length']}"
    return entry["msg"][:1].lower() + entry["msg"][1:]


def _real_path(location: Path, raw: Any) -> Path:
    """The location without the names that pydantic gives to the alternatives of a union."""
    path: list[str | int] = []
    for step in location:
        inside = (dict, list, tuple) if isinstance(step, int) else dict
        if step == "[key]" or (raw is not None and not isinstance(raw, inside)):
            break
        path.append(step)
        raw = raw[step] if _has(raw, step) else None
    return tuple(path)


def _below(path: Path, above: Path) -> bool:
    return len(path) > len(above) and path[: len(above)] == above


def _has(raw: Any, step: str | int) -> bool:
    if isinstance(raw, dict):
        return step in raw
    return isinstance(raw, (list, tuple)) and isinstance(step, int) and step < len(raw)


def _written(path: Path, raw: Any) -> bool:
    for step in path:
        if not _has(raw, step):
            return False
        raw = raw[step]
    return True


def dotted(path: Path, raw: Any) -> str:
    """The path as a user writes it, entries of lists by their name: "cell_type.tumour.motility.speed"."""
    parts = []
    for step in path:
        raw = raw[step] if _has(raw, step) else None
        name = raw.get("name", entry_of(raw) or None) if isinstance(step, int) and isinstance(raw, dict) else None
        part = name if isinstance(name, str) else str(step)
        parts.append(part if re.fullmatch(r"[\w\-]+", part) else f'"{part}"')
    return ".".join(parts)


def _keys_at(model: type[BaseModel], path: Path) -> list[str]:
    """The keys that the description at this path may have."""
    for step in path:
        if isinstance(step, int):
            continue
        field = next((f for name, f in model.model_fields.items() if (f.alias or name) == step), None)
        inner = _model_in(field.annotation) if field is not None else None
        if inner is not None:
            model = inner
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The description inside an annotation such as tuple[X, ...], X | None or dict[str, X]."""
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation if issubclass(annotation, BaseModel) else None
    return next((found for found in map(_model_in, get_args(annotation)) if found is not None), None)


class Lines:
    """Line numbers of keys in a TOML text; parses it only when the first one is asked for."""

    def __init__(self, text: str):
        self._text, self._nodes = text, None
        self._first: dict[int, int | None] = {}  # by the identity of a table

    def find(self, path: Path) -> int | None:
        """Line of the key at the path, or of the nearest thing above it that has one; None if nothing has."""
        if not self._text:
            return None
        if self._nodes is None:
            import toml_rs

            self._nodes = toml_rs.load_with_metadata(self._text, toml_version="1.0.0").meta["nodes"]
        nodes: list[Any] = [self._nodes]
        for step in path:
            inside = nodes[-1].get("value", nodes[-1]) if _is_entry(nodes[-1]) else nodes[-1]
            if not _has(inside, step):
                break
            nodes.append(inside[step])
        return next((line for line in map(self._first_line, reversed(nodes[1:])) if line), None)

    def _first_line(self, node: Any) -> int | None:
        """Of a table the line of its first key, which is looked for once: it may have many faults."""
        if _is_entry(node):
            line = node.get("key_line", node.get("value_line"))
            return line[0] if isinstance(line, tuple) else line
        if not isinstance(node, dict):
            return None
        if id(node) not in self._first:
            self._first[id(node)] = min((line for line in map(self._first_line, node.values()) if line), default=None)
        return self._first[id(node)]


def _is_entry(node: Any) -> bool:
    return isinstance(node, dict) and isinstance(node.get("value_line", node.get("key_line")), (int, tuple))
