r"""Blood flow in a network of vessels: Poiseuille's law in each segment, no blood lost at any node.

    q = g (p_a - p_b),    g = pi r^4 / (8 mu L),    shear stress at the wall tau = |p_a - p_b| r / (2 L)

The pressures of the nodes solve one linear system for the given pressures at ends. It is solved directly, by factors
that are the same bits on every machine (qdldl), else by SciPy. A difference of pressure below 2^-30 mmHg is what a
solver leaves of none: nothing flows then. Parts of the network that no end with a pressure reaches are left out: their
pressure is nan and nothing flows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gputme.vessels.rheology import PLASMA, red_share, viscosity

__all__ = ["Blood", "Network", "circulate", "circulating", "poiseuille", "pressures"]

LEFT = 2.0**-30  # mmHg: what a direct solver may leave of no difference of pressure at all
CIRCULATES = 60.0  # um/min, 1 um/s: blood that moves slower stands
PASSES = 60  # of flow and haematocrit in turn: a fixed number, so that every machine does the same


class Network(NamedTuple):
    """Nodes and the segments between them."""

    a: np.ndarray
    """Node that each segment begins at, int64 (segments,)."""
    b: np.ndarray
    """Node that it ends at."""
    radius: np.ndarray
    """um."""
    length: np.ndarray
    """um."""
    pressure: np.ndarray
    """Pressure given at each node (nodes,), mmHg; nan: none is."""


class Blood(NamedTuple):
    """What flows."""

    pressure: np.ndarray
    """At each node, mmHg; nan where the network hangs on no end with a pressure."""
    flow: np.ndarray
    """In each segment from a to b, um3/min."""
    haematocrit: np.ndarray
    """Discharge haematocrit of each segment; where nothing flows that of the ends."""
    shear: np.ndarray
    """Shear stress at each wall, mmHg."""

    def speed(self, network: Network) -> np.ndarray:
        """Mean speed of the blood in each segment, um/min."""
        return np.abs(self.flow) / (np.pi * network.radius * network.radius)

    def perfused(self, network: Network) -> np.ndarray:
        """Whether blood circulates in each segment: topology alone would be wrong for a tenth and more of them."""
        return circulating(self.flow, network.radius)


def circulating(flow: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Whether a flow (um3/min) through so wide a vessel (um) is more than none."""
    return np.abs(flow) >= CIRCULATES * (np.pi * radius * radius)


def poiseuille(network: Network, relative: np.ndarray, plasma: float = PLASMA) -> np.ndarray:
    """Conductance of each segment, um3/min/mmHg, at a viscosity ``relative`` to that of plasma (mmHg min)."""
    r2 = network.radius * network.radius
    return np.pi * (r2 * r2) / (8.0 * plasma * relative * network.length)


def pressures(network: Network, conductance: np.ndarray) -> np.ndarray:
    """Pressure of each node, mmHg; nan where it hangs on no end with a pressure."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count, given = len(network.pressure), ~np.isnan(network.pressure)
    a, b, g = network.a, network.b, conductance
    _, part = connected_components(coo_array((np.ones(len(a)), (a, b)), (count, count)), directed=False)
    driven = np.isin(part, part[given])
    free = np.flatnonzero(driven & ~given)
    p = np.where(given, network.pressure, np.nan)
    if free.size:
        g = g / np.median(g[driven[a]])
        row = np.full(count, -1)
        row[free] = np.arange(free.size)
        diagonal, right = np.zeros(free.size), np.zeros(free.size)
        for here, there in ((a, b), (b, a)):  # bincount adds in the order of the segments
            mine = row[here] >= 0
            diagonal += np.bincount(row[here[mine]], g[mine], free.size)
            fed = mine & given[there]
            right += np.bincount(row[here[fed]], g[fed] * network.pressure[there[fed]], free.size)
        inner = (row[a] >= 0) & (row[b] >= 0) & (a != b)
        low, high = np.minimum(row[a], row[b])[inner], np.maximum(row[a], row[b])[inner]
        each = np.arange(free.size)
        values, rows, columns = np.r_[-g[inner], diagonal], np.r_[low, each], np.r_[high, each]
        upper = coo_array((values, (rows, columns)), (free.size, free.size)).tocsc()
        p[free] = _solve(upper, right)
    return p


def _solve(upper, right: np.ndarray) -> np.ndarray:
    """Of a symmetric positive definite matrix, given by its upper triangle."""
    try:
        import qdldl
    except ImportError:
        from scipy.sparse import triu
        from scipy.sparse.linalg import spsolve

        return np.atleast_1d(spsolve((upper + triu(upper, 1).T).tocsc(), right))
    from scipy.sparse import csc_matrix

    return qdldl.Solver(csc_matrix(upper), upper=True).solve(right)


def circulate(
    network: Network, inlet: float = 0.45, separates: bool = False, plasma: float = PLASMA, thick: float | None = None
) -> Blood:
    """The flow of blood of the haematocrit ``inlet``; where it ``separates``, red cells divide unevenly at forks and
    viscosity follows, in a fixed number of passes, each halfway from the one before. ``thick``: a relative viscosity
    of all segments, instead of Pries's."""
    haematocrit = np.full(len(network.a), float(inlet))
    for _ in range(PASSES if separates and thick is None else 1):
        relative = viscosity(2.0 * network.radius, haematocrit) if thick is None else np.full(len(network.a), thick)
        conductance = poiseuille(network, relative, plasma)
        pressure = pressures(network, conductance)
        drop = pressure[network.a] - pressure[network.b]
        drop = np.where(np.abs(drop) >= LEFT, drop, 0.0)  # nan: 0
        flow = conductance * drop
        if separates:
            order = np.lexsort((np.arange(len(pressure)), -np.nan_to_num(pressure, nan=-np.inf)))
            haematocrit = 0.5 * (haematocrit + divided(network, flow, order, inlet))
    return Blood(pressure, flow, haematocrit, np.abs(drop) * network.radius / (2.0 * network.length))


def divided(network: Network, flow: np.ndarray, order: np.ndarray, inlet: float) -> np.ndarray:
    """Haematocrit of each segment, from the nodes of highest pressure on: mixed where vessels join, divided by
    `red_share` where they fork, one branch after the other where there are more than two."""
    found = np.full(len(flow), float(inlet))
    start = np.where(flow >= 0, network.a, network.b)
    end = np.where(flow >= 0, network.b, network.a)
    size, diameter, moving = np.abs(flow), 2.0 * network.radius, np.flatnonzero(flow)
    leaving: dict[int, list[int]] = {}
    coming: dict[int, list[int]] = {}
    for s in moving[np.lexsort((moving, -size[moving]))].tolist():  # the largest first
        leaving.setdefault(int(start[s]), []).append(s)
        coming.setdefault(int(end[s]), []).append(s)
    for node in order.tolist():
        out, into = leaving.get(node, []), coming.get(node, [])
        if not out or not into:
            continue
        blood = sum(size[s] for s in into)
        h, feeding = sum(size[s] * found[s] for s in into) / blood, diameter[into[0]]
        left = sum(size[s] for s in out)
        red = left * h  # what the branches to come still get
        for s, other in zip(out, out[1:]):
            taken = red * float(red_share(size[s] / left, diameter[s], diameter[other], feeding, h))
            found[s] = taken / size[s]
            left, red = left - size[s], red - taken
        found[out[-1]] = red / size[out[-1]]
    return found
