"""What the columns of a table of cells mean."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gputme.columns import ATTACHED, COLUMNS, POSITION
from gputme.errors import ScenarioError
from gputme.model.parts import Parts
from gputme.model.resolving import words_of
from gputme.naming import nearest

__all__ = ["CUSTOM", "INTERNAL", "MOST", "STATE", "Headings", "dimension", "meanings", "names_for"]

_DECLARED = [column for column in COLUMNS.values() if column.in_tables]
STATE = {
    "volume": "total volume, um3",
    "radius": "radius, um, where no volume is given",
    **{c.name: f"{c.meaning}, {c.unit}" if c.unit else c.meaning for c in _DECLARED},
    "phase": "number of the phase of the cycle",
    "death": "0 alive, 1 apoptotic, 2 necrotic, 3 necrotic and lysed",
    "age": "minutes since birth",
    "phase_age": "minutes since the phase (or death) began",
}
"""Columns that say more of a cell than its place and type."""
MOST = {c.name: c.bounds[1] for c in _DECLARED if math.isfinite(c.bounds[1])} | {"age": 1e9, "phase_age": 1e9}
CUSTOM, INTERNAL = "custom:", "internal "
_TYPE = ("type", "cell_type", "cell type", "celltype", "type_name")
_NAMES = ("phase_name", "death_name", "state", "frame", "minutes")  # of our own tables, beside COLUMNS


class Headings(NamedTuple):
    """The columns of a table."""

    columns: dict[str, int]
    """Place in the header by meaning: x, y, z, type, `STATE`, "custom:NAME", "internal SUBSTRATE"."""
    left_out: dict[str, int]
    """Those that mean nothing here, by their name."""
    behaviours: set[str]
    """Which of these are behaviours of the grammar."""
    known: list[str]
    """Names that a column can have."""
    header: list[str]

    def written(self, key: str) -> str:
        """What the table calls a column."""
        return self.header[self.columns[key]] if key in self.columns else key


def dimension(key: str) -> str:
    """The dimension of a column's numbers (see dimensions)."""
    if key in (*POSITION, "radius"):
        return "length"
    return "volume" if STATE.get(key, "").endswith("um3") else "any"


def names_for(custom: Iterable[str]) -> list[str]:
    """What `columns` of a population can name, with these custom variables."""
    return [*POSITION, "type", *STATE, *custom]


def meanings(header: list[str], scenario: Parts, columns: Mapping[str, str], has_type: bool) -> Headings:
    """What each column of a header means; `columns` maps our names to the table's.

    Letters may be small or large. Raises ScenarioError for a column that is missing or stands twice.
    """
    own = scenario.own_words
    known = names_for([*scenario.custom_names, *own])
    messages, found, left_out, behaviours = [], {}, {}, set()
    custom = {name.casefold(): name for name in reversed(scenario.custom_names)}
    words = words_of(scenario.substrates, scenario.cell_types)
    vary = {behaviour: CUSTOM + name for name, behaviour in own.items()}
    renamed = {theirs: ours for ours, theirs in columns.items()}
    for ours, theirs in columns.items():
        if theirs not in header:
            listed = nearest(theirs, header) or f"; it has {_listed(header)}"
            messages.append(f"there is no column {theirs!r}, which columns.{ours} of its [[cells]] names{listed}")
    named = any(name.casefold() == "type_name" for name in header)
    for k, name in enumerate(header):
        ours = renamed.get(name, name)
        key = _key(ours, custom, scenario)
        if key is None and (plain := ours.strip()) in words.behaviours:
            key = vary.get(words.behaviour(plain))
        if name not in renamed and (key in columns or (key == "type" and named and name.casefold() == "type")):
            continue  # the table's own column of a name that is mapped; the number of a type beside its name
        if key is None:
            left_out[name or f"column {k + 1}"] = k
            behaviours |= {name} if words.is_behaviour(name) else set()
        elif key in found:
            other = header[found[key]]
            both = f"columns {other!r} and {name!r} mean the same: keep one"
            messages.append(f"the column {name!r} stands twice" if other == name else f"the {both}")
        elif key:
            found[key] = k
    missing = [axis for axis in POSITION[: scenario.domain.dimensions] if axis not in found]
    if "type" not in found and not has_type:
        missing.append("type")
    if missing and not messages:
        messages.append(_missing(missing, header))
    if messages:
        raise ScenarioError(messages)
    return Headings(found, left_out, behaviours, known, header)


def _key(name: str, custom: Mapping[str, str], scenario: Parts) -> str | None:
    """The meaning of a column: "" for what is ours but not taken up (ids, velocities, ...), None for nothing."""
    plain = name.casefold().strip()
    variable = re.sub(r"^custom: ?", "", plain)
    if name in scenario.custom_names:
        return CUSTOM + name
    if plain in POSITION:
        return plain
    if plain in _TYPE:
        return "type"
    if plain in STATE:
        return plain
    if variable in custom:
        return CUSTOM + custom[variable]
    substrates = {s.name: s for s in scenario.substrates}
    if name.startswith(INTERNAL) and name.removeprefix(INTERNAL) in substrates:
        return name
    ours = plain in COLUMNS or plain in _NAMES or name in substrates or plain.startswith(ATTACHED.format(""))
    return "" if ours else None


def _missing(missing: list[str], header: list[str]) -> str:
    """What to say of a table whose columns are called otherwise."""
    guesses = {axis: _guess(axis, header) for axis in missing}
    mapping = ", ".join(f'{axis} = "{guess}"' for axis, guess in guesses.items())
    return (
        f"the column{'s' * (len(missing) > 1)} {', '.join(map(repr, missing))} "
        f"{'are' if len(missing) > 1 else 'is'} missing: it has {_listed(header)}; say in its [[cells]] what they are "
        f"called: columns = {{ {mapping} }}" + ("; or give all cells one type: type = ..." if "type" in missing else "")
    )


def _guess(axis: str, header: list[str]) -> str:
    """The column that an axis, or the type, may be called; "..." where none looks like it."""
    words = ("type", "phenotype", "class", "cluster", "label") if axis == "type" else (axis,)
    for name in header:
        parts = re.split(r"[^a-z0-9]+", re.sub(r"([a-z])([A-Z])", r"\1_\2", name).casefold())
        if any(part in words or (axis == "type" and part.endswith(words)) for part in parts):
            return name
    return "..."


def _listed(header: list[str]) -> str:
    shown = ", ".join(name or "(no name)" for name in header[:12])
    return shown + (f", and {len(header) - 12} more" if len(header) > 12 else "")
