"""The vessels that a scenario begins with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gputme.errors import ScenarioError
from gputme.model import Scenario
from gputme.model.vascular import layout
from gputme.model.vessels import Vessels
from gputme.vessels.bed import capillaries, honeycomb
from gputme.vessels.flow import circulate
from gputme.vessels.graph import Graph

__all__ = ["first_vessels", "with_blood"]


def with_blood(graph: Graph, given: Vessels) -> Graph:
    """The vessels with the blood that flows in them, as a scenario describes it."""
    blood = circulate(graph.network(), given.haematocrit, given.separation, thick=given.viscosity)
    segments = graph.segments.having(flow=blood.flow, haematocrit=blood.haematocrit, shear=blood.shear)
    return replace(graph, nodes=graph.nodes.having(pressure=blood.pressure), segments=segments)


def first_vessels(scenario: Scenario) -> Graph:
    """The graph at time 0. Raises ScenarioError for tables that cannot be used."""
    given = Graph.begun(*layout(scenario))
    return _beside(_bed(scenario), given) if scenario.vessels.bed else given


def _bed(scenario: Scenario) -> Graph:
    domain, bed = scenario.domain, scenario.vessels.bed
    lower, upper = np.array(domain.lower), np.array(domain.upper)
    if domain.dimensions == 2:
        lower[2] = upper[2] = domain.centre[2]
        graph = honeycomb(lower, upper, bed.edge, bed.radius, bed.inlet, bed.outlet)
        if not len(graph.segments):
            raise ScenarioError(
                f"vessels.bed.edge: is too long: no vessel of {bed.edge:g} um edges gets through the domain along x"
            )
        return graph
    return capillaries(lower, upper, bed.spacing, bed.apart, bed.radius, bed.inlet, bed.outlet, scenario.seed)


def _beside(first: Graph, second: Graph) -> Graph:
    """Two graphs as one; the ids of the second go on from those of the first."""
    nodes, segments, node, segment = second.nodes, second.segments, first.next_node - 1, first.next_segment - 1
    nodes = nodes.having(id=nodes.id + node)
    segments = segments.having(id=segments.id + segment, a=segments.a + node, b=segments.b + node)
    return Graph(
        first.nodes.extended(nodes), first.segments.extended(segments), first.tips,
        node + second.next_node, segment + second.next_segment,
    )  # fmt: skip
