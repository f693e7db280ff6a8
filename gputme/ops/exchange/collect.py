r"""Each cell books its share of what the field lost or gained in a step.

    internal += (taking u_i - giving) V_v dt

where u_i is the *new* field at the cell, sampled with the weights of the deposit: since the implicit step
takes sink_v u_v out of each voxel and sink_v = sum of w_iv taking_i, the bookings of all cells add up to what
all voxels exchanged. Amounts are values times um3.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.ops.exchange._cloud import cloud, example_cloud, sample

__all__ = ["AGREEMENT", "collect", "example"]

AGREEMENT = "bitwise"
GRAIN = 256


def collect(
    n, nx, ny, nz, x0, y0, z0, per_x, per_y, per_z, periodic, nearest, amount, x, y, z, taking, giving, u,
    internal,
):  # fmt: skip
    """Add to internal (n,) what n cells took up less what they gave; amount: voxel volume times step."""
    spans = cloud(x[:n], y[:n], z[:n], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic, nearest)
    gained = taking[:n] * sample(u, spans, nx, ny) - giving[:n]
    internal[:n] = flush(internal[:n] + gained * amount)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells that take up, secrete or do both, in a rough field."""
    grid, where, voxels = example_cloud(size, rng, real)
    taking, giving, internal = (rng.exponential(1, size).astype(real) for _ in range(3))
    u = rng.uniform(0, 38, voxels).astype(real)
    return dict(n=size, **grid, amount=8000.0, **where, taking=taking, giving=giving, u=u, internal=internal)
