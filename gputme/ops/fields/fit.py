r"""What every face passes on of the value below it and of the value above it, by diffusion and flow together.

Between two points the flux of D u' = v u' is that of the exponential which solves it (Scharfetter and Gummel, IEEE
Trans Electron Devices 16:64, 1969; Il'in 1969; Roos, Stynes and Tobiska 2008): with a conductance G = D / distance and
a flow v, both um/min,

    flux = G [B(-v/G) u_below - B(v/G) u_above],   B(z) = z / (e^z - 1),   B(-z) = B(z) + z,

central differences where |v| << G, upwind where |v| >> G, and never negative: the operator is an M-matrix, and what
leaves one voxel enters the next. ``faces`` gets G B(-v/G) of all faces, then G B(v/G). Without a conductance the flow
alone carries: at a wall without a value, outwards with the voxel's, inwards with the wall's.

B is z / (exp z - 1) from |z| = 1/8 on (700 for more), below it 1 - z/2 + z^2/12 - z^4/720 + z^6/30240 - z^8/1209600,
which differs by less than rounding.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import exp, flush
from gputme.ops.fields._operator import example_grid, face_views

__all__ = ["AGREEMENT", "example", "fit"]

AGREEMENT = "bitwise"
GRAIN = 128


def fit(nx, ny, nz, varied, across, relative, flow, faces):
    """Write faces. across: (nx+ny+nz+3,) along x, then y, then z; relative, flow, faces: laid out as `face_views`."""
    shape = nz, ny, nx
    up, down = face_views(faces, shape), face_views(faces, shape, 1)
    start = 0
    for axis, v in enumerate(face_views(flow, shape)):
        count = v.shape[2 - axis]
        form = [1, 1, 1]
        form[2 - axis] = count
        conductance = np.broadcast_to(across[start : start + count].reshape(form), v.shape).astype(np.float64)
        start += count
        if varied:
            conductance = conductance * face_views(relative, shape)[axis].astype(np.float64)
        size = np.abs(v.astype(np.float64))
        with np.errstate(over="ignore"):
            z = np.divide(size, conductance, out=np.zeros_like(size), where=conductance > 0)
        against = conductance * _bernoulli(np.minimum(z, 700.0))
        along = against + size
        up[axis][...] = flush(np.where(v < 0, against, along).astype(faces.dtype))
        down[axis][...] = flush(np.where(v < 0, along, against).astype(faces.dtype))


def _bernoulli(z: np.ndarray) -> np.ndarray:
    """z / (e^z - 1) of z >= 0."""
    w = z * z
    p = w * (-1.0 / 1209600.0) + 1.0 / 30240.0
    p = p * w - 1.0 / 720.0
    p = p * w + 1.0 / 12.0
    p = p * w + 1.0
    near = z < 0.125
    return np.where(near, p - z * 0.5, z / (exp(np.where(near, 1.0, z)) - 1.0))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Flows of any size either way, or none; conductances of any size, or none."""
    grid = example_grid(size, rng, real)
    nx, ny, nz = (grid[name] for name in ("nx", "ny", "nz"))
    count, varied = (nx + 1) * ny * nz + nx * (ny + 1) * nz + nx * ny * (nz + 1), int(rng.integers(2))
    flow = rng.normal(size=count) * 10.0 ** rng.integers(-3, 5, count) * (rng.random(count) < 0.9)
    across = 10.0 ** rng.uniform(-2, 4, nx + ny + nz + 3) * (rng.random(nx + ny + nz + 3) < 0.9)
    return dict(
        nx=nx, ny=ny, nz=nz, varied=varied, across=across.astype(real),
        relative=rng.uniform(0, 1, max(1, varied * count)).astype(real), flow=flow.astype(real),
        faces=np.full(2 * count, np.nan).astype(real),
    )  # fmt: skip
