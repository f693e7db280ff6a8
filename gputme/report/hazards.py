"""Hazards that rules, oxygen and switches set hold for a whole step: how far that can be off, said before a run."""

from __future__ import annotations

import math

from gputme.model import ResolvedBehaviour
from gputme.parameters import Parameters
from gputme.report.words import duration, percent
from gputme.vocabulary import BEHAVIOUR

__all__ = ["LIMIT", "frozen"]

LIMIT = 0.05  # change of an integrated hazard by one step's delay, above which it is said


def frozen(parameters: Parameters) -> list[str]:
    """One sentence for each hazard that may change too much for the base step to resolve it.

    A hazard is looked at when a step starts. While it rises from h0 to h1 (or falls), its integral is off by at most
    step (h1 - h0), whatever the number of steps on the way, and so is the logarithm of the share of cells that it
    leaves. h0 and h1 are the smallest and the largest value that rules, oxygen and signals of switches allow. Cells
    that lack of oxygen kills at once die in the step after.
    """
    time, found = parameters.scenario.time, []
    step = time.step
    for (t, behaviour), (low, high) in _ranges(parameters).items():
        change = high - low
        if change * step <= LIMIT:
            continue
        ticks = time.step_ticks
        parts = next((m for m in range(2, ticks + 1) if change * step <= LIMIT * m and ticks % m == 0), 0)
        finer = f"; a step of {duration(step / parts)} keeps that below {percent(LIMIT)}" if parts else ""
        found.append(
            f"{_words(parameters, t, behaviour)} of {parameters.types[t]!r} may change by {change:.3g} /min, and is "
            f"looked at once in a step of {duration(step)}: the share of cells that it leaves may be off by up to "
            f"{percent(-math.expm1(-change * step))}{finer}"
        )
    return found


def _ranges(parameters: Parameters) -> dict[tuple[int, ResolvedBehaviour], tuple[float, float]]:
    """Smallest and largest value of each hazard that changes, 1/min, by type and behaviour."""
    ranges = {}
    for group in parameters.groups:
        if BEHAVIOUR[group.behaviour.kind].event:
            values = (group.base, group.smallest, group.largest)
            ranges[group.type_index, group.behaviour] = (max(min(values), 0.0), max(values))
    for switch in parameters.scenario.resolved_switches:
        if switch.terms:
            where = switch.type_index, ResolvedBehaviour("transition", switch.into)
            base = float(parameters.table[where[0], parameters.number(where[1])])
            low, high = ranges.get(where, (base, base))
            ranges[where] = low, high + switch.rate
    entry, necrosis = ResolvedBehaviour("exit", 0), ResolvedBehaviour("necrosis")
    for t, cell_type in enumerate(parameters.scenario.cell_types):
        if not (oxygen := cell_type.oxygen):
            continue
        for behaviour, stops, adds in ((entry, True, 0.0), (necrosis, False, oxygen.necrosis_rate)):
            base = float(parameters.table[t, parameters.number(behaviour)])
            low, high = ranges.get((t, behaviour), (base, base))
            adds = 0.0 if oxygen.deterministic else adds
            ranges[t, behaviour] = (0.0 if stops else low, high + adds)
    return ranges


def _words(parameters: Parameters, t: int, behaviour: ResolvedBehaviour) -> str:
    """A hazard in words."""
    entry = BEHAVIOUR[behaviour.kind]
    if entry.per == "phase":
        return entry.event.format(repr(parameters.scenario.cell_types[t].cycle.phases[behaviour.index].name))
    return entry.event.format(repr(parameters.name(behaviour)))
