r"""The right-hand side of a step and, exactly, all that comes in with it.

    b = u/dt + source + \sum_{walls} link * outside  [+ \sum links (u_neighbour - u) - \sum_{walls} link u]

The bracket is the explicit scheme's, with the fluxes of the present field; the implicit operator holds them itself.
``income`` is the sum over free voxels of b without the fluxes between voxels, but with links to fixed voxels
times their value (minus, if explicit, what walls and fixed voxels take at the present field). It is summed in
double, as fixed-point integers in shares, before b is rounded: so the balance of a step closes however b is rounded.
Units: u value, b value/min.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.ops.fields._operator import example_grid, fixed_links, gather, income_unit, quanta, shared, wall_terms

__all__ = ["AGREEMENT", "canonical", "example", "right_hand_side"]

AGREEMENT = "bitwise"
GRAIN = 1  # a share of the sum is a thread's


def right_hand_side(
    nx, ny, nz, periodic, varied, held, explicit_flux, per_dt, fastest, inflow, room, parts, sizes, links, faces,
    wall_loss, wall_gain, sink, source, u, b, income,
):  # fmt: skip
    """Write b and the shares of income (parts,). Fields: (nz*ny*nx,); wall_*: (2*(nx+ny+nz),) float64."""
    shape, n = (nz, ny, nx), nx * ny * nz
    u3, sink3, source3, b3 = (a[:n].reshape(shape) for a in (u, sink, source, b))
    wide = u3.astype(np.float64)
    flow = wide * per_dt + source3.astype(np.float64)
    flow = flow + wall_terms(shape, varied, wall_gain, faces, outward=False)
    flux = 0.0
    if explicit_flux:
        s, d = gather(shape, periodic, varied, u.dtype.type(0), links, faces, 0, u3)
        flux = (s - d * u3).astype(np.float64)
    b3[...] = flow + flux
    flush(b3)
    if explicit_flux:
        flow = flow - wall_terms(shape, varied, wall_loss, faces) * wide
    if held:
        lost, gained = fixed_links(shape, periodic, varied, links, faces, sink3, u3)
        flow = flow + gained
        if explicit_flux:
            flow = flow - lost.astype(np.float64) * wide
        flow[sink3 < 0] = 0.0
    shared(income, parts, quanta(flow, income_unit(sizes, fastest, inflow, room)).sum())


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """A box with walls whose links and outside values are arbitrary."""
    grid = example_grid(size, rng, real)
    m = grid["nx"] + grid["ny"] + grid["nz"]
    del grid["rate"]
    parts = int(rng.integers(1, 9))
    return grid | dict(
        explicit_flux=int(rng.integers(2)), per_dt=float(rng.choice([0.0, 1.0, 3.0])), fastest=4000.0, inflow=6e4,
        room=2.0**50 / grid["sink"].size, parts=parts, sizes=np.array([40.0, 40.0]).view(np.int64),
        wall_loss=rng.uniform(0, 500, 2 * m), wall_gain=rng.uniform(0, 2e4, 2 * m), source=grid["b"],
        b=np.zeros_like(grid["b"]), income=np.full(parts, 7, np.int64),
    )  # fmt: skip


def canonical(args: dict, results: dict) -> dict:
    """Which share holds what depends on the threads."""
    return results | {"income": results["income"].sum(keepdims=True)}
