r"""Volumes of the cells over one step.

Fluid F, solids of nucleus N and cytoplasm C (um3) and the calcified fraction k relax (Macklin et al., J Theor
Biol 301:122, 2012; the volume model of PhysiCell, Ghaffarizadeh et al., PLoS Comput Biol 14:e1005991, 2018),

    dN/dt = r_N (T - N),   dC/dt = r_C (\gamma T - C),   dF/dt = r_F (f (F + N + C) - F),   dk/dt = r_k (1 -
    k),

with the target T of the nuclear solids, the ratio \gamma of cytoplasm to nucleus and the fluid fraction f;
rates and f depend on the type and on the state (alive, apoptotic, necrotic, lysed). A linear system: over a
step of any length it is solved exactly by ten coefficients per type and state (:func:`relaxation`), in
double precision. fp32 columns are rounded stochastically, so that slow relaxations do not stall. A necrotic
cell above its rupture volume is lysed from the next step on. Radius: that of the sphere of volume F + N +
C.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import cbrt, exp, flush
from gputme.ops._dither import dither, mix

__all__ = ["AGREEMENT", "example", "relaxation", "volume"]

AGREEMENT = "bitwise"
STATES, COEFFICIENTS = 4, 10


def volume(
    n,
    types,
    tick,
    relax,
    id,
    type,
    nuclear_target,
    rupture,
    death,
    fluid,
    nuclear,
    cytoplasmic,
    calcified,
    radius,
):
    """Advance all volumes by one step; lyse what bursts; set the radius. Columns (n,), relax from
    `relaxation`."""
    c = relax.reshape(types * STATES, COEFFICIENTS)[type[:n].astype(np.int64) * STATES + death[:n]].T
    f, s, p, t = (a[:n].astype(np.float64) for a in (fluid, nuclear, cytoplasmic, nuclear_target))
    bits, real = mix(tick, id[:n]), fluid.dtype
    fluid[:n] = flush(dither(c[0] * f + c[1] * s + c[2] * p + c[3] * t, bits, 0, real))
    nuclear[:n] = flush(dither(c[4] * s + c[5] * t, bits, 16, real))
    cytoplasmic[:n] = flush(dither(c[6] * p + c[7] * t, bits, 32, real))
    calcified[:n] = flush(dither(c[8] * calcified[:n].astype(np.float64) + c[9], bits, 48, real))
    v = fluid[:n].astype(np.float64) + nuclear[:n] + cytoplasmic[:n]
    death[:n][(death[:n] == 2) & (v > rupture[:n])] = 3
    radius[:n] = cbrt(v * 0.23873241463784300365).astype(real)


def relaxation(
    dt: float,
    fluid_rate: float,
    nuclear_rate: float,
    cytoplasm_rate: float,
    calcification_rate: float,
    fluid_fraction: float,
    cytoplasm_to_nucleus: float,
) -> np.ndarray:
    """The ten coefficients of one type and state over dt minutes; rates in 1/min. Float64, by our own
    exponential.

    F <- (0) F + (1) N + (2) C + (3) T,  N <- (4) N + (5) T,  C <- (6) C + (7) T,  k <- (8) k + (9).
    """  # fmt: skip
    a = fluid_rate * (1 - fluid_fraction)
    pull = fluid_rate * fluid_fraction
    from_nucleus, from_cytoplasm = _both(a, nuclear_rate, dt), _both(a, cytoplasm_rate, dt)
    ratio = cytoplasm_to_nucleus
    of_target = (1 + ratio) * _both(a, 0.0, dt) - from_nucleus - ratio * from_cytoplasm
    stay = [1 - _lost(r, dt) for r in (a, nuclear_rate, cytoplasm_rate, calcification_rate)]
    return np.array([
        stay[0], pull * from_nucleus, pull * from_cytoplasm, pull * of_target, stay[1],
        _lost(nuclear_rate, dt), stay[2], ratio * _lost(cytoplasm_rate, dt), stay[3],
        _lost(calcification_rate, dt),
    ])  # fmt: skip


def _lost(rate: float, dt: float) -> float:
    """1 - exp(-rate dt), without cancellation for small rates."""
    x = rate * dt
    if x > 0.1:
        return 1.0 - float(exp(-x))
    total, term = 0.0, 1.0
    for k in range(1, 12):  # 0.1^12 / 12! lies below the last bit
        term *= -x / k
        total -= term
    return total


def _both(p: float, q: float, dt: float) -> float:
    """Integral over 0 <= s <= dt of exp(-p (dt - s)) exp(-q s): two relaxations in a row."""
    fast, slow = max(p, q), min(p, q)
    gap = fast - slow
    spread = _lost(gap, dt) / gap if gap > 0 else dt
    return float(exp(-slow * dt)) * spread


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells of two types in every state."""
    n, types = size, 2
    relax = [
        relaxation(1.0, 0.05, 0.0055, rate, 7e-5 * (state > 0), min(1.0, 0.5 * state), 3.6)
        for rate in (0.0045, 0.02)
        for state in range(STATES)
    ]
    sizes = {
        name: rng.uniform(1, 2000, n).astype(real) for name in ("fluid", "nuclear", "cytoplasmic", "rupture")
    }
    return dict(
        n=n, types=types, tick=int(rng.integers(0, 2**40)), relax=np.concatenate(relax),
        id=rng.integers(1, 2**63, n).astype(np.uint64), type=rng.integers(0, types, n).astype(np.uint8),
        nuclear_target=rng.choice([0, 135, 270], n).astype(real), rupture=sizes["rupture"],
        death=rng.integers(0, 4, n).astype(np.uint8), fluid=sizes["fluid"], nuclear=sizes["nuclear"],
        cytoplasmic=sizes["cytoplasmic"], calcified=rng.uniform(0, 1, n).astype(real),
        radius=np.zeros(n, real),
    )  # fmt: skip
