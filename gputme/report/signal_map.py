"""The map of who signals to whom as a table: a row for each signal, a column for each receiver."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from gputme.model import Scenario
from gputme.report.deeds import CONTACTS, RISES, TAKES, deed
from gputme.report.edges import DEAD, Edge, Node
from gputme.report.signalling import signals

__all__ = ["Chip", "Map", "Row", "mapped"]


@dataclass(frozen=True)
class Chip:
    """One thing that a signal does to a receiver: "up" or "down", in a few words, and whether that is good for it."""

    raises: bool
    text: str
    effect: str


@dataclass
class Row:
    """A signal: who sends it (and whether that adds to it), and what it does to each receiver."""

    label: str
    node: Node | None = None
    """What carries it, None for contacts and for what cells do by themselves."""
    senders: dict[Node, bool] = field(default_factory=dict)
    cells: dict[Node, list[Chip]] = field(default_factory=dict)


@dataclass(frozen=True)
class Map:
    """What the picture shows: signals and senders from above to below, receivers from left to right."""

    rows: list[Row]
    receivers: list[Node]
    senders: list[Node]


def mapped(scenario: Scenario) -> Map:
    """Edges as rows of a table: substrates, the matrix and the membrane; then contacts; then cells by themselves."""
    edges = _seen(signals(scenario))
    order = {node: i for i, node in enumerate(_ordered(scenario, edges))}
    carriers = {node: Row(node.name, node) for node in order if _carries(node)}
    contacts: dict[tuple[str, Node], Row] = {}
    own, turning = Row("own state"), Row("change of type")
    for e in edges:
        chip, to = Chip(e.raises or e.what in RISES, deed(e), e.effect), _merged(e.target)
        if e.what in ("may turn into", "has daughters"):
            text = f"{'becomes' if e.what == 'may turn into' else 'bears'} {e.target.name}"
            _add(turning, e.source, Chip(True, text, "takes up"))
        elif e.source == e.target:
            _add(own, to, chip)
        elif _carries(e.source):
            _add(carriers[e.source], to, chip)
        elif _carries(e.target) and e.what in TAKES:
            _add(carriers[e.target], e.source, Chip(False, "takes it up", "takes up"))
        elif _carries(e.target):
            senders = carriers[e.target].senders
            senders[e.source] = senders.get(e.source, False) or e.raises
        else:
            label = CONTACTS.get(e.what) or e.through.split(",")[0] or "contact"
            _add(contacts.setdefault((label, e.source), Row(label)), to, chip)
    rows = [row for row in carriers.values() if row.cells or row.senders]
    labels = list(dict.fromkeys(label for label, _ in contacts))
    rows += sorted(_alike(contacts), key=lambda row: labels.index(row.label))
    rows += [row for row in (turning, own) if row.cells]
    receivers = sorted({node for row in rows for node in row.cells}, key=order.__getitem__)
    return Map(rows, receivers, _untangled(rows, order))


def _carries(node: Node) -> bool:
    return node.kind in ("substrate", "matrix", "membrane")


def _merged(node: Node) -> Node:
    """All dead cells share a column."""
    return DEAD if node.kind == "cells" and node.name in ("apoptotic cells", "necrotic cells") else node


def _add(row: Row, to: Node, chip: Chip) -> None:
    chips = row.cells.setdefault(to, [])
    if chip not in chips:
        chips.append(chip)


def _alike(contacts: dict[tuple[str, Node], Row]) -> list[Row]:
    """Senders whose contact does the same to the same cells share a row."""
    found: list[Row] = []
    for (label, sender), row in contacts.items():
        same = next((r for r in found if r.label == label and r.cells == row.cells), None)
        if same is None:
            found.append(row)
        (same or row).senders[sender] = True
    return found


def _ordered(scenario: Scenario, edges: Sequence[Edge]) -> list[Node]:
    """All nodes as the scenario has them: types, other cells, vessels, substrates, the matrix, the membrane."""
    kinds = ("type", "cells", "vessels", "substrate", "matrix", "membrane", "outside")
    nodes = [Node("type", t.name) for t in scenario.cell_types]
    nodes += [Node("substrate", s.name) for s in scenario.substrates]
    nodes += [_merged(node) for e in edges for node in (e.source, e.target)]
    return sorted(dict.fromkeys(nodes), key=lambda node: kinds.index(node.kind))


def _seen(edges: Sequence[Edge]) -> list[Edge]:
    """Edges without those of memories that others have followed."""
    through = {(e.target, name) for e in edges for name in e.through.split(", ")}
    kept = [e.what.removeprefix("custom:") if e.key.endswith(".memory") else "" for e in edges]
    return [e for e, name in zip(edges, kept) if not name or (e.target, name) not in through]


def _untangled(rows: Sequence[Row], order: dict[Node, int]) -> list[Node]:
    """Senders in the order of the middle of their signals: fewer lines cross."""
    places: dict[Node, list[int]] = defaultdict(list)
    for i, row in enumerate(rows):
        for sender in row.senders:
            places[sender].append(i)
    return sorted(places, key=lambda n: (sum(places[n]) / len(places[n]), order[_merged(n)]))
