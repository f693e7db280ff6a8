r"""Add what one substrate's gradient g contributes to where a cell wants to go, by its response chi.

    unit:      chi g / |g|             its direction, whatever its strength
    gradient:  chi g
    receptor:  chi K / (K + c)^2 g     the gradient of the occupancy c / (K + c) of a receptor

The gradient is that of :mod:`gputme.ops.rules.sense`, of the cells that respond. One below ``least`` times the value is
rounding of the field and gives no direction: otherwise the unit form would steer cells by noise wherever the field is
flat. The sum over substrates is the direction that :mod:`gputme.ops.motion.motility` steers by; a static field serves
haptotaxis in the same way.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.ops.behaviour import behaviour_of, example_behaviours
from gputme.ops.exchange._cloud import cloud, example_cloud, sample, slopes

__all__ = ["AGREEMENT", "GRADIENT", "RECEPTOR", "UNIT", "chemotaxis", "example"]

AGREEMENT = "bitwise"
GRAIN = 256
UNIT, GRADIENT, RECEPTOR = range(3)


def chemotaxis(
    n, types, stride, behaviours, response, least, nx, ny, nz, x0, y0, z0, per_x, per_y, per_z, periodic, nearest,
    table, slot, ruled, form, half_max, type, x, y, z, u, bx, by, bz,
):  # fmt: skip
    """Add to bx, by, bz (n,). The field u (nz*ny*nx,) is sensed at x, y, z; form and half_max per cell type."""
    weight = behaviour_of(table, slot, ruled, stride, behaviours, type[:n], response).astype(np.float64)
    some = np.flatnonzero(weight != 0)
    spans = cloud(x[some], y[some], z[some], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic, nearest)
    slope = slopes(u, spans, nx, ny, nz, per_x, per_y, per_z, periodic)
    gx, gy, gz, v = (a.astype(np.float64) for a in (*slope, flush(sample(u, spans, nx, ny))))
    norm = np.sqrt(gx * gx + gy * gy + gz * gz)
    clear = np.flatnonzero((norm > np.float64(least) * np.abs(v)) & (norm > 0))
    steers, v, norm = some[clear], v[clear], norm[clear]
    weight, kind = weight[steers], type[steers]
    how, k = form[kind], half_max[kind].astype(np.float64)
    scale = np.where(how == UNIT, weight / norm, weight)
    bound = how == RECEPTOR
    k, v = k[bound], v[bound]
    scale[bound] = weight[bound] * (k / ((k + v) * (k + v)))
    for b, g in ((bx, gx), (by, gy), (bz, gz)):
        b[steers] = flush(b[steers] + (scale * g[clear]).astype(b.dtype))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Three types, one per form; some cells with no response, fields with flat parts."""
    types, count = 3, 5
    grid, where, voxels = example_cloud(size, rng, real)
    args = dict(
        n=size, types=types, response=3, least=float(rng.choice([1e-8, 0.02])),
        **grid, **example_behaviours(size, types, count, rng, real),
    )  # fmt: skip
    args["table"][3 + count * int(rng.integers(types))] = 0
    field = rng.uniform(0, 10.0 ** rng.uniform(-9, 2), voxels)
    field[: int(rng.integers(voxels + 1))] = 7
    return args | dict(
        form=np.array([UNIT, GRADIENT, RECEPTOR], np.uint8), half_max=np.array([0, 0, 3], real),
        type=rng.integers(0, types, size).astype(np.uint8), **where, u=field.astype(real),
        **{name: rng.normal(0, 1, size).astype(real) for name in ("bx", "by", "bz")},
    )  # fmt: skip
