r"""How thick the wall of a vessel is, how mature, and how leaky.

    w(r) = 0.65 D - 0.2 D log10 D,    D = 2 r                thickness of a grown vessel's wall, all in um
    m    = min(1, wall / w(r))                               maturity
    1/P  = max(1 / P_t, (wall / w(5 um)) / P_n),    times 1 + V / V_half for the growth factor V

with P_n the permeability of a grown wall and P_t that of none (Welter & Rieger, PLoS ONE 8:e70395, 2013, for wall and
permeability; that VEGF opens walls: a design choice of this form).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gputme.maths import log

__all__ = ["hydraulic", "maturity", "permeability", "thickness"]

LOG10 = 2.302585092994046


def thickness(radius: np.ndarray | float) -> np.ndarray:
    """Of the wall of a grown vessel of the radius, um; both in um."""
    diameter = 2.0 * np.asarray(radius, np.float64)
    large = np.maximum(diameter, 1e-3)  # the logarithm of 0
    return 0.65 * diameter - 0.2 * diameter * (log(large) / LOG10)


def maturity(rest: np.ndarray, wall: np.ndarray) -> np.ndarray:
    """1: the wall is that of a grown vessel; 0: there is none."""
    return np.minimum(wall / thickness(rest), 1.0)


def permeability(
    wall: np.ndarray, grown: float, naked: float, vegf: np.ndarray | float = 0.0, half: float = 0.5
) -> np.ndarray:
    """Of walls of the thickness ``wall`` (um), in the unit of that of a ``grown`` and of a ``naked`` capillary; the
    growth factor and its ``half`` in the same unit."""
    if not naked:
        return np.zeros_like(wall)
    tight = wall / thickness(5.0) / grown if grown else np.where(wall > 0, np.inf, 0.0)
    closed = 1.0 / np.maximum(1.0 / naked, tight)
    return closed * (1.0 + np.asarray(vegf, np.float64) / half)


def hydraulic(segments: Any, leak: Any, half: float) -> np.ndarray:
    """Conductivity of the walls of segments for plasma, um/mmHg/min, as ``vessels.leak`` has it of grown and of naked
    ones; ``half`` of the growth factor as in `permeability`."""
    naked = max(leak.naked, leak.conductivity)
    return permeability(segments.wall, leak.conductivity, naked, segments.vegf, half)
