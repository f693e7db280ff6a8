"""Where cells come out of the capillaries of a tissue: at the wall of a segment in which blood flows, drawn by length;
where no blood flows, anywhere. What came with lymph comes out where lymph vessels lie, drawn by their conductance, else
anywhere. Those of a cluster lie side by side around that place, by golden angles."""

from __future__ import annotations

from typing import Any

import numpy as np

from gputme.cascade import draws
from gputme.cascade.lymph import drained_by
from gputme.maths import cbrt, sincos_turn
from gputme.model.domain import Domain
from gputme.state import Tissue
from gputme.state.circulation import Unit
from gputme.vessels.walls import GOLDEN, on_wall

__all__ = ["places"]

APART = 1.9  # radii of a cell between neighbours of a cluster


def places(tissue: Tissue, scenario: Any, tick: int, unit: Unit) -> np.ndarray:
    """Places (n, 3) of its cells, um, relative to the domain's centre, which may lie beyond its walls."""
    domain, u = scenario.domain, draws.numbers(scenario.seed, tick, unit.name, draws.PLACE)
    first = _by_lymph(scenario, domain, u) if unit.lymph else _by_blood(tissue, domain, u)
    radius = max(float(of["radius"]) for of in unit.cells.values())
    offsets = _around(len(unit), domain.dimensions == 2)
    return first + APART * radius * offsets


def _by_lymph(scenario: Any, domain: Domain, u: tuple[float, ...]) -> np.ndarray:
    vessels = drained_by(scenario)
    if vessels is None:
        return _anywhere(domain, u)
    along = np.cumsum(vessels.ravel())
    voxel = min(int(np.searchsorted(along, u[0] * along[-1], side="right")), int(np.flatnonzero(vessels)[-1]))
    z, y, x = np.unravel_index(voxel, vessels.shape)
    box = domain.centred
    found = np.array(box.lower) + np.array(box.spacing) * (np.array([x, y, z]) + np.array(u[1:]))
    return found * (1, 1, domain.dimensions > 2)


def _anywhere(domain: Domain, u: tuple[float, ...]) -> np.ndarray:
    low, high = np.array(domain.centred.lower), np.array(domain.centred.upper)
    return (low + (high - low) * np.array(u[:3])) * (1, 1, domain.dimensions > 2)


def _by_blood(tissue: Tissue, domain: Domain, u: tuple[float, ...]) -> np.ndarray:
    graph = tissue.vessels
    if graph is None or not graph.segments.perfused.any():
        return _anywhere(domain, u)
    rows = np.flatnonzero(graph.segments.perfused)
    along = np.cumsum(graph.lengths()[rows])
    k = rows[min(int(np.searchsorted(along, u[0] * along[-1], side="right")), len(rows) - 1)]
    nodes, (a, b) = graph.nodes.xyz.T - np.array(domain.centre), graph.ends()
    start, end = nodes[a[k]], nodes[b[k]]
    radius = graph.segments.radius[k : k + 1]
    found = on_wall(start[None], (end - start)[None], radius, np.array([u[1]]), np.array([u[2]]))[0]
    return found * (1, 1, domain.dimensions > 2)


def _around(n: int, flat: bool) -> np.ndarray:
    """n places (n, 3) around the origin, at a distance of about 1 from their neighbours; the first is the origin."""
    k = np.arange(n)
    sine, cosine = sincos_turn(k * GOLDEN % 1.0)
    if flat:
        far = 0.65 * np.sqrt(k)
        return np.stack([far * cosine, far * sine, np.zeros(n)], axis=1)
    height = 1.0 - 2.0 * ((k * 0.7548776662466927) % 1.0)  # of the plastic number: even in every beginning
    across, far = np.sqrt(1.0 - height * height), 1.1 * cbrt(k.astype(np.float64))
    return far[:, None] * np.stack([across * cosine, across * sine, height], axis=1)
