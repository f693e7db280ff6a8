"""Immune cells against published measurements."""

from __future__ import annotations

import numpy as np
import pytest

from gputme.engine import Simulation
from gputme.model import load

HALF = 0.00143  # molecules/um3, at which tumour cells answer half
SEEDS = (1, 2, 3)


def around(count: int, seed: int, *overrides: str) -> tuple[np.ndarray, np.ndarray]:
    """Mean interferon gamma (molecules/um3) at distances (um) from the nearest of so many T cells, after two hours."""
    keys = [f"cells.1.count={count}", f"seed={seed}", *overrides]
    simulation = Simulation(load("ifn-gamma-niche", keys)).run("2 h")
    cells, field = simulation.cells, simulation.fields["IFN-gamma"].astype(np.float64)
    edge, mine = 300 / field.shape[0], cells["type"] == 1
    centres = (np.arange(field.shape[0]) + 0.5) * edge - 150
    nearest = np.full(field.shape, np.inf)
    for x, y, z in zip(*(cells[a][mine] for a in "xyz")):
        away = (np.abs(centres - a) for a in (z, y, x))
        dz, dy, dx = (np.minimum(a, 300 - a) for a in away)  # the tissue goes on
        nearest = np.minimum(nearest, np.sqrt(dz[:, None, None] ** 2 + dy[:, None] ** 2 + dx**2))
    bins = (nearest / 6).astype(int).ravel()
    number = np.bincount(bins)
    some = number > 0
    r, u = (np.bincount(bins, weights=w.ravel())[some] / number[some] for w in (nearest, field))
    return r, u


def reach(r: np.ndarray, u: np.ndarray, value: float = HALF) -> float:
    """The distance at which the field has fallen to a value; infinite where it never does."""
    below = np.flatnonzero(u < value)
    if not len(below):
        return np.inf
    k = below[0]
    return float(np.interp(-value, -u[k - 1 : k + 1], r[k - 1 : k + 1]))


def test_b15_one_t_cell_has_a_niche_that_many_overrun(measured):
    """Mean field against distance: T cells are 1, 12, 35, 70 and 140 of about 7000 cells.

    The half-maximum of the answer is a choice (0.11 of that of the uptake), and so is the distance that follows from
    it; the length of the fall, sqrt(D / k), is what is measured around T cells and not chosen.
    """
    alone = [around(1, seed) for seed in SEEDS]
    falls, ranges = [], []
    for r, u in alone:
        tail = (r > 40) & (r < 110)
        falls.append(-1 / np.polyfit(r[tail], np.log(u[tail] * r[tail]), 1)[0])
        ranges.append(reach(r, u))
    note = (
        "the half-maximum of the answer is chosen, 0.11 of that of the uptake. At that of the uptake itself (0.013 "
        "molecules/um3) no uptake at all would leave 16 um, S / (4 pi D K) for 26 molecules a second"
    )
    what = "length over which it falls off around one T cell, mean of 3 seeds"
    measured("B15", what, 42.5, np.mean(falls), 17.5, "um")
    what = "distance at which half of the answer is left, one T cell, mean of 3 seeds"
    measured("B15", what, 42.5, np.mean(ranges), 17.5, "um", note)
    several = {1: ranges}
    for count in (12, 35):
        several[count] = [reach(*around(count, seed)) for seed in SEEDS]
    widening = [b / a for few, more in ((1, 12), (12, 35)) for a, b in zip(several[few], several[more])]
    measured("B15", "widening from 1 to 12 to 35 T cells, the least of 3 seeds", "> 1", min(widening))
    overrun = [around(140, seed)[1].min() / HALF for seed in SEEDS]
    what = "2 % T cells: the lowest mean field over the half-maximum, the least of 3 seeds"
    measured("B15", what, "> 1", min(overrun))
    curves = {f"{count} T cell{'s' * (count > 1)}": around(count, 1) for count in (1, 12, 35, 70, 140)}
    measured.panel("B15", "interferon gamma around T cells", "distance to the nearest (um)", "molecules/um3", curves,
                   {"half of the answer": ([0, 150], [HALF, HALF])}, log="y")


def test_b15_the_niche_does_not_depend_on_voxels_or_the_step(measured):
    plain, fine = reach(*around(1, 1)), reach(*around(1, 1, "domain.voxel=6 um"))
    short = reach(*around(1, 1, "time.step=1 min"))
    measured("B15", "range around one T cell with voxels of 6 um over that with 10 um", 1, fine / plain, 0.03)
    measured("B15", "range around one T cell at a step of 1 min over that at 6 min", 1, short / plain, 0.01)


def test_b15_what_saturates_is_what_widens():
    """With an uptake of first order each T cell adds the same everywhere, however many there are."""
    linear = ["cell_type.tumour.exchange.IFN-gamma={ uptake = 0.956 }"]  # vmax / km
    means = {}
    for uptake, keys in (("linear", linear), ("saturating", [])):
        for count in (1, 140):
            keys_ = [f"cells.1.count={count}", *keys]
            field = Simulation(load("ifn-gamma-niche", keys_)).run("2 h").fields["IFN-gamma"]
            means[uptake, count] = field.mean(dtype=np.float64) / count
    assert means["linear", 140] == pytest.approx(means["linear", 1], rel=0.02)
    assert means["saturating", 140] > 5 * means["saturating", 1]
