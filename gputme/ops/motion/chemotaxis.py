r"""Add what one substrate's gradient g contributes to where a cell wants to go, by its response chi.

    unit:      chi g / |g|             its direction, whatever its strength
    gradient:  chi g
    receptor:  chi K / (K + c)^2 g     the gradient of the occupancy c / (K + c) of a receptor

A gradient below ``least`` times the value is rounding of the field and gives no direction: otherwise the unit
form would steer cells by noise wherever the field is flat. The sum over substrates is the direction that
:mod:`gputme.ops.motion.motility` steers by; a static field serves haptotaxis in the same way.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.ops.behaviour import behaviour_of, example_behaviours

__all__ = ["AGREEMENT", "GRADIENT", "RECEPTOR", "UNIT", "chemotaxis", "example"]

AGREEMENT = "bitwise"
GRAIN = 256
UNIT, GRADIENT, RECEPTOR = range(3)


def chemotaxis(
    n, types, stride, behaviours, response, least, table, slot, ruled, form, half_max, type, value, gx, gy,
    gz, bx, by, bz,
):  # fmt: skip
    """Add to bx, by, bz (n,). value and gradient as sensed; form and half_max per cell type."""
    kind = type[:n]
    weight = behaviour_of(table, slot, ruled, stride, behaviours, kind, response).astype(np.float64)
    x, y, z, v = (a[:n].astype(np.float64) for a in (gx, gy, gz, value))
    norm = np.sqrt(x * x + y * y + z * z)
    steers = np.flatnonzero((weight != 0) & (norm > np.float64(least) * np.abs(v)) & (norm > 0))
    weight, v, norm, kind = weight[steers], v[steers], norm[steers], kind[steers]
    how, k = form[kind], half_max[kind].astype(np.float64)
    scale = np.where(how == UNIT, weight / norm, weight)
    bound = how == RECEPTOR
    k, v = k[bound], v[bound]
    scale[bound] = weight[bound] * (k / ((k + v) * (k + v)))
    for b, g in ((bx, x), (by, y), (bz, z)):
        b[steers] = flush(b[steers] + (scale * g[steers]).astype(b.dtype))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Three types, one per form; some cells with no response, some with no gradient."""
    types, count = 3, 5
    args = dict(
        n=size, types=types, response=3, least=1e-8, **example_behaviours(size, types, count, rng, real)
    )
    args["table"][3 + count * int(rng.integers(types))] = 0
    some, strength = rng.random(size) < 0.8, 10.0 ** rng.uniform(-9, 1, size)
    return args | dict(
        form=np.array([UNIT, GRADIENT, RECEPTOR], np.uint8), half_max=np.array([0, 0, 3], real),
        type=rng.integers(0, types, size).astype(np.uint8), value=rng.uniform(0, 38, size).astype(real),
        **{name: (some * rng.normal(0, strength)).astype(real) for name in ("gx", "gy", "gz")},
        **{name: rng.normal(0, 1, size).astype(real) for name in ("bx", "by", "bz")},
    )  # fmt: skip
