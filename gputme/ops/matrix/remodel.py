r"""The matrix over a step, where cells are: laid down, broken down, crosslinked, aligned; exact for constant rates,
whatever the step.

With the sums over the cells of a voxel, what the appointed one does (:mod:`gputme.ops.matrix._deeds`) and what the
others do (:mod:`gputme.ops.matrix.lay`), and what degrades it from afar (``digested``,
:mod:`gputme.ops.matrix._digest`):

    density     d rho/dt = sum r_i (target_i - rho) - k rho
                with k = (wear + digested + turnover) / (1 + resistance crosslink),
                so rho(t) = rho* + (rho - rho*) exp(-R t) with R = sum r_i + k and rho* = sum r_i target_i / R
    crosslink   d chi/dt = link (1 - chi)
    anisotropy  d a/dt   = order (1 - a)
    fibre       df/dt    = -(1 - a) |D| (f - D/|D|) along the sphere,   D = sum alignment_i s_i w_i
                so its angle to D shrinks as tan(angle/2) exp(-|D| integral of (1 - a) dt)

(Metzcar et al., Bull Math Biol, 2025, for one cell; crosslinks and their resistance after SPQSP-PDAC.) Resistance is
that of the step's start. Density, crosslink and anisotropy are rounded at random in fp32, which keeps increments below
half an ulp, and stay in [0, 1]. What is broken down, integral k rho dt, and laid down, the rest of the change, is
booked in quanta of 2^-32 of a full voxel. Each voxel is seen to by the cell appointed there; where none is,
:mod:`gputme.ops.matrix.wane` does what remains.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import exp, fixed
from gputme.ops._dither import mix, share
from gputme.ops.matrix._deeds import deeds_of, example_doers
from gputme.ops.matrix._digest import digested, example_digestion
from gputme.ops.matrix._fibres import dot, upright
from gputme.ops.matrix.appoint import example_places
from gputme.voxels import FIBRE, QUANTUM, Deed

__all__ = ["AGREEMENT", "example", "remodel"]

AGREEMENT = "bitwise"
GRAIN = 1024


def _relaxed(value: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """A share that grows to 1, of whose distance to it so much is kept."""
    return 1.0 - (1.0 - value) * kept


def _turned(f: np.ndarray, d: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Unit vectors f (3, n) whose angle to d has shrunk: tan(angle/2) by exp(-by |d|); d.f is not negative."""
    size = np.sqrt(dot(d, d))
    e = d * (1.0 / np.where(size > 0, size, 1.0))
    c = np.maximum(dot(f, e), 0.0)  # negative by rounding alone, where cells go against each other
    across = f - c * e
    s = np.sqrt(dot(across, across))
    t = s / (1.0 + c) * exp(-(size * by))
    t2 = t * t
    onto, off = 1.0 - t2, (t + t) / np.where(s > 1e-9, s, 1.0)  # cosine and sine times 1 + t2, which is length alone
    to = onto * e + off * across
    return to * (1.0 / np.sqrt(dot(to, to)))


def remodel(
    n, types, voxels, fibres, crosslinks, digests, motility, first, tick, dt, turnover, resistance, stride, behaviours,
    table, slot, ruled, barrier, type, mx, my, mz, at, shared, sums, digestion, u, density, fibre_x, fibre_y, fibre_z,
    anisotropy, crosslink, books,
):  # fmt: skip
    """Advance the arrays (voxels,) by dt min from ``tick`` where one of n cells is; the sums (n * 8,) of what others do
    there, where ``shared`` says so, are 0 afterwards. books (2,): laid, broken."""
    place = np.flatnonzero(at[:n] >= 0)
    helped, by = shared[place] >= first, sums.reshape(-1, len(Deed))
    v, real = at[place], density.dtype
    deeds = deeds_of(
        place, fibres, crosslinks, motility, stride, behaviours, table, slot, ruled, barrier, type, at[:n], mx, my, mz,
        fibre_x, fibre_y, fibre_z, anisotropy,
    )  # fmt: skip
    deeds[:, helped] += by[place[helped]].T
    by[place[helped]] = 0
    noise = mix(tick, v.astype(np.uint64))
    chi = crosslink[v].astype(np.float64) if crosslinks else np.zeros(len(v))
    production, towards, linking, ordering = (deeds[d] * QUANTUM for d in (Deed.RATE, Deed.PULL, Deed.LINK, Deed.ORDER))
    afar = digested(digests, digestion, u, v, real)
    loss = (deeds[Deed.WEAR] * QUANTUM + turnover + afar) / (1.0 + resistance * chi)
    total = production + loss
    changed, old = total > 0, density[v].astype(np.float64)
    per = 1.0 / np.where(changed, total, 1.0)
    rest, gone = towards * per, 1.0 - exp(-(total * dt))
    new = np.where(changed, share(old + (rest - old) * gone, noise, 0, real), density[v])
    broken = np.where(changed, fixed(loss * (rest * dt + (old - rest) * gone * per), 1 / QUANTUM), 0)
    density[v] = new
    books[0] += (fixed(new.astype(np.float64) - old, 1 / QUANTUM) + broken).sum()
    books[1] += broken.sum()

    if crosslinks:
        linked = share(_relaxed(chi, exp(-(linking * dt))), noise, 16, real)
        crosslink[v] = np.where(linking > 0, linked, crosslink[v])
    if fibres:
        a, kept = anisotropy[v].astype(np.float64), exp(-(ordering * dt))
        loose = np.where(ordering > 0, (1.0 - kept) / np.where(ordering > 0, ordering, 1.0), dt)
        anisotropy[v] = np.where(ordering > 0, share(_relaxed(a, kept), noise, 32, real), anisotropy[v])
        d = deeds[[Deed.TURN_X, Deed.TURN_Y, Deed.TURN_Z]] * QUANTUM
        turns = d.any(axis=0)
        f = np.array([fibre_x[v[turns]], fibre_y[v[turns]], fibre_z[v[turns]]], np.float64)
        f = _turned(f * upright(f), d[:, turns], (1.0 - a[turns]) * loose[turns])
        for along, part in zip((fibre_x, fibre_y, fibre_z), f, strict=True):
            along[v[turns]] = part.astype(real)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Voxels with and without cells, some full, empty, fully aligned; rates from slow to stiff."""
    voxels = max(1, size // 2)
    at, keeper = example_places(size, voxels, rng)
    at = np.where(keeper[at] - (1 + size) == np.arange(size), at, -1)
    doers = example_doers(size, voxels, rng, real)

    def some(most: float, count: int = size) -> np.ndarray:
        return fixed(10.0 ** rng.uniform(-5, most, count) * (rng.random(count) < 0.5), 1 / QUANTUM)

    def shares() -> np.ndarray:
        return np.where(rng.random(voxels) < 0.2, rng.choice([0.0, 1.0], voxels), rng.random(voxels)).astype(real)

    shared = (at >= 0) & (rng.random(size) < 0.5)
    f = np.array([doers[name] for name in FIBRE], np.float64)
    d, there = rng.normal(0, 1, (3, size)) * some(1), (f * upright(f))[:, at]
    d *= np.where(dot(d, there) < 0, -1.0, 1.0)
    sums = np.zeros((size, len(Deed)), np.int64)
    for deed, most in ((Deed.RATE, 0), (Deed.WEAR, -1), (Deed.ORDER, -1), (Deed.LINK, -2)):
        sums[:, deed] = some(most)
    sums[:, Deed.PULL] = np.floor(sums[:, Deed.RATE] * rng.random(size))
    sums[:, [Deed.TURN_X, Deed.TURN_Y, Deed.TURN_Z]] = np.floor(d).T
    return dict(
        n=size, voxels=voxels, tick=int(rng.integers(2**40)), dt=float(rng.uniform(0.1, 6)),
        turnover=float(rng.choice([0, 2.4e-5])), resistance=5.0, **doers, at=at, first=1 + size,
        shared=np.where(shared, 1 + size, rng.integers(0, 1 + size, size)).astype(np.int32),
        sums=np.where(shared[:, None], sums, 0).ravel(),
        **example_digestion(voxels, 1, rng, real), density=shares(), anisotropy=shares(), crosslink=shares(),
        books=np.array([5, 7], np.int64),
    )  # fmt: skip
