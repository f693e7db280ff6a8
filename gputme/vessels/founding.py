"""The vessels that a scenario begins with, and the lattice that tips go on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gputme.errors import ScenarioError
from gputme.model import Scenario, Substrate
from gputme.model.domain import Domain
from gputme.model.vascular import layout
from gputme.model.vessels import Vessels
from gputme.vessels.bed import capillaries, honeycomb
from gputme.vessels.flow import circulate
from gputme.vessels.graph import Graph
from gputme.vessels.lattice import Numbers, chances, disc, fibronectin, line
from gputme.vessels.sites import Sites, begun

__all__ = ["first_field", "first_vessels", "numbers_of", "sites_of", "with_blood"]


def with_blood(graph: Graph, given: Vessels) -> Graph:
    """The vessels with the blood that flows in them, as a scenario describes it."""
    blood = circulate(graph.network(), given.haematocrit, given.separation, thick=given.viscosity)
    segments = graph.segments.having(flow=blood.flow, haematocrit=blood.haematocrit, shear=blood.shear)
    return replace(graph, nodes=graph.nodes.having(pressure=blood.pressure), segments=segments)


def first_vessels(scenario: Scenario) -> Graph:
    """The graph at time 0. Raises ScenarioError for tables that cannot be used."""
    graph, lattice = Graph.begun(*layout(scenario)), scenario.vessels.lattice
    graph = _beside(_bed(scenario), graph) if scenario.vessels.bed else graph
    if lattice is None:
        return graph
    _in_time(scenario)
    sites, places = sites_of(scenario.domain), [scenario.domain.point(p) for p in lattice.tips]
    return begun(graph, sites.of(np.array(places).T), sites, lattice.radius)


def sites_of(domain: Domain) -> Sites:
    """The sites of a lattice: the voxels of a square."""
    return Sites(domain.shape[1], np.array([*domain.lower[:2], domain.centre[2]]), domain.voxel[0])


def numbers_of(scenario: Scenario) -> Numbers:
    """How tips on the scenario's lattice go, with its side as the unit of length and minutes."""
    given, side = scenario.vessels.lattice, scenario.domain.size[0]
    numbers = Numbers(**{name: getattr(given, name) for name in Numbers._fields})
    motion = {name: getattr(given, name) / side**2 for name in ("diffusion", "chemotaxis", "haptotaxis")}
    return numbers._replace(**motion)


def first_field(scenario: Scenario, substrate: Substrate) -> np.ndarray:
    """A substrate at time 0, float64 (nz, ny, nx). Raises ScenarioError for a file that cannot be used."""
    lattice, n = scenario.vessels and scenario.vessels.lattice, scenario.domain.shape[1]
    if lattice and lattice.tumour and substrate.name == lattice.factor:
        return (line(n) if lattice.tumour == "line" else disc(n))[None]
    if lattice and lattice.tumour and substrate.name == lattice.fibronectin:
        return fibronectin(n)[None]
    return substrate.initial_field(scenario.domain)


def _in_time(scenario: Scenario) -> None:
    """Raises ScenarioError where steps are so long that a tip may leave its site more than once in one."""
    given = scenario.vessels.lattice
    taf, fibre = (first_field(scenario, scenario.substrate(name))[0] for name in (given.factor, given.fibronectin))
    most = chances(taf, fibre, np.arange(taf.size), given.step, numbers_of(scenario)).sum(axis=0).max()
    if most > 1.0:
        raise ScenarioError(
            f"vessels.lattice.step: is {given.step:g} min, in which a tip may leave its site {most:.3g} times: "
            f"at most {given.step / most:.3g} min"
        )


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
