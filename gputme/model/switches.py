"""Switches: cells of one type that turn into another, at a rate that signals raise or lower."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from pydantic import Field, model_validator

from gputme.columns import TICKS
from gputme.model.base import Description, Fault, Name, TypeName, raise_if_any
from gputme.model.cell_type import CellType
from gputme.model.derived import ResolvedDerived
from gputme.model.resolving import RuleGroup, members, unread, words_of, wrong_size
from gputme.model.units import AnyQuantity, Positive, Rate
from gputme.model.words import ResolvedSignal, Words
from gputme.naming import unknown
from gputme.vocabulary import SIGNAL

if TYPE_CHECKING:
    from gputme.model.substrate import Substrate

AT_ONCE = float(TICKS)
"""Rate (1/min) above which a cell mostly waits for less than a tick of the clock."""


class SwitchSignal(Description):
    """One signal that raises or lowers the rate of a switch: with H = s / (1 + s) and s = (value / half_max)^power, the
    rate is multiplied by H, or by 1 - H."""

    signal: str
    """What the cell reads, in the grammar's exact words."""
    direction: Literal["increases", "decreases"] = "increases"
    """Whether more of it makes the switch more frequent (factor H) or less (1 - H)."""
    half_max: AnyQuantity
    """Value at which the factor is a half."""
    power: Positive = 4.0
    """Hill power."""


class Switch(Description):
    """Cells of one type turn into another: one hazard, independent of all others. Those of one pair of types add up."""

    origin: Name = Field(alias="from")
    """The cell type, or group of types, that switches."""
    to: TypeName
    """The cell type that it becomes."""
    rate: Rate
    """How many of the cells switch per minute while no signal holds them back."""
    signals: tuple[SwitchSignal, ...] = Field((), alias="signal")
    """Signals that raise or lower the rate; their factors multiply."""

    @model_validator(mode="after")
    def _becomes_another(self) -> Switch:
        if self.origin == self.to:
            raise_if_any([Fault(("to",), f"is {self.to!r} itself: cells turn into another type")])
        return self


class SwitchTerm(NamedTuple):
    """One factor of a switch in numbers: H, or 1 - H where the signal lowers."""

    signal: ResolvedSignal
    lowers: bool
    half_max: float
    power: float


class ResolvedSwitch(NamedTuple):
    """A switch in numbers: one for each type that switches."""

    type_index: int
    into: int
    rate: float
    terms: tuple[SwitchTerm, ...]
    number: int
    """Which switch of the scenario it is, or is one of, where that names a group of types."""


def switches(
    entries: Sequence[Switch],
    substrates: Sequence[Substrate],
    cell_types: Sequence[CellType],
    groups: Mapping[str, Sequence[str]],
    derived: Sequence[ResolvedDerived],
) -> tuple[list[ResolvedSwitch], list[Fault]]:
    """The switches in numbers, and the faults of those that name what is not there; `to` is checked before."""
    words = words_of(substrates, cell_types, groups, derived)
    names = [t.name for t in cell_types]
    known = [*names, *groups]
    found: list[ResolvedSwitch] = []
    faults: list[Fault] = []
    for i, entry in enumerate(entries):
        here = ("switch", i)
        if entry.origin not in known:
            faults.append(Fault((*here, "from"), unknown("cell type", entry.origin, known)))
            continue
        origins = members(known.index(entry.origin), cell_types, groups)
        into = names.index(entry.to)
        if into in origins:
            text = f"is one of the group {entry.origin!r} that switches: cells turn into another type"
            faults.append(Fault((*here, "to"), text))
        wrong = list(_signal_faults(entry, words, [cell_types[k] for k in origins], substrates, derived))
        faults += [fault._replace(path=(*here, "signal", *fault.path)) for fault in wrong]
        if not wrong:
            terms = tuple(
                SwitchTerm(words.signal(s.signal), s.direction == "decreases", float(s.half_max), s.power)
                for s in entry.signals
            )
            found += [ResolvedSwitch(k, into, entry.rate, terms, i) for k in origins]
    return found, faults


def _signal_faults(
    entry: Switch, words: Words, origins: Sequence[CellType], substrates: Sequence[Substrate],
    derived: Sequence[ResolvedDerived],
) -> Iterator[Fault]:  # fmt: skip
    for j, term in enumerate(entry.signals):
        try:
            meaning = words.signal(term.signal)
        except ValueError as error:
            yield Fault((j, "signal"), str(error))
            continue
        measured = SIGNAL[meaning.kind].dimension, meaning.index, term.signal, substrates
        if not term.half_max > 0:
            yield Fault((j, "half_max"), f"must be greater than 0, not {term.half_max:g}")
        elif wrong := wrong_size(term.half_max, *measured, divides=True):
            yield Fault((j, "half_max"), wrong)
        if wrong := next(filter(None, (unread(meaning, kind, substrates, derived) for kind in origins)), ""):
            yield Fault((j, "signal"), wrong)


def circles(
    found: Sequence[ResolvedSwitch], cell_types: Sequence[CellType], groups: Sequence[RuleGroup]
) -> Iterator[Fault]:
    """Switches, `transitions` and rules so fast that cells go round in a circle of types within ticks of the clock."""
    names = [t.name for t in cell_types]
    said = [(e.type_index, e.into, e.rate, ("switch", e.number, "rate")) for e in found]
    for k, cell_type in enumerate(cell_types):
        given = cell_type.transitions.items()
        said += [(k, names.index(n), rate, ("cell_type", k, "transitions", n)) for n, rate in given]
    for group in groups:
        if group.behaviour.kind == "transition":
            number = (group.increasing or group.decreasing)[0].number
            said.append((group.type_index, group.behaviour.index, group.largest, ("rule", number, "saturation")))
    fast = [(origin, into, path) for origin, into, rate, path in said if rate > AT_ONCE and origin != into]
    edges: dict[int, set[int]] = {}
    for origin, into, _ in fast:
        edges.setdefault(origin, set()).add(into)
    for origin, into, path in fast:
        if way := _way(into, origin, edges):
            circle = ", ".join(repr(names[k]) for k in (origin, *way))
            yield Fault(path, f"turns cells in a circle at once ({circle}): give one of these at most {AT_ONCE:g} /min")
            return


def _way(start: int, goal: int, edges: Mapping[int, set[int]]) -> list[int]:
    """Types on a way from one to another, both included; empty where there is none."""
    before, todo = {start: start}, [start]
    while todo:
        here = todo.pop(0)
        if here == goal:
            way = [here]
            while way[-1] != start:
                way.append(before[way[-1]])
            return way[::-1]
        for there in sorted(edges.get(here, set()) - before.keys()):
            before[there] = here
            todo.append(there)
    return []
