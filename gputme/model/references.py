"""Keys that name a substrate or a cell type, found by how they are typed: ``SubstrateName``, ``TypeName``,
``BySubstrate`` and ``ByType`` of `base`. What is typed so is checked, and a group of cell types stands in a ``ByType``
for each of its members."""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gputme.model.base import Description, Fault, Faults, Names

Path = tuple[str | int, ...]


def references(described: Description, path: Path = ()) -> Iterator[tuple[Path, str, str]]:
    """Every name in a description that must exist elsewhere: where it stands, the name, and of what."""
    for key, field in type(described).model_fields.items():
        here = (*path, field.alias or key)
        yield from _within(field.annotation, field.metadata, getattr(described, key), here)


def spread(described: Description, groups: Mapping[str, Sequence[str]], own: str) -> Description:
    """The description with every entry for a group of cell types as one for each member; a member's own entry wins.

    own: the cell type that is described, which turns into others only. Raises Faults where two groups say what holds
    for one type.
    """
    changed: dict[str, Any] = {}
    for key, field in type(described).model_fields.items():
        value = getattr(described, key)
        names = next((m for m in field.metadata if isinstance(m, Names)), None)
        if isinstance(value, Description):
            try:
                made = spread(value, groups, own)
            except Faults as error:
                raise Faults(f._replace(path=(key, *f.path)) for f in error.faults) from None
            if made is not value:
                changed[key] = made
        elif isinstance(value, dict) and names and names.what == "cell type" and not groups.keys().isdisjoint(value):
            changed[key] = type(value)(_spread(key, value, groups, own if names.others else ""))
    return described.model_copy(update=changed) if changed else described


def _spread(key: str, table: Mapping[str, Any], groups: Mapping[str, Sequence[str]], left_out: str) -> dict[str, Any]:
    """The entries of a table by cell type, those of groups by member."""
    found = {name: value for name, value in table.items() if name not in groups}
    by_group: dict[str, str] = {}
    for group in (name for name in table if name in groups):
        for member in groups[group]:
            if member in table or member == left_out:
                continue
            if member in by_group:
                both = f"{by_group[member]!r} and {group!r}"
                raise Faults([Fault((key, group), f"{member!r} belongs to {both}: give it an entry of its own")])
            by_group[member], found[member] = group, table[group]
    return found


def _within(annotation: Any, metadata: Sequence[Any], value: Any, path: Path) -> Iterator[tuple[Path, str, str]]:
    """The names in a value of this kind."""
    if typing.get_origin(annotation) is typing.Annotated:
        annotation, *more = typing.get_args(annotation)
        metadata = [*metadata, *more]
    names = next((m for m in metadata if isinstance(m, Names)), None)
    if isinstance(value, Description):
        yield from references(value, path)
    elif isinstance(value, str):
        if names := names or _in_union(annotation):
            yield path, value, names.what
    elif isinstance(value, Mapping):
        inner = (*typing.get_args(annotation), Any, Any)[1]
        for name, entry in value.items():
            if names:
                yield (*path, name), name, names.what
            yield from _within(inner, (), entry, (*path, name))
    elif isinstance(value, tuple):
        inner = next((a for a in _kinds(annotation) if typing.get_origin(a) is tuple), tuple[Any, ...])
        kinds = typing.get_args(inner)
        for i, entry in enumerate(value):
            here = path if isinstance(entry, str) else (*path, i)  # a name says itself which one it is
            yield from _within(kinds[0] if Ellipsis in kinds else kinds[i], (), entry, here)


def _kinds(annotation: Any) -> Sequence[Any]:
    """The kinds of a union, or the only one."""
    is_union = typing.get_origin(annotation) in (typing.Union, type(int | str))
    return typing.get_args(annotation) if is_union else [annotation]


def _in_union(annotation: Any) -> Names | None:
    """What a text that may also be something else names."""
    found = (m for a in _kinds(annotation) for m in getattr(a, "__metadata__", ()))
    return next((m for m in found if isinstance(m, Names)), None)
