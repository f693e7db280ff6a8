"""What became of cells that left a tumour, in words: how many came out in each organ, sleep and grow there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np

from gputme.io.reader import Run
from gputme.model import Scenario
from gputme.report.words import count, plural

__all__ = ["journeys"]


def journeys(run: Run, scenario: Scenario) -> str:
    """What passed between the tissues of a body up to the end of the run, and what lives in its organs; "" without a
    body. The series count what the ledger lists."""
    body, series = scenario.body, run.series
    if body is None or not len(series.get("time", ())):
        return ""
    first, organs = body.name, [name for name in body.names if name != body.name]
    left, by_lymph = (_last(series, f"{way} {first}") or 0 for way in ("left", "entered lymph in"))
    if not left + by_lymph:
        return f"No tumour cell left {first}."
    ways = [f"{plural(left, 'tumour cell')} left {first} with blood"]
    ways += [f"{count(by_lymph)} with lymph"] * bool(by_lymph)
    if circulating := _last(series, "circulating"):
        ways.append(f"{count(circulating)} {'is' if circulating == 1 else 'are'} in the blood now")
    reached = [name for name in organs if _last(series, f"came out in {name}")]
    sentences = [f"{_listed(ways)}."]
    sentences += [f"In {name} {_became(series, name, name in scenario.organs)}." for name in reached]
    if never := [name for name in organs if name not in reached]:
        sentences.append(f"No cell came out in {_listed(never, 'or')}.")
    return " ".join(sentences)


def _became(series: Mapping[str, np.ndarray], name: str, tissue: bool) -> str:
    """Of the cells that came out in an organ, or in a tally (not ``tissue``)."""
    found = [f"{count(_last(series, f'came out in {name}') or 0)} came out"]
    if resting := _last(series, f"came to rest in {name}"):
        found.append(f"{count(resting)} of them fell asleep")
    if not tissue:
        grew, colonies = (_last(series, f"{what} {name}") for what in ("grew in", "colonised"))
        found += [f"{count(grew)} began to grow"] * bool(grew) + [_colonies(colonies)] * (colonies is not None)
        return _listed(found)
    alive, colonies = (_last(series, f"{name}: {what}") for what in ("alive", "colonies"))
    if alive is not None:
        found.append(f"{count(alive)} {'is' if alive == 1 else 'are'} alive there now")
    found += [_colonies(colonies)] * (colonies is not None)
    return _listed(found)


def _colonies(number: int) -> str:
    return f"there {'is' if number == 1 else 'are'} {plural(number, 'colony', 'colonies')}"


def _last(series: Mapping[str, np.ndarray], name: str) -> int | None:
    """The last value of a series; None where there is none, as of an organ that sleeps."""
    values = series.get(name, ())
    return int(values[-1]) if len(values) and math.isfinite(values[-1]) else None


def _listed(parts: Iterable[str], word: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    *before, last = parts
    return f"{', '.join(before)} {word} {last}" if before else last
