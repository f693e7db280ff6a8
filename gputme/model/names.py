"""One namespace per file: what a scenario names meets what a run writes and what rules read, and no two are alike.

Frames hold columns, custom variables and fields side by side, tables of cells join them, the time series has its own
names, and rules read words in which names are set. Two names are alike when they differ only in capitals, spaces and
underscores: a file system, a spreadsheet or a reader may not tell them apart.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

from gputme.columns import COLUMNS
from gputme.model.base import Fault
from gputme.model.parts import Parts
from gputme.model.words import RESERVED, Words
from gputme.voxels import VECTORS, VOXEL_COLUMNS

IN_TABLES = (
    "type_name", "phase_name", "death_name", "state", "age", "phase_age", "volume", "time", "frame", "minutes",
)  # fmt: skip
"""Columns that tables of cells add, or take, beside those of a frame."""

IN_SERIES = (
    "time", "cells", "alive", "dead", "apoptotic", "necrotic", "proliferating", "quiescent", "births", "apoptoses",
    "necroses", "transitions", "removals", "absorbed", "recruited", "asymmetric", "attacks", "kills",
    "ingestions", "fusions", "volume", "extent", "radius", "ECM laid", "ECM broken",
    "tips", "vessel length", "perfused length", "blood flow", "new vessel length", "new perfused length",
    "tumour area", "core area", "margin area", "tumour volume", "core volume", "margin volume", "CD8 tumour",
    "CD8 core", "CD8 margin", "CD8 core:margin", "CD8 in contact", "killing rate", "MVD core", "MVD margin",
    "perfused share", "hypoxic share", "necrotic share", "Ki-67 share", "E share", "H share", "M share", "M2:M1",
    "invasion depth", "tumour clusters", "detached", "circulating", "circulating clusters", "died in the blood",
    "in lymph", "died in lymph", "reached blood by lymph",
)  # fmt: skip
"""Names of the time series that stand alone; those that go on with a name ("alive T", "mean S") cannot be met."""


def folded(name: str) -> str:
    """A name without what may get lost: capitals, spaces, underscores, ways to write a letter."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().replace("_", "").split())


def name_faults(scenario: Parts) -> Iterator[Fault]:
    """Every name that stands twice, or for something else already; of words that it gives two meanings the first."""
    told: set[tuple[str | int, ...]] = set()
    for fault in _name_faults(scenario):
        if not (fault.message.startswith(_MAKES) and fault.path in told):
            yield fault
        told.add(fault.path)


def _name_faults(scenario: Parts) -> Iterator[Fault]:
    substrates, types = [s.name for s in scenario.substrates], [t.name for t in scenario.cell_types]
    for key, names in (("substrate", substrates), ("cell_type", types)):
        first: dict[str, str] = {}
        for i, name in enumerate(names):
            earlier = first.setdefault(folded(name), name)
            if name in names[:i]:
                yield Fault((key, i, "name"), f"{name!r} stands twice")
            elif earlier != name:
                yield Fault((key, i, "name"), f"{name!r} is too like {earlier!r}{_ALIKE}")
    varied = _Taken("behaviour that varies", scenario.own_words)
    changed = _Taken("factor of a behaviour that mutations change", scenario.factor_words)
    columns = varied, changed, _Taken("column of cells", COLUMNS), _Taken("column in tables of cells", IN_TABLES)
    signals, matrix = _Taken("signal of the rules", RESERVED), _Taken("field of the matrix", (*VOXEL_COLUMNS, *VECTORS))
    nothing = _Taken("word for no field in pictures", ["none"])
    for i, name in enumerate(substrates):
        yield from _met(name, (signals, matrix, nothing, *columns), ("substrate", i, "name"))
    taken = (
        *columns, signals, matrix, _Taken("behaviour of the rules", Words((), (), ()).behaviours),
        _Taken("name in the time series", IN_SERIES), _Taken("substrate", substrates),
        _Taken("column of cells", [f"internal {name}" for name in substrates]),
    )  # fmt: skip
    first = {}
    for i, cell_type in enumerate(scenario.cell_types):
        for name in cell_type.custom:
            path, earlier = ("cell_type", i, "custom", name), first.setdefault(folded(name), name)
            yield from _met(name, taken, path)
            if earlier != name:
                yield Fault(path, f"{name!r} is too like {earlier!r}{_ALIKE}")
    yield from _group_faults(scenario, types)
    groups, derived = list(scenario.groups), [d.name for d in scenario.derived]
    for i, name in enumerate(derived):
        yield from _met(name, (*taken, _Taken("custom variable", scenario.custom_names)), ("signal", i, "name"))
        taken = (*taken, _Taken("derived signal", [name]))
    for what, word, hole, index in Words(substrates, types, scenario.custom_names, groups, derived).ambiguous():
        if hole in _KEYS:
            of_group = hole == "{T}" and index >= len(types)
            path = ("groups", groups[index - len(types)]) if of_group else (_KEYS[hole], index, "name")
            yield Fault(path, f"{_MAKES}{word!r} a {what} with two meanings: take another name")


def _group_faults(scenario: Parts, types: list[str]) -> Iterator[Fault]:
    """Groups that are called like a cell type or another group, or that name what is no cell type."""
    seen: list[str] = []
    for group, members in scenario.groups.items():
        yield from _met(group, (_Taken("cell type", types), _Taken("group of cell types", seen)), ("groups", group))
        seen.append(group)
        if not members:
            yield Fault(("groups", group), "names no cell type")
        for i, name in enumerate(members):
            if name in members[:i]:
                yield Fault(("groups", group), f"{name!r} stands twice")


_MAKES = "makes "
_ALIKE = ": capitals, spaces and underscores tell no names apart"
_KEYS = {"{S}": "substrate", "{T}": "cell_type", "{D}": "signal"}


class _Taken:
    """Names that something has already."""

    def __init__(self, what: str, names: Iterable[str]):
        self.what, self.names = what, {folded(name): name for name in names}


def _met(name: str, taken: Iterable[_Taken], path: tuple[str | int, ...]) -> Iterator[Fault]:
    """At most one fault: what has this name already, or one that is too like it."""
    for one in taken:
        there = one.names.get(folded(name))
        if there is not None:
            article = "too like the" if there != name else "already a"
            yield Fault(path, f"{name!r} is {article} {one.what}{f' {there!r}' * (there != name)}: take another name")
            return
