"""A run in one paragraph."""

from __future__ import annotations

import math

from gputme.census import LIVING, State
from gputme.io.frame import Frame
from gputme.io.reader import Run
from gputme.model import Scenario
from gputme.report.journeys import journeys
from gputme.report.states import HYPOXIA, Facts, facts
from gputme.report.surroundings import became
from gputme.report.words import count, duration, percent, plural

__all__ = ["EVENTS", "paragraph", "passage"]

EVENTS = {
    "births": ("birth",),
    "apoptoses": ("apoptosis", "apoptoses"),
    "kills": ("of these by hits of killers", "of these by hits of killers"),
    "necroses": ("necrosis", "necroses"),
    "attacks": ("cell seized", "cells seized"),
    "ingestions": ("cell eaten", "cells eaten"),
    "fusions": ("fusion",),
    "transitions": ("change of type", "changes of type"),
    "asymmetric": ("daughter of another type", "daughters of another type"),
    "recruited": ("cell entered", "cells entered"),
    "absorbed": ("cell lost through the walls", "cells lost through the walls"),
}
"""What is said of each kind of event: one, and many. Removals are what becomes of the dead."""


def paragraph(run: Run, scenario: Scenario) -> str:
    """What happened between the first and the last frame of a run, and what became of cells that left for other
    tissues: one paragraph of plain text."""
    if not len(run):
        return "No frame was written yet."
    begin, end = run[0], run[-1]
    told = passage((begin, facts(begin, scenario)), (end, facts(end, scenario)), scenario)
    return " ".join(filter(None, (told, journeys(run, scenario))))


def passage(begin: tuple[Frame, Facts], end: tuple[Frame, Facts], scenario: Scenario) -> str:
    """What happened between two frames: one paragraph of plain text."""
    first, last = begin[1], end[1]
    alive = _alive(last, scenario.lattice is None)
    sentences = [_growth(first, last), alive, _death(last), _size(first, last), _oxygen(last)]
    sentences.append(became(begin[0], end[0], scenario))
    return " ".join(s for s in sentences if s)


def _growth(first: Facts, last: Facts) -> str:
    passed = duration(last.minutes - first.minutes)
    if not (first.cells or last.cells):
        return f"{passed} passed; there are no cells."
    if last.minutes == first.minutes:
        return f"At {duration(last.minutes)} there {'is' if last.cells == 1 else 'are'} {plural(last.cells, 'cell')}."
    since = {name: number - first.happened.get(name, 0) for name, number in last.happened.items()}
    words = [
        plural(since.get(name, 0), *words) for name, words in EVENTS.items() if since.get(name) or name == "births"
    ]
    return f"In {passed} {plural(first.cells, 'cell')} became {count(last.cells)} ({', '.join(words)})."


def _alive(last: Facts, cycles: bool) -> str:
    """How many live, what their cycles do (where types have one: ``cycles``), and of which types they are."""
    proliferating, quiescent, other = (last.by_state[s] for s in LIVING)
    if not last.cells:
        return ""
    parts = [f"{count(proliferating)} proliferate, {count(quiescent)} are quiescent"] * bool(proliferating + quiescent)
    parts += [f"{count(other)} are of types that never divide"] * bool(other and cycles)
    text = f"{count(proliferating + quiescent + other)} of them are alive"
    if len(last.by_type) > 1:
        text += " (" + ", ".join(f"{count(number)} {name}" for name, number in last.by_type.items()) + ")"
    return text + "".join(f"{': ' if not i else ', '}{part}" for i, part in enumerate(parts)) + "."


def _death(last: Facts) -> str:
    apoptotic, necrotic = last.by_state[State.APOPTOTIC], last.by_state[State.NECROTIC]
    if not apoptotic and not necrotic:
        return ""
    return f"{count(apoptotic)} {'is' if apoptotic == 1 else 'are'} apoptotic, {count(necrotic)} necrotic."


def _size(first: Facts, last: Facts) -> str:
    if last.cells < 2:
        return ""
    if last.minutes == first.minutes:
        return f"Their extent (as the radius of a full disc or ball) is {last.extent:.0f} um."
    before, after = f"{first.extent:.0f}", f"{last.extent:.0f}"
    change = f"{'grew' if last.extent > first.extent else 'shrank'} from {before} to {after}"
    change = change if before != after else f"stayed at {after}"
    return f"Their extent (as the radius of a full disc or ball) {change} um."


def _oxygen(last: Facts) -> str:
    if not last.oxygen:
        return ""
    text = f"The lowest oxygen pressure is {last.lowest:.3g} mmHg"
    if not math.isnan(last.hypoxic):
        text += f", and {percent(last.hypoxic)} of the living cells are hypoxic (below {HYPOXIA:g} mmHg)"
    return text + "."
