r"""Volumes of the cells up to a step's end, each from its own last event on.

Fluid F, solids of nucleus N and cytoplasm C (um3) and the calcified fraction k relax (Macklin et al., J Theor
Biol 301:122, 2012; the volume model of PhysiCell, Ghaffarizadeh et al., PLoS Comput Biol 14:e1005991, 2018),

    dN/dt = r_N (T - N),   dC/dt = r_C (\gamma T - C),   dF/dt = r_F (f (F + N + C) - F),   dk/dt = r_k (1 -
    k),

with the target T of the nuclear solids, the ratio \gamma of cytoplasm to nucleus and the fluid fraction f;
rates and f depend on the type and on the state (alive, apoptotic, necrotic, lysed). Solved exactly over any time
(:mod:`gputme.ops.fate._relax`), so nothing here depends on the step:

* ``fate`` leaves a cell's volumes as they are at its last event, ``phase_start`` (``carried``, which is passed
  instead, where cells switch within a phase); from then on, or from the step's start, they relax at the rates of what
  the cell has become. Most cells have had no event: for the whole step the coefficients come from a table.
* A necrotic cell is lysed at the first tick at which it is larger than its rupture volume, found by halving.

Volumes are rounded once, fp32 stochastically, so that slow relaxations do not stall. Radius: that of the sphere of
volume F + N + C.
"""

from __future__ import annotations

import numpy as np

from gputme.columns import Death
from gputme.ops.fate._relax import COEFFICIENTS, RATES, STATES, advance, over, radius_of, relaxation, settle, total

__all__ = ["AGREEMENT", "example", "volume"]

AGREEMENT = "bitwise"
GRAIN = 128


def volume(
    n, types, tick, end, necrosis, calcification, relax, rates, id, type, phase_start, nuclear_target, rupture, death,
    fluid, nuclear, cytoplasmic, calcified, radius,
):  # fmt: skip
    """Advance all volumes to ``end``; lyse what bursts; set the radius. Columns (n,); ``relax``: coefficients of the
    whole step, (types * 4 * 10,); ``rates``: (types * 4 * 6,). ``necrosis``, ``calcification``: whether cells have a
    volume of rupture (else none is necrotic), and a calcified fraction; else these columns are empty."""
    rupture = rupture if necrosis else np.full(n, np.inf, fluid.dtype)
    calcified = calcified if calcification else np.zeros(n, fluid.dtype)
    row, rates = type[:n].astype(np.int64) * STATES + death[:n], rates.reshape(types * STATES, RATES)
    columns = (fluid, nuclear, cytoplasmic, calcified)
    start, target = np.array([c[:n] for c in columns], np.float64), nuclear_target[:n].astype(np.float64)
    since = np.maximum(tick, phase_start[:n])
    now = advance(relax.reshape(types * STATES, COEFFICIENTS)[row].T, start, target)
    late = np.flatnonzero(since > tick)
    if len(late):
        now[:, late] = advance(over(end - since[late], rates[row[late]]), start[:, late], target[late])

    bursts = np.flatnonzero((death[:n] == Death.NECROTIC) & (total(now) > rupture[:n]))
    if len(bursts):
        before, aim, swelling = start[:, bursts], target[bursts], rates[row[bursts]]
        high = end - since[bursts]
        low = np.zeros_like(high)
        while (open_ := high - low > 1).any():
            middle = (low + high) // 2
            large = total(advance(over(middle, swelling), before, aim)) > rupture[bursts]
            low, high = np.where(open_ & ~large, middle, low), np.where(open_ & large, middle, high)
        burst = advance(over(high, swelling), before, aim)
        now[:, bursts] = advance(over(end - since[bursts] - high, rates[row[bursts] + 1]), burst, aim)
        death[bursts] = Death.LYSED

    for column, values in zip(columns, settle(now, since, id[:n], fluid.dtype)):
        column[:n] = values
    radius[:n] = radius_of(fluid[:n].astype(np.float64) + nuclear[:n] + cytoplasmic[:n]).astype(radius.dtype)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells of two types in every state; some had an event in the step, some burst in it."""
    n, types, tick = size, 2, int(rng.integers(0, 2**40))
    end = tick + int(rng.choice([1, 512, 1024, 6 * 1024]))
    rates = np.array([
        [0.05, 0.0055, rate, 7e-5 * (state > 0), min(1.0, 0.5 * state), 3.6]
        for rate in (0.0045, 0.02)
        for state in range(STATES)
    ])  # fmt: skip
    sizes = {name: rng.uniform(1, 2000, n).astype(real) for name in ("fluid", "nuclear", "cytoplasmic")}
    return dict(
        n=n, types=types, tick=tick, end=end, necrosis=1, calcification=1,
        relax=relaxation((end - tick) / 1024, *rates.T).T.ravel(), rates=rates.ravel(),
        id=rng.integers(1, 2**63, n).astype(np.uint64),
        type=rng.integers(0, types, n).astype(np.uint8),
        phase_start=np.where(rng.random(n) < 0.01, rng.integers(tick, end + 1, n), tick - rng.integers(0, 9000, n)),
        nuclear_target=rng.choice([0, 135, 270], n).astype(real),
        rupture=(sum(sizes.values()) * rng.uniform(0.999, 2, n)).astype(real),
        death=rng.choice([0, 0, 0, 1, 2, 3], n).astype(np.uint8), **sizes, calcified=rng.uniform(0, 1, n).astype(real),
        radius=np.zeros(n, real),
    )  # fmt: skip
