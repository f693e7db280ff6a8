"""One update of all that vessels do by themselves, between one computation of their blood flow and the next."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gputme.vessels.graph import Graph
from gputme.vessels.mature import mature
from gputme.vessels.migrate import migrate
from gputme.vessels.rates import Rates, Sensed, Update
from gputme.vessels.regress import regress
from gputme.vessels.sprout import sprout

__all__ = ["remodel"]


def remodel(graph: Graph, sensed: Sensed, rates: Rates, update: Update) -> Graph:
    """1. `mature`: radius and wall.
    2. `sprout`: new tips.
    3. `migrate`: tips go on, branch and join (`anastomose`).
    4. `regress`: what dies is taken out.

    ``sensed`` is what is around each node of ``graph``; its flow and shear stress are those last computed. Rows may
    stand in any order: the result is the same, in the order of ids."""
    graph, sensed = _in_order(graph, sensed)
    graph = mature(graph, sensed, rates, update)
    graph = sprout(graph, sensed, rates, update)
    graph = migrate(graph, sensed, rates, update)
    return regress(graph, rates, update)


def _in_order(graph: Graph, sensed: Sensed) -> tuple[Graph, Sensed]:
    order = np.argsort(graph.nodes.id)
    segments = graph.segments.those(np.argsort(graph.segments.id))
    tips = graph.tips.those(np.argsort(graph.tips.node))
    return replace(graph, nodes=graph.nodes.those(order), segments=segments, tips=tips), sensed.those(order)
