r"""Velocity of each cell by adhesion and repulsion, its pressure, and how stiffly it is held.

Overdamped, so forces are velocities (um/min). For neighbours i, j at the distance d = max(|x_i - x_j|, 1e-5),
R = r_i + r_j, S = f_i r_i + f_j r_j,

    v_i = \sum_j [ \sqrt{c_i c_j} (1 - d/R)_+^2 - \sqrt{a_i A_ij a_j A_ji} (1 - d/S)_+^2 ] (x_i - x_j) / d,
    pressure_i = \sum_j (1 - d/R)_+^2 / 0.0272888   (1: twelve neighbours at close packing),

with c the repulsion, a the adhesion, A_ij the affinity of cell i to the type of j, f the relative maximum
adhesion distance. Coincident centres part in a direction drawn from the two ids. Potentials: Macklin et al.,
J Theor Biol 301:122 (2012); Ghaffarizadeh et al., PLoS Comput Biol 14:e1005991 (2018).

The stiffness is the largest absolute row sum of  K_i = \sum_j |F'(d)| n n^T  (n the direction, F' the slope
of the bracket): all rates of the linearised motion are below 2 max_i |K_i|, since for any displacement u
\sum_{pairs} k (n . (u_i - u_j))^2 <= 2 \sum_i u_i . K_i u_i.

Sums run over neighbours in (bin, id) order, whatever the order of cells in memory.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.ops.motion._pair import pair_strengths, part, strengths_of
from gputme.ops.neighbours._neighbours import Grid, add_pairs, pairs
from gputme.ops.neighbours._packed import example_packed

__all__ = ["AGREEMENT", "GRAIN", "example", "forces"]

AGREEMENT = "bitwise"
GRAIN = 32


def forces(
    n, nx, ny, nz, wx, wy, wz, planar, measure, paired, types, affinity, stride, behaviours, table, slot,
    ruled, repulsion, adhesion, start, bin, order, id, kind, size, reach, sx, sy, sz, vx, vy, vz, pressure,
    stiffness,
):  # fmt: skip
    """vx, vy, vz (um/min), pressure and (if ``measure``) stiffness (1/min), all (n,) by cell.

    Cells by place: kind, size (um, radius), reach (um, f r), sx, sy, sz (um). ``paired``: strengths from the
    tables repulsion, adhesion (types, types), :func:`gputme.ops.motion._pair.pair_strengths`; else by cell.
    """
    real = sx.dtype.type
    o = order[:n]
    kinds, radius, far = kind[:n].astype(np.int64), size[:n], reach[:n]
    grid = Grid((nx, ny, nz), (wx, wy, wz), start)
    strengths = strengths_of(
        paired, types, affinity, stride, behaviours, table, slot, ruled, repulsion, adhesion, kinds, o
    )
    v, squeeze, k = np.zeros((3, n), real), np.zeros(n, real), np.zeros((6, n), real)
    for a, b, dx, dy, dz, d2 in pairs(grid, bin[:n][o], sx[:n], sy[:n], sz[:n], radius, far):
        part(d2, (dx, dy, dz), id, o[a], o[b], planar)
        d = np.sqrt(d2)
        touch, hold = radius[a] + radius[b], far[a] + far[b]
        p = np.maximum(1 - d / touch, real(0))
        q = np.maximum(1 - d / hold, real(0))
        push, pull = strengths(a, b)
        pp = p * p
        g = (push * pp - pull * (q * q)) / d
        for total, component in zip(v, (dx, dy, dz)):
            add_pairs(total, a, b, g * component, -1)
        add_pairs(squeeze, a, b, pp)
        if measure:
            s = real(2) * np.abs(push * p / touch - pull * q / hold) / d2
            ux, uy, uz = s * dx, s * dy, s * dz
            for total, value in zip(k, (ux * dx, uy * dy, uz * dz, ux * dy, ux * dz, uy * dz)):
                add_pairs(total, a, b, value)
    vx[o], vy[o], vz[o] = flush(v)
    pressure[o] = flush(squeeze * real(1 / 0.0272888))
    if measure:
        xx, yy, zz, xy, xz, yz = *k[:3], *np.abs(k[3:])
        stiffness[o] = flush(np.maximum(np.maximum(xx + xy + xz, yy + xy + yz), zz + xz + yz))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Packed cells, with and without rules, walls and periods, two of them coincident."""
    e = example_packed(size, rng, real)
    conduct, affinity = e["conduct"], 12
    table = conduct["table"].reshape(conduct["types"], -1)
    paired = int(rng.integers(2))
    repulsion, adhesion = (s.ravel() for s in pair_strengths(table, affinity))
    return dict(
        n=size, planar=e["cells"]["planar"], measure=int(rng.integers(2)), paired=paired, affinity=affinity,
        **conduct, **e["grid"], **e["packed"], id=e["cells"]["id"], repulsion=repulsion, adhesion=adhesion,
        **{name: np.zeros(size, real) for name in ("vx", "vy", "vz", "pressure", "stiffness")},
    )  # fmt: skip
