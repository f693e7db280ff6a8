"""Leaders align the matrix and followers read it (B20; Metzcar 2025, figures 5 to 7).

`leader-follower`, ten seeds for each setting. The source shows pictures and names what they show: collective migration
at 0.5 um/min, with finite remodelling and with instant one; stigmergy, leaders gone and followers on their trails, at
0.8 um/min with instant remodelling; nothing at 0.1 um/min, nothing without readers or writers, and that lower rates of
remodelling matter. The read-outs are ours: how far out the followers' 95th percentile is, and into how many pieces the
cells have come apart, where neighbours are one piece up to the reach of their adhesion. Settings are compared by
Mann-Whitney's U over the seeds, one-sided.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from scipy.stats import mannwhitneyu

from gputme.engine import Simulation
from gputme.model import load

SEEDS = range(401, 411)
LEADER, FOLLOWER = 1, 2
REACH = 2.5 * 8.413  # um: 1.25 times the sum of two radii
START = 175.0  # um: the disc's radius


def rates(alignment: float, ordering: float) -> tuple[str, ...]:
    keys = dict(alignment=alignment, ordering=ordering)
    return tuple(f"cell_type.leader.matrix.{key}={value:g}" for key, value in keys.items())


def at_once(speed: float) -> tuple[str, ...]:
    """A voxel's fibres are wholly aligned within one step by the first leader that enters it."""
    return (*rates(1e5, 1e3), *(f"cell_type.{t}.motility.speed={speed}" for t in ("leader", "follower")))


SETTINGS = {
    "finite remodelling": (), "a quarter of it": rates(1, 0.001),
    "no writers": rates(0, 0),
    "no readers": ("cell_type.follower.matrix.guidance=0", "cell_type.follower.motility.bias=0"),
    "at once, 0.8 um/min": at_once(0.8), "at once, 0.5 um/min": at_once(0.5), "at once, 0.1 um/min": at_once(0.1),
}  # fmt: skip


@cache
def moved(setting: str, until: str) -> np.ndarray:
    """By seed: how far beyond the disc the followers' 95th percentile is (um), and the number of pieces: (2, seeds)."""
    found = []
    for seed in SEEDS:
        keys = [*SETTINGS[setting], f"seed={seed}", "numerics.threads=1"]
        cells = Simulation(load("leader-follower", keys)).run(until).cells
        where = np.array([cells["x"], cells["y"]]).T
        assert (cells["type"] == LEADER).sum() > 15
        outward = np.percentile(np.hypot(*where[cells["type"] == FOLLOWER].T), 95) - START
        found.append((outward, pieces(where)))
    return np.array(found).T


def pieces(where: np.ndarray) -> int:
    """How many pieces points (n, 2) make."""
    pairs = cKDTree(where).query_pairs(REACH, output_type="ndarray")
    touching = coo_array((np.ones(len(pairs)), pairs.T), shape=(len(where),) * 2)
    return connected_components(touching, directed=False)[0]


def p_that_no_more(more: np.ndarray, less: np.ndarray) -> float:
    return mannwhitneyu(more, less, alternative="greater").pvalue


@pytest.mark.slow
@pytest.mark.parametrize(("less", "most"), [("a quarter of it", 50), ("no writers", 20), ("no readers", 20)])
def test_b20_finite_remodelling_takes_the_followers_out(measured, less, most):
    out, apart = moved("finite remodelling", "1 d")
    held, _ = moved(less, "1 d")
    what = f"leaders and followers after 1 d: p that finite remodelling takes followers no further out than {less}"
    measured("B20", what, "< 0.01", p_that_no_more(out, held))
    measured("B20", "followers beyond the disc after 1 d: finite remodelling", "> 70", out.mean(), unit="um", note=NOTE)
    measured("B20", f"followers beyond the disc after 1 d: {less}", f"< {most}", held.mean(), unit="um")
    measured("B20", "pieces of 704 cells after 1 d: finite remodelling", "< 10", apart.mean())


NOTE = "bounds of distances and of pieces are design choices: the source names what its pictures show"


@pytest.mark.slow
def test_b20_instant_remodelling_makes_trails_a_strand_or_nothing_by_speed(measured):
    """Each at the time in which a cell walks 288 um; at 0.1 um/min half of that, in a day."""
    walk = "instant remodelling, walk of 288 um"
    (far, scattered), (near, whole) = moved("at once, 0.8 um/min", "6 h"), moved("at once, 0.5 um/min", "576 min")
    for speed, out in ((0.8, far), (0.5, near)):
        measured("B20", f"followers beyond the disc: {walk}, {speed} um/min", "> 100", out.mean(), unit="um")
    what = f"{walk}: p that at 0.8 um/min cells come apart into no more pieces than at 0.5"
    measured("B20", what, "< 0.01", p_that_no_more(scattered, whole))
    measured("B20", f"pieces at 0.8 um/min over those at 0.5: {walk}", "> 3", scattered.mean() / whole.mean())
    still, one = moved("at once, 0.1 um/min", "1 d")
    case = "instant remodelling, 0.1 um/min, 1 d"
    measured("B20", f"followers beyond the disc: {case}", "< 10", still.mean(), unit="um")
    measured("B20", f"pieces: {case}", 1, one.mean())
