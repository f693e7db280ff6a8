"""Who signals to whom without a cell's doing: what comes from beyond the tissue, who enters it, and what vessels do."""

from __future__ import annotations

from collections.abc import Iterator

from gputme.model import Scenario
from gputme.report.edges import BLOOD, MATRIX, MEMBRANE, OUTSIDE, Edge, Node, edge

__all__ = ["around", "entering", "vessels"]


def around(scenario: Scenario) -> Iterator[Edge]:
    """What comes from beyond the tissue, and what substrates and the matrix do to each other."""
    for s in scenario.substrates:
        node, key = Node("substrate", s.name), f"substrate.{s.name}"
        faces = [c for _, c in s.faces if c.kind in ("fixed", "permeable")]
        if any(c.value > 0 for c in faces):
            yield edge(OUTSIDE, node, "supplies", True, key + ".faces")
        if any(v.value > 0 for v in s.fixed_voxels) or s.fixed_file:
            yield edge(OUTSIDE, node, "supplies", True, key + (".fixed_file" if s.fixed_file else ".fixed_voxels"))
        if s.matrix_degradation:
            yield edge(node, MATRIX, "breaks down", False, key + ".matrix_degradation")
        if s.membrane_degradation:
            yield edge(node, MEMBRANE, "wears", False, key + ".membrane_degradation")
        if s.hindrance:
            yield edge(MATRIX, node, "hinders", False, key + ".hindrance")


def entering(scenario: Scenario) -> Iterator[Edge]:
    """Who enters while the run goes on, from where, and what calls it."""
    for i, entry in enumerate(scenario.recruitments):
        node, key = Node("type", entry.type), f"recruitment.{i}"
        if entry.vessels:
            yield edge(BLOOD, node, "recruitment", True, key)
        elif entry.faces:
            yield edge(OUTSIDE, node, "recruitment", True, key)
        for signal in entry.signals:
            source = Node("substrate", signal.substrate)
            yield edge(source, node, "recruitment", signal.direction == "increases", key)


def vessels(scenario: Scenario) -> Iterator[Edge]:
    """What passes the walls of vessels, and what makes them grow."""
    given = scenario.vessels
    if given is None:
        return
    for name, passes in given.exchange.items():
        node, key = Node("substrate", name), f"vessels.exchange.{name}"
        if passes.permeability:
            gives = passes.blood > 0
            yield edge(BLOOD, node, "supplies" if gives else "carries away", gives, key)
        if passes.uptake:
            yield edge(BLOOD, node, "takes up", False, key)
        if passes.naked is not None and given.growth:
            factor = Node("substrate", given.growth.factor)
            yield edge(factor, BLOOD, f"permeability to {name}", True, key)
    if tips := given.lattice:
        factor, ground, key = Node("substrate", tips.factor), Node("substrate", tips.fibronectin), "vessels.lattice"
        yield edge(factor, BLOOD, "sprouting", True, key)
        for node, climbs in ((factor, tips.chemotaxis), (ground, tips.haptotaxis)):
            if climbs:
                yield edge(node, BLOOD, "attracts", True, key)
        for node, verb, rate in (
            (factor, "takes up", tips.uptake), (ground, "secretes", tips.making), (ground, "takes up", tips.binding)
        ):  # fmt: skip
            if rate:
                yield edge(BLOOD, node, verb, verb == "secretes", key)
    if growth := given.growth:
        factor, key = Node("substrate", growth.factor), "vessels.growth"
        yield edge(factor, BLOOD, "sprouting", True, key)
        if growth.chemotaxis:
            yield edge(factor, BLOOD, "attracts", True, key)
        for name in growth.tumour:
            yield edge(Node("type", name), BLOOD, "walls", False, key + ".tumour", True)
        if growth.matrix_pressure and scenario.matrix is not None:
            yield edge(MATRIX, BLOOD, "squeezes", False, key + ".matrix_pressure")
