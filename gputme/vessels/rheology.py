r"""How thick blood is in narrow vessels, and how it divides where they fork.

Viscosity relative to plasma (Pries & Secomb, Am J Physiol Heart Circ Physiol 289:H2657, 2005; in vitro: Pries et al.,
Am J Physiol 263:H1770, 1992), with D the diameter in um and H the discharge haematocrit:

    vitro(D, H) = 1 + (220 e^(-1.3 D) + 3.2 - 2.44 e^(-0.06 D^0.645) - 1) ((1-H)^C - 1) / (0.55^C - 1)
    C           = (0.8 + e^(-0.075 D)) (t - 1) + t,    t = 1 / (1 + 1e-11 D^12)
    vivo(D, H)  = vitro(D', H) (D / D")^4,    D' = D - 2 (Was + 0.6 Wp),    D" = D - 2 (Was + Wp (1 + 1.18 H))

where Was = 2.6 (D - 2.4) / (D + 95.2) and Wp = 1.1 (D - 2.4) / 8.1 up to D = 10.5, then 1.1 e^(-0.03 (D - 10.5)), are
the parts of the layer on the wall; both 0 below 2.4.

At a fork red cells prefer the branch with more flow (Pries et al., Microvasc Res 38:81, 1989, in the form of Pries &
Secomb 2005). With the share FQ_B of the blood that enters a branch, F the feeding vessel, h = (1 - H_F) / D_F:

    logit FQ_E = A + B logit((FQ_B - X0) / (1 - 2 X0)),    X0 = 0.964 h,    B = 1 + 6.98 h
    A = -13.29 h (D1^2 - D2^2) / (D1^2 + D2^2)

is the share of the red cells, 0 or 1 where FQ_B lies outside X0 .. 1 - X0.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import exp, log, pow_

__all__ = ["PLASMA", "red_share", "viscosity", "viscosity_in_vitro"]

PLASMA = 1.50013e-7  # mmHg min: 1.2 mPa s


def viscosity_in_vitro(diameter: np.ndarray, haematocrit: np.ndarray | float) -> np.ndarray:
    """Relative viscosity in a glass tube of the diameter (um)."""
    d = np.asarray(diameter, np.float64)
    h = np.broadcast_to(np.asarray(haematocrit, np.float64), d.shape)
    at_45 = 220.0 * exp(-1.3 * d) + 3.2 - 2.44 * exp(-0.06 * pow_(d, 0.645))
    t = 1.0 / (1.0 + 1e-11 * pow_(d, 12.0))
    c = (0.8 + exp(-0.075 * d)) * (t - 1.0) + t
    return 1.0 + (at_45 - 1.0) * (pow_(1.0 - h, c) - 1.0) / (pow_(np.full_like(d, 0.55), c) - 1.0)


def viscosity(diameter: np.ndarray, haematocrit: np.ndarray | float) -> np.ndarray:
    """Relative viscosity in a living vessel of the diameter (um)."""
    d = np.asarray(diameter, np.float64)
    above = np.maximum(d - 2.4, 0.0)
    layer = 2.6 * above / (d + 95.2)
    peak = np.where(d <= 10.5, 1.1 * above / 8.1, 1.1 * exp(-0.03 * (d - 10.5)))
    thin = d - 2.0 * (layer + 0.6 * peak)
    open_ = d - 2.0 * (layer + peak * (1.0 + 1.18 * np.asarray(haematocrit, np.float64)))
    ratio = (d / open_) * (d / open_)
    return viscosity_in_vitro(thin, haematocrit) * (ratio * ratio)


def red_share(
    share: np.ndarray, diameter: np.ndarray, other: np.ndarray, feeding: np.ndarray, haematocrit: np.ndarray
) -> np.ndarray:
    """Share of the red cells that enter a branch, from its ``share`` of the blood, its diameter, that of the other
    branch and that of the feeding vessel (um), and the discharge haematocrit of what comes."""
    share, d1, d2, feeding, h = np.broadcast_arrays(
        *(np.asarray(a, np.float64) for a in (share, diameter, other, feeding, haematocrit))
    )
    per = (1.0 - h) / feeding
    least = 0.964 * per
    a = -13.29 * per * (d1 * d1 - d2 * d2) / (d1 * d1 + d2 * d2)
    within = (share > least) & (share < 1.0 - least)
    inner = np.where(within, (share - least) / np.where(within, 1.0 - 2.0 * least, 1.0), 0.5)
    odds = a + (1.0 + 6.98 * per) * (log(inner) - log(1.0 - inner))
    return np.where(within, 1.0 / (1.0 + exp(-odds)), np.where(share <= least, 0.0, 1.0))
