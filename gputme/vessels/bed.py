"""Beds of vessels to begin with: networks in which up to three vessels meet, with inlets at the lower end of x and
outlets at the upper. In a plane a honeycomb; in space capillaries side by side, as in muscle, with bridges.

Pressures of inlets and outlets are those of Owen et al., Cancer Res 71:2826, 2011; lengths are choices of this design.
"""

from __future__ import annotations

import numpy as np

from gputme.rng import Stream, random_words, uniform
from gputme.vessels.around import close
from gputme.vessels.graph import Graph
from gputme.vessels.rates import STEP, Draw

__all__ = ["capillaries", "honeycomb"]


def honeycomb(
    lower: np.ndarray, upper: np.ndarray, edge: float = 200.0, radius: float = 5.0, inlet: float = 25.0,
    outlet: float = 15.0,
) -> Graph:  # fmt: skip
    """In the plane of a box between two corners, of vessels ``edge`` long, all in um; pressures in mmHg."""
    lower, upper = np.asarray(lower, np.float64), np.asarray(upper, np.float64)
    wide, high = 3.0 * edge, np.sqrt(3.0) * edge
    many = np.ceil((upper - lower)[:2] / (wide, high)).astype(int) + 2
    i, j = (k.ravel() for k in np.meshgrid(np.arange(-1, many[0]), np.arange(-1, many[1]), indexing="ij"))
    x = np.concatenate([wide * i + edge * at for at in (0.0, 1.0, 1.5, 2.5)]) - 0.5 * edge
    y = np.concatenate([high * (j + at) for at in (0.25, 0.25, 0.75, 0.75)])
    xyz = lower[:, None] + np.stack([x, y, np.zeros_like(x)])
    return _divided(*_within(xyz, *_edges(xyz, edge), lower, upper, inlet, outlet), radius)


def capillaries(
    lower: np.ndarray, upper: np.ndarray, spacing: float = 125.0, apart: float = 200.0, radius: float = 5.0,
    inlet: float = 25.0, outlet: float = 15.0, seed: int = 0,
) -> Graph:  # fmt: skip
    """In a box between two corners, um: vessels along x in a square pattern, ``spacing`` um from each other, each with
    forks that are on the mean ``apart`` um from each other, at least half of that, from which bridges go to its
    neighbours in turn; pressures in mmHg. A mm3 has about 83 mm of vessel, with blood at 0.4 mm/s on the mean."""
    lower, upper = np.asarray(lower, np.float64), np.asarray(upper, np.float64)
    levels, ny, nz = np.maximum(((upper - lower) / (apart, spacing, spacing)).astype(np.int64), 1)
    i, j, k = (n.ravel() for n in np.meshgrid(np.arange(ny), np.arange(nz), np.arange(levels), indexing="ij"))
    fork, vessels = np.arange(len(i)), np.arange(ny * nz)
    word = random_words(seed, 0, fork, Stream.VESSEL, int(Draw.BED))[0]
    share = np.stack([(k + 0.25 + 0.5 * uniform(word)) / levels, (i + 0.5) / ny, (j + 0.5) / nz])
    forks = lower[:, None] + share * (upper - lower)[:, None]
    ports = [np.concatenate([[[x] * len(vessels)], forks[1:, ::levels]]) for x in (lower[0], upper[0])]
    to_y = k % 2 == 0
    place, most = np.where(to_y, i, j), np.where(to_y, ny, nz)
    bridged = (place % 2 == k // 2 % 2) & (place + 1 < most)
    partner = fork + np.where(to_y, nz * levels, levels)
    first, last, inlets = vessels * levels, (vessels + 1) * levels - 1, len(fork) + vessels
    a = np.concatenate([inlets, last, fork[k < levels - 1], fork[bridged]])
    b = np.concatenate([first, inlets + len(vessels), fork[k < levels - 1] + 1, partner[bridged]])
    held = np.repeat([np.nan, inlet, outlet], [len(fork), len(vessels), len(vessels)])
    return _divided(np.concatenate([forks, *ports], axis=1), a, b, held, radius)


def _edges(xyz: np.ndarray, edge: float) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of places that are an edge apart, the lower first."""
    i, j, _ = close(xyz, xyz, 1.01 * edge)
    a, b = i[i < j], j[i < j]
    order = np.lexsort((b, a))
    return a[order], b[order]


def _within(
    xyz: np.ndarray, a: np.ndarray, b: np.ndarray, lower: np.ndarray, upper: np.ndarray, inlet: float, outlet: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The part of a lattice within a box, cut off where it leaves through the ends of x, without what leads nowhere:
    where its nodes lie, the ends of its edges, and pressures."""
    deep = upper > lower  # not so the z of a plane
    inside = ((xyz > lower[:, None]) & (xyz < upper[:, None]))[deep].all(axis=0)
    held = np.full(xyz.shape[1], np.nan)
    both, cut = inside[a] & inside[b], inside[a] != inside[b]
    near, far = np.where(inside[a], a, b)[cut], np.where(inside[a], b, a)[cut]
    low = xyz[0, far] <= lower[0]
    face = np.where(low, lower[0], upper[0])
    through = low | (xyz[0, far] >= upper[0])
    along = xyz[:, far] - xyz[:, near]
    at = xyz[:, near] + (face - xyz[0, near]) / np.where(through, along[0], 1.0) * along
    at[0] = face
    through &= ((at >= lower[:, None]) & (at <= upper[:, None])).all(axis=0)
    ports = len(held) + np.arange(through.sum())
    xyz = np.concatenate([xyz, at[:, through]], axis=1)
    held = np.concatenate([held, np.where(low, inlet, outlet)[through]])
    a, b = np.concatenate([a[both], near[through]]), np.concatenate([b[both], ports])
    while True:  # what hangs at one end only
        degree = np.bincount(np.concatenate([a, b]), minlength=len(held))
        stays = ((degree > 1) | ~np.isnan(held))[[a, b]].all(axis=0) & _driven(a, b, held, inlet, outlet)[a]
        if stays.all():
            break
        a, b = a[stays], b[stays]
    return xyz, a, b, held


def _driven(a: np.ndarray, b: np.ndarray, held: np.ndarray, inlet: float, outlet: float) -> np.ndarray:
    """Nodes of parts that have both an inlet and an outlet."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    _, part = connected_components(coo_array((np.ones(len(a)), (a, b)), [len(held)] * 2), directed=False)
    return np.isin(part, part[held == inlet]) & np.isin(part, part[held == outlet])


def _divided(xyz: np.ndarray, a: np.ndarray, b: np.ndarray, held: np.ndarray, radius: float) -> Graph:
    """Edges as segments of equal length, at most 10 um; ids of lattice nodes first, then along each edge."""
    used = np.unique(np.concatenate([a, b]))
    a, b, xyz, held = np.searchsorted(used, a), np.searchsorted(used, b), xyz[:, used], held[used]
    along = xyz[:, b] - xyz[:, a]
    many = np.maximum(np.ceil(np.sqrt((along * along).sum(axis=0)) / STEP), 1).astype(np.int64)
    edge = np.repeat(np.arange(len(a)), many)
    k = np.arange(len(edge)) - np.repeat(np.cumsum(many) - many, many)
    last = k == many[edge] - 1
    inner = len(held) + np.cumsum(~last) - 1  # the node at which a segment ends, unless it is the last of its edge
    end = np.where(last, b[edge], inner)
    start = np.where(k == 0, a[edge], np.concatenate([[0], inner[:-1]]))
    new = xyz[:, a[edge]] + (k + 1) / many[edge] * along[:, edge]
    held = np.concatenate([held, np.full((~last).sum(), np.nan)])
    return Graph.begun(np.concatenate([xyz, new[:, ~last]], axis=1).T, held, start, end, np.full(len(start), radius))
