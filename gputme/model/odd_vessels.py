"""What is odd of vessels that are valid: too wide, without a drop of pressure, crossing without a shared point."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gputme.model.laying import Layout
from gputme.model.scenario import Scenario
from gputme.model.vascular import layout, written

__all__ = ["odd_vessels"]

TOUCH = 0.01  # um: axes that come so near to each other meet


def odd_vessels(scenario: Scenario) -> Iterator[str]:
    """A sentence for each. Beds have none of it but equal pressures: they are made, and lie apart."""
    given = scenario.vessels
    if given is None:
        return
    if given.bed and given.bed.inlet == given.bed.outlet:
        yield f"vessels.bed: no blood flows: inlet and outlet are both {given.bed.inlet:g} mmHg"
    made = layout(scenario)
    if not len(made.a):
        return
    held = made.held[~np.isnan(made.held)]
    if not len(held) and not given.bed:
        yield "vessels: no blood flows: no end has a pressure (inlet, outlet)"
    elif len(held) and np.ptp(held) == 0:
        yield f"vessels: no blood flows: all ends with a pressure have {held[0]:g} mmHg"
    side, k = min(scenario.domain.size), int(made.radius.argmax())
    if 2 * made.radius[k] > side:
        wide = f"vessels: the one at {_middle(made, k, scenario)} um is {2 * made.radius[k]:g} um wide"
        yield f"{wide}, and the domain {side:g} um"
    places = crossings(made)
    if len(places):
        where = written(places[0, : scenario.domain.dimensions])
        where += f" um, one of {len(places)} such places" if len(places) > 1 else " um"
        yield f"vessels: two cross near {where}, without a shared point, so they are not joined"


def crossings(made: Layout) -> np.ndarray:
    """Where axes of segments meet that share no node, (places, 3), to 1 um."""
    from scipy.spatial import KDTree

    start, along = made.xyz[made.a], made.xyz[made.b] - made.xyz[made.a]
    length = np.sqrt((along * along).sum(axis=1))
    near = KDTree(start + along / 2).query_pairs(float(length.max()) + TOUCH, output_type="ndarray")
    i, j = near[np.lexsort(near.T[::-1])].T
    ends = [end[k] for end in (made.a, made.b) for k in (i, j)]
    apart = (ends[0] != ends[1]) & (ends[0] != ends[3]) & (ends[2] != ends[1]) & (ends[2] != ends[3])
    i, j = i[apart], j[apart]
    far, at = _closest(start[i], along[i], start[j], along[j])
    return np.unique(np.rint(at[far <= TOUCH]) + 0.0, axis=0)


def _closest(p: np.ndarray, u: np.ndarray, q: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How near the segments p + s u and q + t v, all (n, 3), s and t from 0 to 1, come to each other, and where on the
    first."""
    r = p - q
    uu, vv, uv = ((a * b).sum(axis=1) for a, b in ((u, u), (v, v), (u, v)))
    ur, vr = ((a * r).sum(axis=1) for a in (u, v))
    turned = uu * vv - uv * uv
    s = np.where(turned > 1e-12 * uu * vv, (uv * vr - ur * vv) / np.where(turned > 0, turned, 1.0), 0.0)
    t = np.clip((uv * np.clip(s, 0.0, 1.0) + vr) / vv, 0.0, 1.0)
    s = np.clip((uv * t - ur) / uu, 0.0, 1.0)
    away = r + s[:, None] * u - t[:, None] * v
    return np.sqrt((away * away).sum(axis=1)), p + s[:, None] * u


def _middle(made: Layout, k: int, scenario: Scenario) -> str:
    return written((made.xyz[made.a[k]] + made.xyz[made.b[k]])[: scenario.domain.dimensions] / 2)
