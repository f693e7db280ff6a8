r"""The matrix over a step: laid down, broken down, crosslinked, aligned; exact for constant rates, whatever the step.

With the sums over the cells of a voxel (:mod:`gputme.ops.matrix.lay`; ``wear`` also of what degrades it from afar,
:mod:`gputme.ops.matrix.digest`):

    density     d rho/dt = sum r_i (target_i - rho) - k rho,    k = (wear + turnover) / (1 + resistance crosslink)
                so rho(t) = rho* + (rho - rho*) exp(-R t) with R = sum r_i + k and rho* = sum r_i target_i / R
    crosslink   d chi/dt = link (1 - chi)
    anisotropy  d a/dt   = order (1 - a)
    fibre       df/dt    = -(1 - a) |D| (f - D/|D|) along the sphere,   D = sum alignment_i s_i w_i
                so its angle to D shrinks as tan(angle/2) exp(-|D| integral of (1 - a) dt)

(Metzcar et al., Bull Math Biol, 2025, for one cell; crosslinks and their resistance after SPQSP-PDAC.) Resistance is
that of the step's start. Density, crosslink and anisotropy are rounded at random in fp32, which keeps increments below
half an ulp, and stay in [0, 1]. What is broken down, integral k rho dt, and laid down, the rest of the change, is
booked in quanta of 2^-32 of a full voxel.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import exp, fixed
from gputme.ops._dither import dither, mix
from gputme.ops.matrix._fibres import dot, upright
from gputme.state.voxels import QUANTUM

__all__ = ["AGREEMENT", "example", "remodel"]

AGREEMENT = "bitwise"
GRAIN = 2048


def _relaxed(value: np.ndarray, by: np.ndarray) -> np.ndarray:
    """A share that grows to 1, after ``by`` = rate times time."""
    return 1.0 - (1.0 - value) * exp(-by)


def _turned(f: np.ndarray, d: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Unit vectors f (3, n) whose angle to d has shrunk: tan(angle/2) by exp(-by |d|); d.f is not negative."""
    size = np.sqrt(dot(d, d))
    e = d / np.where(size > 0, size, 1.0)
    c = np.maximum(dot(f, e), 0.0)  # negative by rounding alone, where cells go against each other
    across = f - c * e
    s = np.sqrt(dot(across, across))
    t = s / (1.0 + c) * exp(-(size * by))
    t2 = t * t
    cosine, sine = (1.0 - t2) / (1.0 + t2), 2.0 * t / (1.0 + t2)
    turned = cosine * e + (sine / np.where(s > 1e-9, s, 1.0)) * across
    turned = turned / np.sqrt(dot(turned, turned))
    return np.where(size > 0, turned, f)


def remodel(
    voxels, fibres, crosslinks, tick, dt, turnover, resistance, rate, pull, wear, turn_x, turn_y, turn_z, order, link,
    density, fibre_x, fibre_y, fibre_z, anisotropy, crosslink, books,
):  # fmt: skip
    """Advance all arrays (voxels,) by dt min from ``tick``; the sums are 0 afterwards. books (2,): laid, broken."""
    noise = mix(tick, np.arange(voxels, dtype=np.uint64))
    real = density.dtype

    def taken(sums):
        found = sums[:voxels] * QUANTUM
        sums[:voxels] = 0
        return found

    def share(value, shift):
        return np.clip(dither(value, noise, shift, real), real.type(0), real.type(1))

    chi = crosslink[:voxels].astype(np.float64) if crosslinks else 0.0
    production, towards = taken(rate), taken(pull)
    loss = (taken(wear) + turnover) / (1.0 + resistance * chi)
    total = production + loss
    old = density[:voxels].astype(np.float64)
    rest = towards / np.where(total > 0, total, 1.0)
    gone = 1.0 - exp(-(total * dt))
    new = share(old + (rest - old) * gone, 0)
    there = rest * dt + (old - rest) * gone / np.where(total > 0, total, 1.0)  # integral of the density
    changed = total > 0
    density[:voxels] = np.where(changed, new, density[:voxels])
    broken = np.where(changed, fixed(loss * there, 1 / QUANTUM), 0)
    books[1] += broken.sum()
    books[0] += (np.where(changed, fixed(new.astype(np.float64) - old, 1 / QUANTUM), 0) + broken).sum()

    if crosslinks:
        linking = taken(link)
        linked = share(_relaxed(chi, linking * dt), 16)
        crosslink[:voxels] = np.where(linking > 0, linked, crosslink[:voxels])
    if fibres:
        d, ordering = np.array([taken(turn_x), taken(turn_y), taken(turn_z)]), taken(order)
        a = anisotropy[:voxels].astype(np.float64)
        loose = np.where(ordering > 0, (1.0 - exp(-(ordering * dt))) / np.where(ordering > 0, ordering, 1.0), dt)
        f = np.array([fibre_x[:voxels], fibre_y[:voxels], fibre_z[:voxels]], np.float64)
        f = f * upright(f)
        f = _turned(f / np.sqrt(dot(f, f)), d, (1.0 - a) * loose)
        turns = d.any(axis=0)
        for along, part in zip((fibre_x, fibre_y, fibre_z), f, strict=True):
            along[:voxels] = np.where(turns, part.astype(real), along[:voxels])
        ordered = share(_relaxed(a, ordering * dt), 32)
        anisotropy[:voxels] = np.where(ordering > 0, ordered, anisotropy[:voxels])


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Voxels with and without cells, some full, empty, fully aligned; rates from slow to stiff."""

    def some(most: float) -> np.ndarray:
        return fixed(10.0 ** rng.uniform(-5, most, size) * (rng.random(size) < 0.5), 1 / QUANTUM)

    def shares() -> np.ndarray:
        return np.where(rng.random(size) < 0.2, rng.choice([0.0, 1.0], size), rng.random(size)).astype(real)

    f = rng.normal(0, 1, (3, size))
    f /= np.linalg.norm(f, axis=0)
    d = rng.normal(0, 1, (3, size)) * some(1)
    d *= np.where(dot(d, f * upright(f)) < 0, -1.0, 1.0)
    rate = some(0)
    return dict(
        voxels=size, fibres=1, crosslinks=1, tick=int(rng.integers(2**40)), dt=float(rng.uniform(0.1, 6)),
        turnover=float(rng.choice([0, 2.4e-5])), resistance=5.0, rate=rate,
        pull=np.floor(rate * rng.random(size)).astype(np.int64), wear=some(-1),
        **dict(zip(("turn_x", "turn_y", "turn_z"), np.floor(d).astype(np.int64))), order=some(-1), link=some(-2),
        density=shares(), **dict(zip(("fibre_x", "fibre_y", "fibre_z"), f.astype(real))), anisotropy=shares(),
        crosslink=shares(), books=np.array([5, 7], np.int64),
    )  # fmt: skip
