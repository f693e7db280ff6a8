r"""Sprouts on a lattice, after Anderson & Chaplain: tips n, fibronectin f, and the tumour's growth factor (TAF) c.

    dn/dt = D lap n - div(chi n grad c) - rho div(n grad f),   chi = chi0 / (1 + alpha c)
    df/dt = beta n - gamma n f,     dc/dt = -eta n c

A tip on site i goes to its neighbour j in a step k with the chance of the exponential fit (Scharfetter and Gummel)

    P = k D / h^2 B(-z),   z = [chi0 / (1 + alpha (c_i + c_j) / 2) (c_j - c_i) + rho (f_j - f_i)] / D,
    B(z) = z / (e^z - 1)

which is never negative, and whose mean is the drift itself. The paper has central differences,

    P = k D / h^2 +- k / (4 h^2) [chi (c_+ - c_-) + rho (f_+ - f_-)],

which fall below 0 where |z| > 2, as they do here at h = 1/200; cut off there (`ac98_compat`) tips are a fifth too slow.

Lengths are in sides of the lattice, times in any unit (2 mm and 1.5 d in the paper), concentrations relative; n is 1
where a tip is. Sources: [A] Anderson & Chaplain, Bull Math Biol 60:857, 1998; [S] the same as it is quoted elsewhere,
not checked against the paper; [D] a choice of this design.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Self

import numpy as np

from gputme.errors import RequestError
from gputme.maths import exp
from gputme.rng import Stream, random_words, uniform
from gputme.vessels.rates import Draw, Numbers

__all__ = ["Ends", "Lattice", "Numbers", "chances", "disc", "fibronectin", "hop", "line"]

WAYS = np.array([[-1, 1, 0, 0], [0, 0, -1, 1]])  # along x and y


class Ends(NamedTuple):
    """Tips: the ends of sprouts that still grow, in the order of their ids."""

    id: np.ndarray
    """Number of the sprout, from 1 on."""
    site: np.ndarray
    """Where it is, row by row along x."""
    born: np.ndarray
    """The step in which it began or last branched."""

    def those(self, which: np.ndarray) -> Self:
        """The rows that a mask names."""
        return type(self)(*(values[which] for values in self))


def line(n: int = 200) -> np.ndarray:
    """TAF of a line of tumour cells at x = 1, (n, n) [A]."""
    x, _ = _places(n)
    return np.tile(exp(-((1.0 - x) ** 2) / 0.45), (n, 1))


def disc(n: int = 200) -> np.ndarray:
    """TAF of a round tumour of radius 0.1 in the middle of the side x = 1, (n, n) [A]."""
    x, y = _places(n)
    r, far = np.sqrt((1.0 - x) ** 2 + (y - 0.5) ** 2), (np.sqrt(5.0) - 0.1) / (np.sqrt(5.0) - 1.0)
    return np.where(r <= 0.1, 1.0, (far - r) ** 2 / (far - 0.1) ** 2)


def fibronectin(n: int = 200) -> np.ndarray:
    """Fibronectin that has leaked from the vessel at x = 0, (n, n) [S]."""
    x, _ = _places(n)
    return np.tile(0.75 * exp(-(x**2) / 0.45), (n, 1))


def chances(taf: np.ndarray, fibre: np.ndarray, site: np.ndarray, step: float, numbers: Numbers) -> np.ndarray:
    """The chance (4, tips) to go from each site to its neighbours: below and above along x, then along y. None leaves
    the lattice."""
    there, inside = _neighbours(site, *taf.shape)
    ahead, c, f = np.where(inside, there, site), taf.reshape(-1), fibre.reshape(-1)
    behind, middle = site, 0.5 * (c[site] + c[ahead])
    if numbers.ac98_compat:
        behind, middle = ahead[[1, 0, 3, 2]], c[site]
    chi = numbers.chemotaxis / (1.0 + numbers.saturation * middle)
    z = (chi * (c[ahead] - c[behind]) + numbers.haptotaxis * (f[ahead] - f[behind])) / numbers.diffusion
    share = np.maximum(1.0 + 0.25 * z, 0.0) if numbers.ac98_compat else _bernoulli(-z)
    return np.where(inside, step * numbers.diffusion * taf.shape[1] ** 2 * share, 0.0)


def hop(site: np.ndarray, chance: np.ndarray, drawn: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Where tips go from their sites, by chances (4, tips) and a number in (0, 1) for each; most stay."""
    edges = np.cumsum(chance, axis=0)
    if (edges[-1:] > 1.0).any():
        raise RequestError("tips leave their sites more than once in a step: take a shorter one")
    way = (drawn >= edges).sum(axis=0)
    there = np.concatenate([_neighbours(site, *shape)[0], site[None]])
    return there[way, np.arange(len(site))]


@dataclass
class Lattice:
    """Sprouts that grow on n x n sites of h = 1/n, and what is around them."""

    taf: np.ndarray
    fibre: np.ndarray
    """Fibronectin."""
    numbers: Numbers = field(default_factory=Numbers)
    step: float = 0.001
    """k [D]."""
    seed: int = 1
    steps: int = 0
    """Taken so far."""
    tips: Ends = field(default_factory=lambda: Ends(*np.zeros((3, 0), np.int64)))
    next_id: int = 1
    owner: np.ndarray | None = None
    """Whose sprout runs through each site; 0: none, as everywhere unless given."""
    ways: list[np.ndarray] = field(default_factory=list)
    """Steps of tips (from, to, how many steps had been taken then, which tip), as they came."""

    def __post_init__(self) -> None:
        self.taf, self.fibre = (np.array(values, np.float64) for values in (self.taf, self.fibre))
        self.owner = np.zeros(self.taf.shape, np.int64) if self.owner is None else self.owner

    def begin(self, y: np.ndarray | list[float]) -> Self:
        """Tips at these places of the vessel at x = 0."""
        n = len(self.taf)
        row = np.floor(np.asarray(y, np.float64) * n).astype(np.int64)
        if len(np.unique(row)) < len(row) or ((row < 0) | (row >= n)).any() or self.owner.reshape(-1)[row * n].any():
            raise RequestError(f"tips begin on free sites of their own, {n} of which lie between y = 0 and y = 1")
        self._begin(row * n)
        return self

    def grow(self, time: float) -> Self:
        """On for a time, in whole steps."""
        return self.go_on(round(time / self.step))

    def go_on(self, steps: int) -> Self:
        """On for so many steps."""
        for _ in range(steps):
            self._go()
            self.steps += 1
            self._branch()
            self._feed()
        return self

    @property
    def way(self) -> np.ndarray:
        """All `ways`, (ways, 4)."""
        return np.concatenate([np.zeros((0, 4), np.int64), *self.ways])

    @property
    def places(self) -> tuple[np.ndarray, np.ndarray]:
        """x and y of the tips."""
        return self._xy(self.tips.site)

    @property
    def segments(self) -> np.ndarray:
        """What the sprouts have laid: x and y of both ends of pieces, (pieces, 2, 2)."""
        pairs = np.unique(np.sort(self.way[:, :2], axis=1), axis=0)
        return np.stack(self._xy(pairs), axis=-1)

    def _xy(self, site: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        n = len(self.taf)
        return (site % n + 0.5) / n, (site // n + 0.5) / n

    def _begin(self, site: np.ndarray) -> None:
        ids = self.next_id + np.arange(len(site))
        new = Ends(ids, site, np.full(len(site), self.steps))
        self.tips = Ends(*map(np.concatenate, zip(self.tips, new)))
        self.owner.reshape(-1)[site], self.next_id = ids, self.next_id + len(site)

    def _lay(self, site: np.ndarray, there: np.ndarray, when: int, ids: np.ndarray) -> None:
        self.ways.append(np.stack([site, there, np.full(len(ids), when), ids], axis=1)[there != site])

    def _go(self) -> None:
        """Tips go; one that comes to another's sprout, or with one of a lower id to the same site, joins and ends."""
        tips, owner = self.tips, self.owner.reshape(-1)
        chance = chances(self.taf, self.fibre, tips.site, self.step, self.numbers)
        there = hop(tips.site, chance, self._uniform(0), self.taf.shape)
        self._lay(tips.site, there, self.steps + 1, tips.id)
        free = np.flatnonzero(owner[there] == 0)
        first = free[np.unique(there[free], return_index=True)[1]]
        owner[there[first]] = tips.id[first]
        self.tips = tips._replace(site=there).those(owner[there] == tips.id)

    def _branch(self) -> None:
        """Old tips branch into free neighbours; where two come to the same one, that of the lower id does."""
        tips, owner = self.tips, self.owner.reshape(-1)
        there, inside = _neighbours(tips.site, *self.taf.shape)
        free = inside & (owner[np.where(inside, there, 0)] == 0)
        level = np.searchsorted(self.numbers.levels, self.taf.reshape(-1)[tips.site], "right")
        chance = np.array(self.numbers.branching)[level]
        old = self.steps - tips.born >= round(self.numbers.age / self.step)
        able = np.flatnonzero(old & free.any(axis=0) & (self._uniform(1) < chance))
        pick = np.floor(self._uniform(2) * free.sum(axis=0))[able]
        to = there[(np.cumsum(free[:, able], axis=0) > pick).argmax(axis=0), able]
        comes = np.sort(np.unique(to, return_index=True)[1])
        able, to = able[comes], to[comes]
        self._lay(tips.site[able], to, self.steps, self.next_id + np.arange(len(able)))
        tips.born[able] = self.steps
        self._begin(to)

    def _feed(self) -> None:
        """Tips make and bind fibronectin and take up TAF: exact for a step."""
        site, numbers = self.tips.site, self.numbers
        c, f, left = self.taf.reshape(-1), self.fibre.reshape(-1), exp(-numbers.binding * self.step)
        c[site] *= exp(-numbers.uptake * self.step)
        made = (1.0 - left) / numbers.binding if numbers.binding else self.step
        f[site] = f[site] * left + numbers.making * made

    def _uniform(self, word: int) -> np.ndarray:
        return uniform(random_words(self.seed, self.steps, self.tips.id, Stream.VESSEL, Draw.LATTICE)[word])


def _places(n: int) -> tuple[np.ndarray, np.ndarray]:
    """x of columns and y of rows."""
    x = (np.arange(n) + 0.5) / n
    return x, x[:, None]


def _neighbours(site: np.ndarray, ny: int, nx: int) -> tuple[np.ndarray, np.ndarray]:
    """The four neighbours of sites (4, sites), and whether they lie on the lattice."""
    x, y = site % nx + WAYS[0][:, None], site // nx + WAYS[1][:, None]
    return y * nx + x, (x >= 0) & (x < nx) & (y >= 0) & (y < ny)


def _bernoulli(z: np.ndarray) -> np.ndarray:
    """z / (e^z - 1)."""
    near = np.abs(z) < 1e-5
    safe = np.where(near, 1.0, z)
    return np.where(near, 1.0 - 0.5 * z, safe / (exp(safe) - 1.0))
