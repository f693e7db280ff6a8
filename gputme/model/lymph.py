"""Lymph: how cells pass into lymph vessels, through which nodes it flows, and how it comes into the blood."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field, model_validator

from gputme.model.base import ByType, Description, Fault
from gputme.model.units import Fractional, Positive, Quantity, Rate
from gputme.naming import unknown

__all__ = ["Lymph", "lymph_faults", "way_faults"]


class Lymph(Description):
    """How cells leave tissues with lymph, and what happens to them in it. Lymph vessels lie where `interstitium.lymph`
    is above 0. The rate of a tumour cell is rate x ability x (lymph / full) x (1 - pressure of the cell / closed), not
    below 0; it takes along the cells that hold on to it within the reach of `body.intravasation`. A basement membrane
    holds it back as it does there."""

    rate: Rate = 0.001
    """Rate of a cell that is able to enter, where lymph vessels have the conductance `full` and are open."""
    ability: ByType[Fractional] = Field(default_factory=dict, validate_default=True)
    """Ability to enter, by cell type: 0 unless given."""
    leaves: ByType[Rate] = Field(default_factory=dict, validate_default=True)
    """Rate at which cells of a type that does not spread leave in the same way (immune cells): 0 unless given. They
    leave the body's tissues for good, and are counted."""
    full: Annotated[float, Quantity("conductance", above=0)] = 1.5e-3
    """Conductance of lymph vessels by volume at which these rates hold; elsewhere they are in proportion to it."""
    closed: Positive = 1.0
    """Pressure of a cell, 1 at close packing, at which lymph vessels beside it are squeezed shut."""
    transit: Annotated[float, Quantity("time", minimum=1e-3)] = 60.0
    """Time from a tissue to its node, from one node to the next, and from the last into the blood."""
    death: Rate = 0.001
    """Rate at which a cell in lymph whose whole surface is exposed dies."""
    disaggregation: Rate = 0.0
    """Rate at which each cell of a cluster leaves it in lymph."""

    @model_validator(mode="after")
    def _check(self) -> Lymph:
        if not any(self.ability.values()) and not any(self.leaves.values()):
            raise ValueError("lets no cell in: give ability or leaves")
        return self


def way_faults(body: Any) -> Iterator[Fault]:
    """Lymph that flows to no node, to one that is none, or in a circle."""
    paths = {body.name: ()} | {organ.name: ("organ", i) for i, organ in enumerate(body.organs)}
    nodes = {bed.name: bed.node for bed in body.beds}
    organs = [organ.name for organ in body.organs]
    named = {name: node for name, node in nodes.items() if node is not None}
    if body.lymph is None:
        yield from (Fault((*paths[name], "node"), "needs lymph: write [body.lymph]") for name in named)
    elif not named:
        yield Fault(("lymph",), "flows to no node: give `node`, the organ that the lymph of a tissue flows to")
    for name, node in named.items():
        if node not in organs:
            yield Fault((*paths[name], "node"), unknown("organ", node, organs))
        elif name in _beyond(node, nodes):
            yield Fault((*paths[name], "node"), "its lymph flows in a circle")


def _beyond(node: str, nodes: dict[str, str | None]) -> list[str]:
    """A node and those that its lymph flows on to."""
    found: list[str] = []
    while node is not None and node not in found:
        found.append(node)
        node = nodes.get(node)
    return found


def lymph_faults(scenario: Any) -> Iterator[Fault]:
    """Tissues that drain into a node and have no lymph vessels; types that both spread and only leave."""
    body = scenario.body
    if body is None or body.lymph is None:
        return
    for name in body.lymph.leaves:
        if name in body.tumour:
            yield Fault(("body", "lymph", "leaves", name), "may spread: give its ability instead")
    nodes = {bed.node for bed in body.beds}
    parts = [((), body, scenario.interstitium)]
    parts += [(("organ", i), o, o.interstitium) for i, o in enumerate(body.organs) if o.tally is None]
    for path, bed, fluid in parts:
        vessels = fluid is not None and any(part.lymph for part in (fluid, *fluid.regions))
        if bed.node is not None and bed.name not in nodes and not vessels:
            where = "interstitium.lymph" if not path else "its interstitium.lymph"
            yield Fault(("body", *path, "node"), f"no lymph flows there: give {where}, the vessels that drain it")
