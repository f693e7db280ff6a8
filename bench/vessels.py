"""What an hour of growing vessels costs: each part of an update and the flow of blood, seconds of the processor."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gputme.columns import TICKS
from gputme.vessels.bed import capillaries
from gputme.vessels.flow import circulate
from gputme.vessels.graph import Graph
from gputme.vessels.mature import mature
from gputme.vessels.migrate import migrate
from gputme.vessels.rates import Rates, Sensed, Update
from gputme.vessels.regress import regress
from gputme.vessels.sprout import sprout

__all__ = ["Cost", "cost"]


class Cost(NamedTuple):
    """Of one update of an hour, on the mean of those that were timed."""

    segments: int
    tips: int
    parts: dict[str, float]
    """Each part of the update, and the flow of blood: seconds."""

    @property
    def total(self) -> float:
        return sum(self.parts.values())


def cost(side: float, hours: int, before: int = 48) -> Cost:
    """Of ``hours`` of growth, ``before`` into it: a tumour in a bed of capillaries in a box so wide (um)."""
    upper, middle = np.full(3, float(side)), side / 2
    graph, parts, tips = _flowing(capillaries(np.zeros(3), upper)), dict[str, float](), 0
    for hour in range(before + hours):
        along = graph.nodes.xyz - middle
        far = np.sqrt((along * along).sum(axis=0))
        vegf = 2.0 * np.clip(1.3 - far / middle, 0.0, 1.0)
        sensed = Sensed(vegf, -along, far < 0.3 * side, np.zeros(len(far)))
        rates, update = Rates(), Update(1, hour * 60 * TICKS, 60 * TICKS, np.zeros(3), upper)
        works: dict[str, Callable[[Graph], Graph]] = {
            "mature": lambda g: mature(g, sensed, rates, update),  # noqa: B023
            "sprout": lambda g: sprout(g, sensed, rates, update),  # noqa: B023
            "migrate, branch and join": lambda g: migrate(g, sensed, rates, update),  # noqa: B023
            "regress": lambda g: regress(g, rates, update),  # noqa: B023
            "flow": _flowing,
        }
        for name, work in works.items():
            start = time.process_time()
            graph = work(graph)
            if hour >= before:
                parts[name] = parts.get(name, 0.0) + (time.process_time() - start) / hours
        tips += len(graph.tips) * (hour >= before)
    return Cost(len(graph.segments), tips // hours, parts)


def _flowing(graph: Graph) -> Graph:
    blood = circulate(graph.network())
    return replace(graph, segments=graph.segments.having(flow=blood.flow, shear=blood.shear))
