r"""Vessels change where they are: a tumour strips and widens them, tissue squeezes them, without VEGF walls recover.

    d(wall)/dt = -k_loss                    in a tumour, where V >= V_low, down to 0
    d(wall)/dt = k_gain (w(r) - wall)       where V < V_low, while it is thinner than w(r)
    d(rest)/dt = k rest                     in a tumour, where V >= V_low and blood flows, up to r_max
    radius     = rest (1 - (1 - f) min(P, 1))

w(r) in `lining`, rest the radius where no tissue presses with a pressure P; all exact over any period. A segment senses
the mean of its two nodes, and is in a tumour where both are.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gputme.maths import exp
from gputme.vessels.graph import Graph
from gputme.vessels.lining import thickness
from gputme.vessels.rates import Rates, Sensed, Update

__all__ = ["mature"]


def mature(graph: Graph, sensed: Sensed, rates: Rates, update: Update) -> Graph:
    """Radius and wall of each segment at the end of the update, by the blood that flows in it now."""
    s, (a, b) = graph.segments, graph.ends()
    perfused, tumour = s.perfused, sensed.tumour[a] & sensed.tumour[b]
    called = 0.5 * (sensed.vegf[a] + sensed.vegf[b]) >= rates.low
    wider = np.minimum(s.rest * exp(rates.dilation * update.minutes), rates.widest)
    rest = np.where(tumour & called & perfused, np.maximum(s.rest, wider), s.rest)
    grown = thickness(rest)
    lacks = np.maximum(grown - s.wall, 0.0) * (1.0 - exp(-rates.wall_gain * update.minutes))
    wall = np.where(called, s.wall - np.where(tumour, rates.wall_loss * update.minutes, 0.0), s.wall + lacks)
    pressed = np.clip(0.5 * (sensed.pressure[a] + sensed.pressure[b]), 0.0, 1.0)
    segments = s.having(
        rest=rest, wall=np.maximum(wall, 0.0), radius=rest * (1.0 - (1.0 - rates.squeezed) * pressed),
        sprout=np.where(perfused, -1, s.sprout),
        inside=np.where(tumour, np.where(s.inside < 0, update.start, s.inside), -1),
    )  # fmt: skip
    return replace(graph, segments=segments)
