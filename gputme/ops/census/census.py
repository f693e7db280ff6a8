r"""How many cells there are of each type and state, and sums from which their mean radius and extent follow.

    found[type] = cells by state (5);  sum of the living cells' radii;  sums of x, y, z;  sums of x^2, y^2, z^2

The sums are of whole numbers, value times ``per_um`` or ``per_um2`` (powers of two) rounded, each in two words: its
lower 32 bits, and the rest. So no order of cells or threads can be seen in them, and only they leave the device.
:mod:`gputme.census` defines the states, and makes numbers of the sums.
"""

from __future__ import annotations

import numpy as np

from gputme.columns import Death, State
from gputme.vocabulary import PHASES

__all__ = ["AGREEMENT", "MOST", "WORDS", "census", "example", "states_of"]

AGREEMENT = "exact"
GRAIN = 1  # an item is a share of the cells
WORDS = 5 + 2 * 7  # of a type
MOST = 2.0**61  # no number is larger; what is not finite counts as one of this size


def states_of(resting, cycles, slow, type, phase, death, entry):
    """The `State` of each cell, int8 (n,). resting (types, phases), cycles (types,): bool; slow (types,): the rate of
    entering the cycle up to which a cell counts as quiescent; entry (n,): its own, both 1/min."""
    at_rest = resting[type, phase] | (phase == 0) & (entry <= slow[type])
    found = np.where(at_rest, State.QUIESCENT, State.PROLIFERATING).astype(np.int8)
    found[~cycles[type]] = State.NON_CYCLING
    found[death == Death.APOPTOTIC] = State.APOPTOTIC
    found[death >= Death.NECROTIC] = State.NECROTIC
    return found


def census(
    n, parts, types, known, per_um, per_um2, resting, cycles, full, slow, type, phase, death, x, y, z, radius, entry,
    found,
):  # fmt: skip
    """Raise found (types * WORDS,). ``known``: whether entry (n,) holds the rates of entering the cycle; else each
    cell enters at its type's full rate."""
    kind = type[:n]
    rate = entry[:n].astype(np.float64) if known else full[kind]
    resting = resting[: types * PHASES].reshape(types, PHASES) != 0
    states = states_of(resting, cycles != 0, slow, kind, phase[:n], death[:n], rate)
    for t in range(types):
        mine = np.flatnonzero(kind == t)
        row = found[t * WORDS : (t + 1) * WORDS]
        row[:5] += np.bincount(states[mine], minlength=5)
        living = mine[states[mine] < State.APOPTOTIC]
        places = [v[mine].astype(np.float64) for v in (x, y, z)]
        values = [(radius[living].astype(np.float64), per_um), *((v, per_um) for v in places)]
        values += [(v * v, per_um2) for v in places]
        for k, (value, unit) in enumerate(values):
            scaled = np.fmin(MOST, np.fmax(-MOST, value * unit))
            whole = np.floor(scaled + 0.5).astype(np.int64)
            row[5 + 2 * k] += (whole & 0xFFFFFFFF).sum()
            row[6 + 2 * k] += (whole >> 32).sum()


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells of three types in all states; some rest in a phase, some enter slowly, one type does not cycle."""
    types = 3
    full = np.array([0.01, 0.0, 0.003])
    return dict(
        n=size, parts=int(rng.integers(1, 6)), types=types, known=int(rng.integers(2)), per_um=2.0**40,
        per_um2=2.0**30, resting=rng.integers(0, 2, types * PHASES).astype(np.uint8),
        cycles=np.array([1, 1, 0], np.uint8), full=full, slow=0.1 * full,
        type=rng.integers(0, types, size).astype(np.uint8), phase=rng.integers(0, PHASES, size).astype(np.uint8),
        death=rng.choice([0, 0, 0, 1, 2, 3], size).astype(np.uint8),
        **{a: (rng.choice([0, 1e-20, 1, 300], size) * rng.normal(size=size)).astype(real) for a in "xyz"},
        radius=rng.uniform(1, 20, size).astype(real), entry=rng.choice([0, 3e-4, 1e-3, 1e-2], size).astype(real),
        found=rng.integers(0, 9, types * WORDS),
    )  # fmt: skip
