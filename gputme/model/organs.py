"""Organs that are tissues of their own: what each has, and what it shares with the tissue of the scenario."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gputme.model.base import Fault
from gputme.model.body import Organ
from gputme.model.membrane import WithMembrane
from gputme.model.parts import Parts
from gputme.rng import Stream, random_words

__all__ = ["organ_faults", "parts_of", "seed_of"]

OWN = ("membrane", "interstitium", "vessels", "populations", "recruitments")
"""What an organ has only where it says so; of a domain, a matrix and a substrate it has those of the scenario."""


def seed_of(seed: int, number: int) -> int:
    """Seed of the organ of a number: what is drawn by sites, nodes and residents differs from tissue to tissue."""
    high, low, *_ = random_words(seed, 0, number, Stream.CASCADE, 255)
    return int(high) << 31 | int(low) >> 1


def parts_of(scenario: Parts, number: int) -> dict[str, Any]:
    """The parts of the scenario that the organ of a number is (1: the first), by their keys."""
    organ = scenario.body.organs[number - 1]
    parts = {name: getattr(scenario, name) for name in type(scenario).model_fields}
    parts |= {name: getattr(organ, name) for name in OWN} | {"body": None, "bonds": None}
    parts |= {name: given for name in ("domain", "matrix") if (given := getattr(organ, name)) is not None}
    own = {substrate.name: substrate for substrate in organ.substrates}
    parts["substrates"] = tuple(own.get(substrate.name, substrate) for substrate in scenario.substrates)
    if scenario.lattice is not None:
        parts["lattice"] = scenario.lattice.of_site(organ.lattice)
    if organ.membrane is None:  # what cells and substrates would do to one, they do to none
        none = WithMembrane()
        parts["cell_types"] = tuple(t.model_copy(update={"membrane": none}) for t in scenario.cell_types)
        parts["substrates"] = tuple(s.model_copy(update={"membrane_degradation": 0.0}) for s in parts["substrates"])
    parts["rules"], parts["switches"] = scenario.rules + organ.rules, scenario.switches + organ.switches
    parts["seed"] = seed_of(scenario.seed, number)
    fields = type(scenario).model_fields
    return {fields[name].alias or name: value for name, value in parts.items()}


def organ_faults(scenario: Parts) -> Iterator[Fault]:
    """What an organ cannot be beside the tissue of the scenario."""
    if scenario.body is None:
        return
    for i, organ in enumerate(scenario.body.organs):
        yield from (fault._replace(path=("body", "organ", i, *fault.path)) for fault in _faults(scenario, organ))
    if scenario.body.tissues > 1 and scenario.bonds is not None:
        yield Fault(("bonds",), "names cells by numbers that they have only where no organ has cells of its own")


def _faults(scenario: Parts, organ: Organ) -> Iterator[Fault]:
    if organ.domain is not None and organ.domain.dimensions != scenario.domain.dimensions:
        own, others = organ.domain.dimensions, scenario.domain.dimensions
        yield Fault(("domain",), f"is {own}D, and the scenario's is {others}D: cells pass from one to the other")
    known = [substrate.name for substrate in scenario.substrates]
    for j, substrate in enumerate(organ.substrates):
        if substrate.name not in known:
            yield Fault(("substrate", j, "name"), f"{substrate.name!r} is no substrate of the scenario")
        elif substrate.unit != scenario.substrates[known.index(substrate.name)].unit:
            yield Fault(("substrate", j, "unit"), "is another than that of the scenario's substrate")
