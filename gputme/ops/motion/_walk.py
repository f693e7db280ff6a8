"""Runs of a persistent biased random walk: steered random directions, exponential run lengths.

The NumPy twin of ``kernels/motion/walk.h``; equations in :mod:`gputme.ops.motion.motility`. Vectors are (3, n) float64.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gputme.maths import exp, log, sincos_turn
from gputme.ops.motion._sphere import biased, direction
from gputme.rng import Stream, random_words, uniform

__all__ = ["Walk", "far", "first", "moments", "near", "walk_of"]

_FIRST = 255  # the draw of a cell's first direction; 0, 1, ... are the events of a step
_TWO_OVER_PI = 0.63661977236758134308

Way = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Of which cells, and along which m (3, n) they would go: where they go, as vectors of length 1 or less."""


@dataclass(frozen=True)
class Walk:
    """How some cells walk: unit vector steered to (0 where none), bias, persistence (min), and their keys."""

    d: np.ndarray
    bias: np.ndarray
    persistence: np.ndarray
    planar: bool
    seed: int
    tick: int
    ident: np.ndarray

    def of(self, some: np.ndarray) -> Walk:
        """The walk of some of the cells."""
        d, bias, persistence, ident = (
            a[..., some] for a in (self.d, self.bias, self.persistence, self.ident)
        )
        return Walk(d, bias, persistence, self.planar, self.seed, self.tick, ident)

    def draw(self, draw: int) -> tuple[np.ndarray, ...]:
        """Four random words for each cell."""
        return random_words(self.seed, self.tick, self.ident, Stream.MOTILITY, draw)

    def run(self, height: np.ndarray, turn: np.ndarray) -> np.ndarray:
        """The direction of a new run."""
        return biased(self.d, self.bias, direction(height, turn, self.planar))


def walk_of(bias, wanted, persistence, graded, planar, seed, tick, ident) -> Walk:
    """A walk towards the vectors ``wanted``; where ``graded``, the bias grows with their length, up to 1."""
    x, y, z = wanted
    norm = np.sqrt(x * x + y * y + z * z)
    steered = norm > 0
    per = np.divide(1.0, norm, out=np.zeros_like(norm), where=steered)
    bias = np.where(steered, np.clip(bias, 0.0, 1.0), 0.0)
    bias = np.where(graded, bias * np.minimum(norm, 1.0), bias)
    return Walk(wanted * per, bias, persistence, bool(planar), seed, tick, ident)


def first(walk: Walk) -> np.ndarray:
    """Directions of cells that have none yet."""
    words = walk.draw(_FIRST)
    return walk.run(words[0], words[1])


def wait(word: np.ndarray) -> np.ndarray:
    """An exponential waiting time of mean 1."""
    return -log(1.0 - uniform(word))


def near(walk: Walk, words: tuple, dt: float, m: np.ndarray, way: Way | None = None) -> np.ndarray:
    """Every run on its own: displacement per speed (min); m becomes the direction of the last run.

    ``way(which, m)``: where those cells really go that would go along m (3, n), as a vector; along m unless given.
    """
    way = way or (lambda which, m: m)
    d, left = np.zeros_like(m), np.full(m.shape[1], float(dt))
    active = np.arange(m.shape[1])
    for draw in range(1, _FIRST):
        likely = uniform(words[0]) * walk.persistence < left[active]  # -log(1 - u) > u: no event where false
        active, words, walk = active[likely], [w[likely] for w in words], walk.of(likely)
        run = wait(words[0]) * walk.persistence
        ends = run < left[active]
        active, words, walk, run = active[ends], [w[ends] for w in words], walk.of(ends), run[ends]
        if not active.size:
            break
        d[:, active] += run * way(active, m[:, active])
        left[active] -= run
        m[:, active] = walk.run(words[1], words[2])
        words = walk.draw(draw)
    return d + left * way(np.arange(m.shape[1]), m)


def moments(a: np.ndarray, planar: bool) -> tuple[np.ndarray, np.ndarray]:
    """Mean and mean square of the cosine between a run and where it is steered to, for a = bias / (1 - bias).

    3D: mean 2a/3 (a < 1), 1 - 1/(3 a^2); square [12 a^3 - 4a + 2 (a^2-1)^2 log((1+a)/|1-a|)] / (16 a^3).
    Plane: mean 2 [E(a) - (1-a^2) K(a)] / (pi a) (a < 1), 2 E(1/a) / pi; square 1/2, 1 - 1/(2 a^2), with the
    complete elliptic integrals by the arithmetic-geometric mean. Both follow from integrating
    (a + c) / sqrt(1 + a^2 + 2ac) and its square over the cosine c of a uniform direction.
    """
    a2, below = a * a, a < 1.0
    safe = np.where(below, 1.0, a)
    k = np.where(below, a, 1.0 / safe)
    k2 = k * k
    if planar:
        p, q, c, total, rest, power = np.ones_like(k), np.sqrt(1.0 - k2), k, 0.5 * k2, np.zeros_like(k), 0.5
        for _ in range(9):
            following = 0.5 * (p + q)
            q = np.sqrt(p * q)
            c = c * c / (4.0 * following)
            p = following
            power = 2.0 * power
            rest = rest + power * (c * c)
        slow = np.divide(total - rest, p * k, out=np.zeros_like(k), where=k > 0)
        mean = np.where(k < 1.0 - 1e-9, np.where(below, slow, (1.0 - total - rest) / p), _TWO_OVER_PI)
        return mean, np.where(below, 0.5, 1.0 - 0.5 / (safe * safe))
    mean = np.where(below, 2.0 * a / 3.0, 1.0 - 1.0 / (3.0 * (safe * safe)))
    e, gap = a2 - 1.0, np.where(below, 1.0 - a, a - 1.0)
    apart = gap > 1e-9
    log_term = np.where(apart, 2.0 * e * e * log((1.0 + a) / np.where(apart, gap, 1.0)), 0.0)
    small = a < 1e-3
    cube = np.where(small, 1.0, 16.0 * a2 * a)
    return mean, np.where(small, 1.0 / 3.0 + 2.0 * a2 / 15.0, (12.0 * a2 * a - 4.0 * a + log_term) / cube)


def far(walk: Walk, words: tuple, dt: float, m: np.ndarray) -> np.ndarray:
    """Many runs: the first and last on their own, between them a Gaussian of exact mean and covariance."""
    T = walk.persistence
    begin = np.minimum(wait(words[0]) * T, dt)
    left = dt - begin
    last = np.minimum(wait(words[1]) * T, left)
    between = left - last
    d = begin * m
    turned = left > 0
    m[:, turned] = walk.of(turned).run(words[2][turned], words[3][turned])
    d += last * m

    a = np.minimum(walk.bias / np.maximum(1.0 - walk.bias, 1e-6), 1e6)
    mean, square = moments(a, walk.planar)
    span = np.maximum(2.0 * T * (between - T * (1.0 - exp(-between / T))), 0.0)
    along = np.sqrt(span * np.maximum(square - mean * mean, 0.0))
    across = np.sqrt(span * np.maximum(1.0 - square if walk.planar else 0.5 * (1.0 - square), 0.0))
    words = walk.draw(1)
    r0, r1 = np.sqrt(2.0 * wait(words[0])), np.sqrt(2.0 * wait(words[2]))
    s0, c0 = sincos_turn(uniform(words[1]))
    _, c1 = sincos_turn(uniform(words[3]))
    g = np.array([r0 * c0, r0 * s0, np.zeros_like(r1) if walk.planar else r1 * c1])  # normal (Box-Muller)
    drift = mean * between + (along - across) * (g[0] * walk.d[0] + g[1] * walk.d[1] + g[2] * walk.d[2])
    return d + (across * g + drift * walk.d)
