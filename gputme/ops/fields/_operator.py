"""The reaction-diffusion operator in NumPy: the twin of ``kernels/fields/operator.h``.

Finite volumes on a box of voxels with separable geometry. Per voxel and unit volume

    (rate + sink + sum own) u - sum_axes (lower u_- + upper u_+) = b

``links`` holds four numbers per axis and index (x, then y, then z): ``lower`` and ``upper`` = D / (width * distance)
[1/min] towards the neighbours, 0 where there is none, and the diagonal's share of either face, which is the same
inside and the wall's link at a wall. With ``varied`` 1, each is multiplied by the relative conductance of its face:
``faces`` holds (nz, ny, nx+1), then (nz, ny+1, nx), then (nz+1, ny, nx) numbers. Where a fluid flows (``varied`` 2), a
face passes on more one way than the other: ``faces`` holds so many numbers for what goes up through it per value below,
then as many for what comes down per value above (um/min, :mod:`gputme.ops.fields.fit`), and the links are 1 / width, or
0. A negative sink marks a fixed voxel.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from gputme.maths import from_bits

__all__ = [
    "along", "colour_mask", "example_grid", "face_views", "fixed_links", "gather", "income_unit", "outgo_unit",
    "quanta", "raise_peak", "shared", "sizes", "unit", "wall_terms",
]  # fmt: skip


def along(values: np.ndarray, shape: tuple[int, int, int], part: int = 0) -> list[np.ndarray]:
    """Part ``part`` of a per-axis array as arrays that broadcast along x, y and z over (nz, ny, nx)."""
    nz, ny, nx = shape
    start, out = part * (nx + ny + nz), []
    for n, form in ((nx, (nx,)), (ny, (ny, 1)), (nz, (nz, 1, 1))):
        out.append(values[start : start + n].reshape(form))
        start += n
    return out


def face_views(faces: np.ndarray, shape: tuple[int, int, int], part: int = 0) -> list[np.ndarray]:
    """Numbers of the faces normal to x, y and z: the first so many, or those of a further ``part``."""
    nz, ny, nx = shape
    forms = (nz, ny, nx + 1), (nz, ny + 1, nx), (nz + 1, ny, nx)
    counts = [form[0] * form[1] * form[2] for form in forms]
    start, out = part * sum(counts), []
    for form, size in zip(forms, counts):
        out.append(faces[start : start + size].reshape(form))
        start += size
    return out


def _cut(axis: int, part: slice) -> tuple[slice, ...]:
    """Index that cuts a (z, y, x) array along x (axis 0), y (1) or z (2)."""
    return (slice(None),) * (2 - axis) + (part,)


_FIRST, _LAST = slice(None, 1), slice(-1, None)
_BUT_FIRST, _BUT_LAST = slice(1, None), slice(None, -1)


def _pairs(axis: int, periodic: int) -> tuple[list, list]:
    """(voxel, neighbour) index pairs for the neighbours below, and above, along one axis."""
    down = [(_cut(axis, _BUT_FIRST), _cut(axis, _BUT_LAST))]
    up = [(_cut(axis, _BUT_LAST), _cut(axis, _BUT_FIRST))]
    if periodic >> axis & 1:
        down.append((_cut(axis, _FIRST), _cut(axis, _LAST)))
        up.append((_cut(axis, _LAST), _cut(axis, _FIRST)))
    return down, up


def _through(shape, varied, faces, outward: bool) -> list[tuple[np.ndarray, np.ndarray]]:
    """Per axis, what the faces below and above each voxel pass on of its own value (``outward``), or of what lies
    beyond them."""
    up = face_views(faces, shape)
    down = face_views(faces, shape, 1) if varied == 2 else up
    low, high = (down, up) if outward else (up, down)
    return [(low[a][_cut(a, _BUT_LAST)], high[a][_cut(a, _BUT_FIRST)]) for a in range(3)]


def _links(shape, varied, links, faces, parts=(0, 1), outward=False) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Per axis, two parts of the links, below and above: each times what its face passes on."""
    low, high = (along(links, shape, part) for part in parts)
    if varied:
        for axis, (below, above) in enumerate(_through(shape, varied, faces, outward)):
            low[axis], high[axis] = low[axis] * below, high[axis] * above
    return low, high


def _along_axis(a: np.ndarray, index: tuple, axis: int) -> np.ndarray:
    """``a[index]`` for an array that may have the axis's own broadcasting form."""
    return a[index] if a.ndim == 3 else a[index[2 - axis]]


def gather(shape, periodic, varied, rate, links, faces, b, u) -> tuple[np.ndarray, np.ndarray]:
    """s = b + sum of links * neighbours, and the diagonal without the sink. b: (nz, ny, nx) or 0."""
    s = np.zeros(shape, u.dtype) if np.isscalar(b) else b.copy()
    if varied:
        steps, across, x = _steps(shape, periodic, varied, rate, links, faces)
    else:
        steps, across, x = _still(shape, periodic, rate, links[: 4 * sum(shape)].tobytes(), links.dtype)
    for here, there, link in steps:
        s[here] += link * u[there]
    return s, across + x


def _steps(shape, periodic, varied, rate, links, faces) -> tuple[list, np.ndarray, np.ndarray]:
    """What `gather` adds up: (voxels, neighbours, links), and the diagonal in two parts, across x and along it."""
    lower, upper = _links(shape, varied, links, faces)
    low, high = _links(shape, varied, links, faces, (2, 3), outward=True)
    steps = [
        (here, there, _along_axis(link, here, axis))
        for axis in range(3)
        for pairs, link in zip(_pairs(axis, periodic), (lower[axis], upper[axis]))
        for here, there in pairs
        if range(shape[2 - axis])[here[-1]]  # a single layer has no neighbours
    ]
    return steps, rate + (low[1] + high[1]) + (low[2] + high[2]), low[0] + high[0]


@lru_cache(maxsize=256, typed=True)
def _still(shape, periodic, rate, links, dtype) -> tuple[list, np.ndarray, np.ndarray]:
    """The same where no face differs: kept, since a sweep over a small grid takes less time than to lay it out."""
    return _steps(shape, periodic, 0, rate, np.frombuffer(links, dtype), None)


def fixed_links(shape, periodic, varied, links, faces, sink, u) -> tuple[np.ndarray, np.ndarray]:
    """Sum of what voxels pass on to fixed neighbours per value, and what they get of the neighbours' values."""
    inward = _links(shape, varied, links, faces)
    outward = _links(shape, varied, links, faces, outward=True) if varied == 2 else inward
    fixed = sink < 0
    loss, gain = np.zeros(shape, u.dtype), np.zeros(shape, u.dtype)
    for axis in range(3):
        for pairs, leaves, comes in zip(_pairs(axis, periodic), outward, inward):
            for here, there in pairs:
                loss[here] += fixed[there] * _along_axis(leaves[axis], here, axis)
                gain[here] += fixed[there] * _along_axis(comes[axis], here, axis) * u[there]
    return loss, gain


def wall_terms(shape, varied, terms, faces, outward=True) -> np.ndarray:
    """Sum over the walls of a voxel of ``terms`` (float64; below, then above), times what their faces pass on of the
    voxel's value (``outward``), or of what lies beyond."""
    low, high = along(terms, shape, 0), along(terms, shape, 1)
    if varied:
        for axis, (below, above) in enumerate(_through(shape, varied, faces, outward)):
            low[axis] = low[axis] * below.astype(np.float64)
            high[axis] = high[axis] * above.astype(np.float64)
    x, y, z = (a + b for a, b in zip(low, high))
    return (x + y) + z


@lru_cache(maxsize=64)
def colour_mask(shape: tuple[int, int, int], periodic: int, colour: int) -> np.ndarray:
    """Voxels of one colour. Bit 0: parity of x + y + z; bits 1 to 3: in the last layer of an odd periodic axis.

    Where an odd axis closes on itself, its two ends would have the same parity and yet be neighbours.
    """
    z, y, x = np.ogrid[: shape[0], : shape[1], : shape[2]]
    mask = ((x ^ y ^ z) & 1) == (colour & 1)
    for axis, (index, n) in enumerate(((x, shape[2]), (y, shape[1]), (z, shape[0]))):
        if periodic >> axis & 1 and n & 1:
            mask &= (index == n - 1) == bool(colour >> (axis + 1) & 1)
        elif colour >> (axis + 1) & 1:
            mask[...] = False
    mask.flags.writeable = False
    return mask


def sizes(x: np.ndarray) -> np.ndarray:
    """|x|, where what is not finite counts as 3e38."""
    a = np.abs(x)
    return np.where(a <= x.dtype.type(3e38), a, x.dtype.type(3e38))


def raise_peak(peak: np.ndarray, k: int, values: np.ndarray) -> None:
    """Raise ``peak[k]``, the bits of a non-negative float64, to the largest of the values."""
    peak[k] = max(peak[k], np.float64(values.max(initial=0)).view(np.int64))


def quanta(x: np.ndarray, per_unit: float) -> np.ndarray:
    """Fixed-point integers nearest to x * per_unit, below 2^51 in size: their sum does not depend on order."""
    return (x * per_unit + 6755399441055744.0).view(np.int64) - 0x4338000000000000


def unit(bound: float, room: float) -> float:
    """Quanta per unit, a power of two, so that numbers up to ``bound`` stay below ``room`` quanta."""
    return float((np.array(room / bound).view(np.int64) & 0x7FF0 << 48).view(np.float64)) if bound > 0 else 1.0


def income_unit(sizes: np.ndarray, fastest: float, inflow: float, room: float) -> float:
    """The unit of what comes in, from the bits of the largest |u| and |source|."""
    u, source = from_bits(sizes[:2])
    return unit(u * fastest + source + inflow, room)


def outgo_unit(norms: np.ndarray, factor: float, room: float) -> float:
    """The unit of what leaves, from the bits of the norms of :mod:`gputme.ops.fields.residual_norm`."""
    return unit(2.0 * from_bits(norms[2]) * max(factor / 2, 1.0), room)


def shared(places: np.ndarray, parts: int, total: int) -> None:
    """A sum in shares: here the first holds it all. Which share holds what is free, their sum is not."""
    places[:parts] = 0
    places[0] = total


def example_grid(size: int, rng: np.random.Generator, real: type) -> dict:
    """A box of about ``size`` voxels: odd, thin, periodic, walls, varied conductance, sinks, fixed voxels."""
    nz = int(rng.choice([1, 2, max(1, round(size ** (1 / 3)))]))
    ny = max(1, round((size / nz) ** 0.5) + int(rng.integers(-1, 2)))
    nx = max(1, round(size / (nz * ny)))
    n, periodic, draw = nx * ny * nz, 0, rng.random()
    varied = int(draw < 0.4) + int(0.1 < draw < 0.3)  # 0: uniform, 1: varied, 2: flowing
    lower, upper, low, high = ([] for _ in range(4))
    for axis, m in enumerate((nx, ny, nz)):
        wraps = m > 1 and rng.random() < 0.3
        periodic |= int(wraps) << axis
        below, above = rng.uniform(200, 300, m), rng.uniform(200, 300, m)
        walls = rng.choice([0.0, 500.0], 2)
        low.append(below.copy()), high.append(above.copy())
        if not wraps:
            below[0] = above[-1] = 0
            low[-1][0], high[-1][-1] = walls
        lower.append(below), upper.append(above)
    count = (nx + 1) * ny * nz + nx * (ny + 1) * nz + nx * ny * (nz + 1)
    held = int(rng.random() < 0.5)
    sink = rng.uniform(0, 10, n).astype(real)
    if held:
        sink[rng.random(n) < 0.1] = -1
    return dict(
        nx=nx, ny=ny, nz=nz, periodic=periodic, varied=varied, held=held, rate=1.1,
        links=np.concatenate(lower + upper + low + high).astype(real),
        faces=rng.uniform(0.1, 1, max(1, varied * count)).astype(real), sink=sink,
        u=rng.uniform(0, 38, n).astype(real), b=rng.uniform(0, 38, n).astype(real),
    )  # fmt: skip
