r"""What flows through every face of the voxels, by the pressures on its two sides (Darcy's law).

    Q = -K (p_above - p_below) area / (distance volume)

in voxels of fluid per voxel and minute, positive towards larger indices; K is the hydraulic conductivity, um2/mmHg/min,
p in mmHg. The conductance of a face is that of the pressure's own operator (``_operator.py``; harmonic means where the
medium varies), so what flows into a voxel is, but for what its solve left, what vessels and lymph leave there. Through
a wall goes what its pressure drives, nothing where it has none.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.ops.fields._operator import along, example_grid, face_views

__all__ = ["AGREEMENT", "darcy", "example"]

AGREEMENT = "bitwise"
GRAIN = 512


def darcy(nx, ny, nz, periodic, varied, links, faces, wall_loss, wall_gain, p, flow):
    """Write the flows, laid out as `face_views`; p: (nz*ny*nx,)."""
    shape = nz, ny, nx
    wide = p[: nx * ny * nz].reshape(shape).astype(np.float64)
    lower, upper = (along(links, shape, part) for part in (0, 1))
    loss, gain = ([along(terms, shape, part) for part in (0, 1)] for terms in (wall_loss, wall_gain))
    for axis, out in enumerate(face_views(flow, shape)):
        place = 2 - axis
        pressure, q = np.moveaxis(wide, place, 0), np.zeros(np.moveaxis(out, place, 0).shape)
        below, above = (np.ravel(part[axis]).astype(np.float64) for part in (lower, upper))
        q[1:-1] = below[1:, None, None] * (pressure[:-1] - pressure[1:])
        if periodic >> axis & 1:
            q[0] = below[0] * (pressure[-1] - pressure[0])
            q[-1] = above[-1] * (pressure[-1] - pressure[0])
        else:
            q[0] = gain[0][axis].flat[0] - loss[0][axis].flat[0] * pressure[0]
            q[-1] = loss[1][axis].flat[-1] * pressure[-1] - gain[1][axis].flat[-1]
        if varied:
            q = q * np.moveaxis(face_views(faces, shape)[axis], place, 0).astype(np.float64)
        out[...] = flush(np.moveaxis(q, 0, place).astype(flow.dtype))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Any pressure in a box with any walls."""
    grid = example_grid(size, rng, real)
    nx, ny, nz = (grid[name] for name in ("nx", "ny", "nz"))
    m, count = nx + ny + nz, (nx + 1) * ny * nz + nx * (ny + 1) * nz + nx * ny * (nz + 1)
    names = "nx", "ny", "nz", "periodic", "links", "faces"
    return {name: grid[name] for name in names} | dict(
        varied=min(grid["varied"], 1), wall_loss=rng.uniform(0, 500, 2 * m), wall_gain=rng.uniform(0, 2e4, 2 * m),
        p=grid["u"], flow=np.full(count, np.nan, real),
    )  # fmt: skip
