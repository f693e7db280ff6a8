r"""Vessels go: those without wall through which little blood flows, and sprouts through which none does.

    chance that a vessel collapses = 1 - exp(-k dt)    where wall <= 0 and tau < tau_c

A sprout ends whole, with its branches and tips, when it has lived its time; so does a tip whose sprout has.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gputme.columns import TICKS
from gputme.maths import exp
from gputme.vessels.graph import Graph
from gputme.vessels.rates import Draw, Rates, Update

__all__ = ["regress"]


def regress(graph: Graph, rates: Rates, update: Update) -> Graph:
    """What stays at the end of the update, without moving it: segments, the nodes that they need, tips at these."""
    nodes, s, tips = graph.nodes, graph.segments, graph.tips
    sprout, life = s.sprout >= 0, rates.life * TICKS
    weak = ~sprout & (s.wall <= 0) & (s.shear < rates.shear)
    weak[weak] = update.uniform(s.id[weak], Draw.COLLAPSE) < 1.0 - exp(-rates.collapse * update.minutes)
    segments = s.those(~weak & ~(sprout & (update.end - s.sprout >= life)))
    needed = np.isin(nodes.id, np.concatenate([segments.a, segments.b]))
    nodes = nodes.those(needed)
    tips = tips.those(np.isin(tips.node, nodes.id) & (update.end - tips.born < life))
    return replace(graph, nodes=nodes, segments=segments, tips=tips)
