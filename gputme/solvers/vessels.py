"""The vessels of a tissue: they grow, blood flows in them, and substrates pass their walls."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from gputme.backends import Kernels
from gputme.columns import TICKS
from gputme.parameters import Parameters
from gputme.solvers.angiogenesis import Angiogenesis
from gputme.solvers.sprouting import Sprouting
from gputme.solvers.walls import WallTerms
from gputme.state import Tissue
from gputme.vessels.founding import with_blood
from gputme.vessels.graph import Graph
from gputme.vessels.oxygenation import oxygenated

__all__ = ["Vessels"]


class Vessels:
    """Brings the vessels of one tissue forward; ``walls`` is told of them where they have changed."""

    def __init__(self, parameters: Parameters, kernels: Kernels, grids: list[dict[str, Any]], walls: WallTerms):
        scenario = parameters.scenario
        self.given, self.step_ticks = scenario.vessels, scenario.time.step_ticks
        self.period = max(round(self.given.period * TICKS), 1)
        self.walls = walls
        self.growth = Sprouting(parameters) if self.given.lattice else None
        if self.given.growth:
            self.growth = Angiogenesis(parameters, kernels, grids)
        self.refresh = None  # ticks after which oxygen is followed along the vessels
        for what in self.given.exchange.values():
            if what.haemoglobin:
                self.refresh = max(round(what.haemoglobin.refresh * TICKS), 1)
        self._flowing: Graph | None = None  # the vessels whose blood is known
        self._spread: Graph | None = None  # those that the terms of walls were made of

    def step(self, tissue: Tissue) -> None:
        """What is due at the start of a base step."""
        if tissue.tick % self.period < self.step_ticks:
            due, done = (max(tick, 0) // self.period for tick in (tissue.tick, tissue.tick - self.step_ticks))
            if self.growth and due > done:  # more than one where steps are longer than periods
                tissue.vessels = self.growth.grown(tissue, done * self.period, (due - done) * self.period)
            if tissue.vessels is not self._flowing:
                self._flowing = tissue.vessels = with_blood(tissue.vessels, self.given)
        if tissue.vessels is not self._spread:
            self._spread_out(tissue)
        if self.refresh and tissue.tick % self.refresh < self.step_ticks:
            self._flowing = tissue.vessels = self.oxygenated(tissue)
            self._spread_out(tissue)

    def _spread_out(self, tissue: Tissue) -> None:
        self.walls.spread(tissue.vessels)
        self._spread = tissue.vessels

    def oxygenated(self, tissue: Tissue) -> Graph:
        """The vessels with the oxygen that blood still has in them, beside the tissue as it is."""
        graph, carrying = tissue.vessels, self.walls.carrying
        segments, (a, b) = graph.segments, graph.ends()
        flow = np.where(segments.perfused, segments.flow, 0.0)
        outside = self.walls.beside(tissue, len(segments))
        oxygen = oxygenated(
            a, b, len(graph.nodes), flow, segments.haematocrit, carrying.gives, outside, carrying.what.blood,
            carrying.what.haemoglobin,
        )  # fmt: skip
        return replace(graph, segments=segments.having(oxygen=oxygen))
