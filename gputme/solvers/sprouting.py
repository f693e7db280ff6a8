"""Sprouts on the lattice of one tissue: tips go by the fields that it holds, and change them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gputme.columns import TICKS
from gputme.errors import RequestError, RunError
from gputme.parameters import Parameters
from gputme.state import Tissue
from gputme.vessels.founding import numbers_of, sites_of
from gputme.vessels.graph import Graph
from gputme.vessels.sites import laid, opened

__all__ = ["Sprouting"]


class Sprouting:
    """Lets the sprouts of one tissue grow."""

    def __init__(self, parameters: Parameters):
        scenario = parameters.scenario
        self.given, self.numbers = scenario.vessels.lattice, numbers_of(scenario)
        self.sites = sites_of(scenario.domain)
        self.fields = [parameters.substrates.index(name) for name in (self.given.factor, self.given.fibronectin)]
        self.ticks = max(round(self.given.step * TICKS), 1)

    def grown(self, tissue: Tissue, start: int, ticks: int) -> Graph:
        """The vessels after the steps of tips that begin within so many ticks from ``start`` on."""
        graph, host = tissue.vessels, tissue.kernels.host
        first, end = -(-start // self.ticks), -(-(start + ticks) // self.ticks)
        fields = [host(tissue.fields[k]).reshape(tissue.shape[1:]) for k in self.fields]
        lattice = opened(
            graph, self.sites, *fields, self.numbers, self.ticks / TICKS, self.ticks, tissue.seed, first
        )
        try:
            lattice.go_on(end - first)
        except RequestError:
            what = f"a tip may leave its site more than once in {self.given.step:g} min from {start / TICKS:g} min on"
            raise RunError(f"vessels.lattice.step: {what}: a shorter step is needed") from None
        for k, values in zip(self.fields, (lattice.taf, lattice.fibre)):
            tissue.fields[k][...] = tissue.kernels.array(values.ravel())
        segments = graph.segments
        graph = replace(graph, segments=segments.having(sprout=np.where(segments.perfused, -1, segments.sprout)))
        return laid(graph, lattice, self.sites, self.ticks, self.given.radius)
