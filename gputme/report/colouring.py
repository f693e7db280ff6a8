"""How the cells of a picture are coloured: by state, by type, by both, by clone, or by the values of a column."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gputme.census import LIVING, State
from gputme.columns import absence
from gputme.errors import RequestError
from gputme.io.columns import unit_of
from gputme.io.frame import Frame
from gputme.io.tables import CellTable
from gputme.model import Scenario
from gputme.naming import no_such
from gputme.report.states import states, substrate_at, types_of
from gputme.report.style import (
    EDGE,
    GREY,
    PALE_GREY,
    STATE_COLOURS,
    STATE_NAMES,
    pale,
    pretty,
    type_colour,
    type_colours,
)

__all__ = ["WAYS", "Group", "Painting", "painting"]

WAYS = ("type", "state", "clone")
DEAD = (State.APOPTOTIC, State.NECROTIC)
RIM = 1.1  # points, where a rim carries a meaning
HAIR = 0.4
CLONES = 6  # shown in colours of their own
CROWDED = 8  # looks, above which the legend has one entry for each type, and one for all that rest


@dataclass(frozen=True)
class Group:
    """Cells that are drawn alike."""

    label: str
    members: np.ndarray
    """Places among the cells of the picture."""
    face: Any
    """A colour, or values of the painting's scale, one per member."""
    edge: Any = EDGE
    width: float = HAIR
    sample: Any = None
    """Edge in the legend, where that of the members differs."""
    listed: int | None = None
    """How many the legend counts, 0: it leaves the group out; its members unless given."""

    @property
    def number(self) -> int:
        """How many cells the legend says there are."""
        return len(self.members) if self.listed is None else self.listed


@dataclass(frozen=True)
class Painting:
    """All cells of a picture, each in one group; ``scale`` (low, high, label) where colours are values."""

    groups: list[Group]
    scale: tuple[float, float, str] | None = None
    whole: bool = field(default=False)
    """Whether the scale counts in whole numbers."""


def painting(frame: Frame, scenario: Scenario, which: np.ndarray, by: str = "") -> Painting:
    """The groups of the cells ``which`` of a frame.

    ``by``: "state", "type", "clone", a column, or a substrate (its value at the cell); unless given, state where
    there is one type, else type and state at once: the living in the colour of their type, the quiescent pale with a
    rim of it, the dead in the colour of their death with a rim of their type's.
    """
    kinds = types_of(frame, scenario)[which]
    if by == "clone":
        return Painting(_by_clone(frame, which))
    if by == "type":
        types = enumerate(scenario.cell_types)
        groups = [Group(t.name, np.flatnonzero(kinds == i), type_colour(scenario, i)) for i, t in types]
        return Painting([g for g in groups if len(g.members)])
    if by not in ("", "state"):
        return _by_value(frame, scenario, which, by)
    state = states(frame, scenario)[which]
    if by == "" and (state == State.NON_CYCLING).all() and len(scenario.cell_types) == 1:
        groups = [Group(scenario.cell_types[0].name, np.arange(len(state)), type_colour(scenario, 0))]
    elif by == "state" or len(scenario.cell_types) < 2:
        groups = [Group(STATE_NAMES[s], np.flatnonzero(state == s), STATE_COLOURS[s]) for s in State]
    else:
        pairs = [_of_type(scenario, t, kinds, state) for t in range(len(scenario.cell_types))]
        living = [g for pair in pairs for g in pair if len(g.members)]
        groups = (_merged(scenario, pairs) if len(living) > CROWDED else living) + _dead(scenario, kinds, state)
    return Painting([g for g in groups if len(g.members) or g.listed])


def _of_type(scenario: Scenario, t: int, kinds: np.ndarray, state: np.ndarray) -> list[Group]:
    """The living cells of one type: those that rest are pale with a rim."""
    name, colour = scenario.cell_types[t].name, type_colour(scenario, t)
    mine, rests = kinds == t, state == State.QUIESCENT
    active = np.flatnonzero(mine & np.isin(state, LIVING) & ~rests)
    return [
        Group(f"{name}, proliferating" if (mine & rests).any() else name, active, colour),
        Group(f"{name}, quiescent", np.flatnonzero(mine & rests), pale(colour), colour, RIM),
    ]


def _merged(scenario: Scenario, pairs: list[list[Group]]) -> list[Group]:
    """The same groups with one entry of the legend for each type, and one that says how cells look that rest."""
    found, resting = [], 0
    for cell_type, (active, resting_ones) in zip(scenario.cell_types, pairs):
        both = len(active.members) + len(resting_ones.members)
        resting += len(resting_ones.members)
        found += [replace(active, label=cell_type.name, listed=both), replace(resting_ones, listed=0)]
    none = np.zeros(0, int)
    return [*found, Group("of these quiescent, pale", none, PALE_GREY, GREY, RIM, listed=resting)]


def _dead(scenario: Scenario, kinds: np.ndarray, state: np.ndarray) -> list[Group]:
    colours = np.array(type_colours(scenario), dtype=object)
    found = []
    for s in DEAD:
        members = np.flatnonzero(state == s)
        rims = list(colours[kinds[members]])
        found.append(Group(f"{STATE_NAMES[s]}, rim by type", members, STATE_COLOURS[s], rims, RIM, GREY))
    return found


def _by_clone(frame: Frame, which: np.ndarray) -> list[Group]:
    """The largest clones in colours of their own, the others in grey."""
    if "clone" not in frame.cells:
        raise RequestError(f"frame {frame.index} does not hold the column 'clone'")
    clones = np.asarray(frame.cells["clone"])[which]
    found, sizes = np.unique(clones, return_counts=True)
    largest = found[np.argsort(-sizes, kind="stable")[:CLONES]]
    groups = [
        Group(f"clone {c}", np.flatnonzero(clones == c), colour) for c, colour in zip(largest, type_colours(None))
    ]
    return [*groups, Group("other clones", np.flatnonzero(~np.isin(clones, largest)), PALE_GREY)]


def _by_value(frame: Frame, scenario: Scenario, which: np.ndarray, name: str) -> Painting:
    """All cells by the value of a column, or of a substrate where they are; grey where their type has no such variable.

    What is numbered, such as a phase, is shown by its names.
    """
    columns = CellTable(frame).columns()
    if f"{name}_name" in columns:
        return Painting(_by_name(columns[f"{name}_name"][which]))
    if name in columns and columns[name].dtype.kind in "biuf":
        values = np.asarray(columns[name])[which]
    elif name in frame.fields:
        values = substrate_at(frame, name, which)
    else:
        if why := absence(name):
            raise RequestError(f"the cells of this frame have no {why}")
        numbers = [n for n, v in columns.items() if v.dtype.kind in "biuf"]
        raise RequestError(no_such("way to colour cells", name, [*WAYS, *numbers, *frame.fields]).args[0])
    whole, values = values.dtype.kind in "biu", values.astype(np.float64)
    if name in scenario.custom_names:
        has = np.array([name in t.custom for t in scenario.cell_types])[np.asarray(frame.cells["type"])[which]]
        values = np.where(has, values, np.nan)
    finite = values[np.isfinite(values)]
    unit = pretty(unit_of(frame, name))
    label = f"{name} ({unit})" if unit else name
    if not finite.size:
        return Painting([Group(f"without {name}", np.arange(len(which)), PALE_GREY)])
    low, high = float(finite.min()), float(finite.max())
    return Painting([Group("", np.arange(len(which)), values)], (low, high, label), whole)


def _by_name(names: np.ndarray) -> list[Group]:
    """A colour for each name, in the order of how many cells have it; what is many shares grey."""
    found, sizes = np.unique(names, return_counts=True)
    ordered = found[np.argsort(-sizes, kind="stable")]
    groups = [Group(str(n), np.flatnonzero(names == n), colour) for n, colour in zip(ordered, type_colours(None))]
    rest = np.flatnonzero(np.isin(names, ordered[len(groups) :]))
    return [*groups, *([Group("others", rest, PALE_GREY)] if len(rest) else [])]
