r"""Oxygen that blood carries, and loses along its way.

Blood of the discharge haematocrit H holds, at the pressure p (ml per ml; Hill's law of haemoglobin),

    C(p) = H C0 S(p) + a_plasma p,    S = (p / P50)^n / (1 + (p / P50)^n)

and loses in a segment of the length L what passes its wall, a_tissue g L (p - p_t), with g as in `walls` and p_t the
mean pressure in the tissue at its wall. With the pressure p at the segment's end for all of it,

    q C(p) + a_tissue g L p = q C_in + a_tissue g L p_t,

which has one root. Blood that comes together mixes: C_in is the mean of what enters a node, by flow. A segment is seen
to when all that bring blood to it have been, so each once. P50, n, C0 and a_plasma are those of tumorcode (Welter,
Fredrich and Rieger), a_tissue of Secomb's Green's function program.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import pow_
from gputme.model.vessels import Haemoglobin

__all__ = ["content", "oxygenated", "pressure_of"]

ROUNDS = 24  # of Newton's method within a bracket: a fixed number, so that every machine does the same
LEAST = 1e-12  # mmHg: none
HIGHEST = 1000.0  # mmHg: no blood has more


def content(pressure: np.ndarray, haematocrit: np.ndarray | float, blood: Haemoglobin) -> np.ndarray:
    """What blood holds, ml/ml, at a pressure (mmHg)."""
    p = np.maximum(np.asarray(pressure, np.float64), 0.0)
    x = pow_(p / blood.p50, blood.hill)
    return haematocrit * blood.capacity * (x / (1.0 + x)) + blood.plasma * p


def pressure_of(held: np.ndarray, haematocrit: np.ndarray | float, blood: Haemoglobin) -> np.ndarray:
    """The pressure (mmHg) at which blood holds so much."""
    held, haematocrit = np.broadcast_arrays(np.asarray(held, np.float64), np.asarray(haematocrit, np.float64))
    none = np.zeros(held.shape)
    return _root(np.ones(held.shape), held, none, none, haematocrit, blood)


def _root(
    flow: np.ndarray, enters: np.ndarray, per_mmhg: np.ndarray, outside: np.ndarray, haematocrit: np.ndarray,
    blood: Haemoglobin,
) -> np.ndarray:  # fmt: skip
    """The pressure p with flow C(p) + per_mmhg p = flow enters + per_mmhg outside: Newton's method from P50 on, halving
    where it would leave what is known of the root. Each is found for itself, whoever its neighbours are."""
    low, high, p = np.zeros(flow.shape), np.full(flow.shape, HIGHEST), np.full(flow.shape, blood.p50)
    wanted, most = flow * enters + per_mmhg * outside, haematocrit * blood.capacity
    for _ in range(ROUNDS):
        x = pow_(p / blood.p50, blood.hill)
        over = flow * (most * (x / (1.0 + x)) + blood.plasma * p) + per_mmhg * p - wanted
        low, high = np.where(over < 0, p, low), np.where(over < 0, high, p)
        slope = flow * (most * blood.hill * x / (p * (1.0 + x) ** 2) + blood.plasma) + per_mmhg
        step = p - over / np.maximum(slope, 1e-300)
        p = np.maximum(np.where((step >= low) & (step <= high), step, 0.5 * (low + high)), LEAST)
    return np.where(p <= LEAST, 0.0, p)


def oxygenated(
    a: np.ndarray, b: np.ndarray, nodes: int, flow: np.ndarray, haematocrit: np.ndarray, exchange: np.ndarray,
    outside: np.ndarray, inlet: float, blood: Haemoglobin,
) -> np.ndarray:  # fmt: skip
    """Pressure of oxygen in the blood at the end of each segment, mmHg, and in the tissue where blood stands.

    a, b: the nodes of the segments, of ``nodes``; flow from a to b, um3/min; exchange: g L, um3/min, what passes a
    segment's wall per mmHg; outside: p_t; inlet: mmHg where blood comes in.
    """
    found = np.array(outside, np.float64)
    moving = np.flatnonzero(flow)
    start, end = np.where(flow >= 0, a, b), np.where(flow >= 0, b, a)
    size = np.abs(flow)
    arriving = np.bincount(end[moving], minlength=nodes)  # segments that must be known before what leaves the node
    came, brought = np.zeros(nodes), np.zeros(nodes)  # blood, and oxygen in it
    order = moving[np.argsort(start[moving], kind="stable")]
    first = np.searchsorted(start[order], np.arange(nodes + 1))
    here = np.unique(start[moving][arriving[start[moving]] == 0])  # nodes through which blood comes in
    while here.size:
        counts = first[here + 1] - first[here]
        now = order[np.repeat(first[here] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())]
        h, node = haematocrit[now], start[now]
        fresh = came[node] == 0
        enters = np.where(fresh, content(inlet, h, blood), brought[node] / np.where(fresh, 1.0, came[node]))
        found[now] = _root(size[now], enters, blood.tissue * exchange[now], outside[now], h, blood)
        reached = end[now]
        came += np.bincount(reached, size[now], nodes)
        brought += np.bincount(reached, size[now] * content(found[now], h, blood), nodes)
        arriving -= np.bincount(reached, minlength=nodes)
        here = np.unique(reached[arriving[reached] == 0])
    return found
