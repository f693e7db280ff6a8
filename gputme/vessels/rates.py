"""What vessels grow and change by: what they sense, how fast they answer, and from when to when.

Sources: [O] Owen et al., Cancer Res 71:2826, 2011; [DU] Duswald et al., angiogenesis in BioDynaMo, 2023; [W] Welter &
Rieger, PLoS ONE 8:e70395, 2013, and the parameter sets of their program tumorcode; [S] Secomb et al., PLoS Comput Biol
9:e1002983, 2013; [AC] Anderson & Chaplain, Bull Math Biol 60:857, 1998; [AQ] the same as it is quoted elsewhere, not
checked against the paper; [D] a choice of this design.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple, Self

import numpy as np

from gputme.columns import TICKS
from gputme.maths import sincos_turn
from gputme.rng import Stream, random_words, uniform

__all__ = ["DYNE", "SIDE", "STEP", "UNIT", "Draw", "Numbers", "Rates", "Sensed", "Update"]

STEP = 10.0  # um: from one node of a sprout to the next
HOUR = 60.0  # min
DYNE = 7.5006e-4  # mmHg in a dyn/cm2
SIDE, UNIT = 2000.0, 36 * HOUR  # um and min: what lengths and times of `Numbers` are in [AC]


class Rates(NamedTuple):
    """How vessels answer."""

    sprouting: float = 2.5e-4
    """Sprouts per endothelial cell at much growth factor, 1/min [O]."""
    half: float = 0.5
    """Growth factor at which half of that holds, nM [O]."""
    cell: float = 400.0
    """Area of an endothelial cell on the wall, um2 [D] (20 um by 20 um)."""
    fork_distance: float = 80.0
    """Sprouts keep this far from forks along the vessel, um [W]."""
    distance: float = 60.0
    """And from forks and tips in space, um [DU]."""
    enclosed: float = 12 * HOUR
    """How long a vessel still sprouts once a tumour is around it, min [W] (12 to 24 h)."""
    speed: float = 0.083
    """Of a tip, um/min [W] (10 um in 2 h; [DU] 0.033, [S] 0.231)."""
    onward: float = 0.5
    """Weight of the direction that a tip has had [DU]."""
    chemotaxis: float = 0.3
    """Weight of the growth factor's gradient [DU]."""
    random: float = 0.2
    """Weight of a random direction [DU]."""
    branching: float = 1 / (24 * HOUR)
    """Branchings of a tip at much growth factor, 1/min [D]."""
    branch_age: float = 18 * HOUR
    """Between two branchings of a tip, or its sprouting and the first, at least so long, min [AC] (0.75 d)."""
    radius: float = 4.0
    """Of a new vessel, um [S] ([W] 2.6 to 4)."""
    new_wall: float = 1.0
    """Thickness of a new vessel's wall over that of a grown one's [W]."""
    reach: float = 10.0
    """A tip joins a vessel that is nearer than this, um [S]."""
    life: float = 50 * HOUR
    """How long a sprout lives without blood, min [W]: long enough among vessels, too short to cross a wide gap."""
    low: float = 0.1
    """Below this concentration of growth factor walls recover and no vessel dilates, nM [D]."""
    wall_loss: float = 0.05 / HOUR
    """Of the wall's thickness within a tumour, um/min [W], after images of Holash et al., Science 284:1994, 1999."""
    wall_gain: float = 1 / (50 * HOUR)
    """At which a wall recovers, 1/min [D]."""
    dilation: float = 1 / (144 * HOUR)
    """Of a vessel within a tumour in which blood flows, 1/min [W] (60 to 300 h)."""
    widest: float = 12.0
    """Radius up to which vessels dilate, um [W] (8 to 25)."""
    squeezed: float = 1.0
    """Radius at a pressure of 1 or more over that at 0 [W] (0.5 to 1; 1: none is squeezed)."""
    collapse: float = 1 / HOUR
    """Of a vessel without wall at low shear stress, 1/min [W] (0.1 to 1 an hour)."""
    shear: float = 2.5 * DYNE
    """Shear stress below which it collapses, mmHg [W] (0.5 to 5 dyn/cm2)."""


class Numbers(NamedTuple):
    """How tips on a lattice go, and what they do to what is around them: lengths in 2 mm, times in 1.5 d."""

    diffusion: float = 0.00035
    """D [AC]."""
    chemotaxis: float = 0.38
    """chi0 [AC]."""
    saturation: float = 0.6
    """alpha [AC]."""
    haptotaxis: float = 0.34
    """rho [AC]; 0.16 in later papers [AQ]."""
    making: float = 0.05
    """beta, of fibronectin [AC]."""
    binding: float = 0.1
    """gamma, of fibronectin [AC]."""
    uptake: float = 0.1
    """eta, of TAF [AC]."""
    age: float = 0.5
    """At which a tip may branch, and after that anew [AQ]: 0.75 d."""
    levels: tuple[float, ...] = (0.25, 0.45, 0.6, 0.68)
    """Of TAF, between which the chance to branch in a step is one of `branching` [AQ]."""
    branching: tuple[float, ...] = (0.0, 0.2, 0.3, 0.4, 1.0)
    ac98_compat: bool = False
    """Central differences, cut off at 0, instead of the exponential fit."""


class Sensed(NamedTuple):
    """What is around each node."""

    vegf: np.ndarray
    """Growth factor (nodes,), nM."""
    gradient: np.ndarray
    """Its gradient (3, nodes); only its direction counts."""
    tumour: np.ndarray
    """Whether a tumour is around (nodes,), bool."""
    pressure: np.ndarray
    """Of the tissue (nodes,), 0 to 1."""

    def those(self, rows: np.ndarray) -> Self:
        """At some nodes."""
        return type(self)(*(values[..., rows] for values in self))


class Draw(IntEnum):
    """Which of the random numbers of a node, or of a segment, in one update. Never renumber, only append."""

    SPROUT = 0  # node: when
    ASIDE = 1  # node: where to, if nothing says it
    WANDER = 2  # node of a tip: its random direction
    BRANCH = 3  # node of a tip: whether
    APART = 4  # node of a tip: in which plane
    COLLAPSE = 5  # segment: whether
    BED = 6  # fork of a bed at time 0: where along its vessel
    LATTICE = 7  # tip on a lattice: its step, whether it branches, and where to


class Update(NamedTuple):
    """One update: of which seed, from when to when, in which box."""

    seed: int
    start: int
    """1/1024 min."""
    ticks: int
    """How long, 1/1024 min."""
    lower: np.ndarray
    """Lower corner of the box, um; along an axis on which both corners are the same nothing grows (2D)."""
    upper: np.ndarray
    """Upper corner."""

    @property
    def end(self) -> int:
        return self.start + self.ticks

    @property
    def minutes(self) -> float:
        return self.ticks / TICKS

    def uniform(self, ids: np.ndarray, draw: Draw) -> np.ndarray:
        """A number in (0, 1) for each id."""
        return uniform(self._words(ids, draw)[0])

    def directions(self, ids: np.ndarray, draw: Draw) -> np.ndarray:
        """A random unit vector for each id (3, ids), in the plane of a flat box."""
        words = self._words(ids, draw)
        sine, cosine = sincos_turn(uniform(words[0]))
        up = 2.0 * uniform(words[1]) - 1.0 if self.upper[2] > self.lower[2] else np.zeros(len(sine))
        flat = np.sqrt(1.0 - up * up)
        return np.stack([flat * cosine, flat * sine, up])

    def flat(self, vectors: np.ndarray) -> np.ndarray:
        """(3, n) vectors without their part along an axis on which nothing grows."""
        return np.where((self.upper > self.lower)[:, None], vectors, 0.0)

    def _words(self, ids: np.ndarray, draw: Draw) -> tuple[np.ndarray, ...]:
        return random_words(self.seed, self.start, ids, Stream.VESSEL, int(draw))
