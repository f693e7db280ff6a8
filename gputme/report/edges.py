"""What an edge of the map of signals says: who does what to whom, and whether that promotes it."""

from __future__ import annotations

from typing import NamedTuple

__all__ = [
    "ANY", "APOPTOTIC", "BLOOD", "DEAD", "HARMS", "LIVING", "MATRIX", "MEMBRANE", "NECROTIC", "OUTSIDE", "Edge", "Node",
    "edge",
]  # fmt: skip


class Node(NamedTuple):
    """Who signals, or what does, or is signalled to."""

    kind: str
    """"type", "substrate", "matrix", "membrane", "vessels", "cells" (of any type) or "outside"."""
    name: str


class Edge(NamedTuple):
    """One thing that one node does to another."""

    source: Node
    target: Node
    what: str
    """What it does there: a verb ("secretes", "attracts", "attacks"), or the behaviour that changes, in the words of
    rules."""
    behaviour: str
    """The behaviour's name in the vocabulary, "" for a verb."""
    raises: bool
    """Whether there is more of the behaviour with more of the source; with a verb, more of the target."""
    effect: str
    """"promotes" or "inhibits": less dying is more of a cell, so what lowers apoptosis promotes."""
    contact: bool
    """Whether the two must touch."""
    through: str
    """What stands between them: variables and derived signals, "" for none."""
    key: str
    """Where the scenario says so."""


MATRIX, MEMBRANE = Node("matrix", "matrix"), Node("membrane", "basement membrane")
BLOOD, OUTSIDE = Node("vessels", "vessels"), Node("outside", "surroundings")
LIVING, DEAD, ANY = Node("cells", "living cells"), Node("cells", "dead cells"), Node("cells", "any cell")
APOPTOTIC, NECROTIC = Node("cells", "apoptotic cells"), Node("cells", "necrotic cells")
HARMS = frozenset({"apoptosis", "necrosis", "damage_rate", "immunogenicity", "porosity"})
"""Behaviours of which more is worse for the cell, or keeps it from acting."""


def edge(
    source: Node, target: Node, what: str, raises: bool, key: str, contact: bool = False, through: str = "",
    kind: str = "",
) -> Edge:  # fmt: skip
    """An edge, with its effect; ``kind``: the behaviour that is raised or lowered, "" for a verb."""
    effect = "promotes" if raises != (kind in HARMS) else "inhibits"
    return Edge(source, target, what, kind, raises, effect, contact, through, key)
