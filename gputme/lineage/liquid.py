r"""A liquid biopsy: tumour cells and their DNA in samples of blood.

The simulated piece stands for ``scale`` pieces, which do not shed at the same moments: N cells are on their way in the
blood on the mean since the sample before. A sample of volume v of the blood's V then holds a Poisson number of mean N
scale recovery v / V of them. A cell that dies sheds a share of its DNA at once, which is cleared by first order, so of
deaths at times t_i there is, in genomes of a tumour cell,

    D(t) = scale shed \sum_i exp(-\ln 2 (t - t_i) / t_half).

The plasma of a sample holds a Poisson number of its copies of one site, of which a cell has one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import poisson

from gputme.columns import TICKS
from gputme.lineage.history import Lineage
from gputme.model.biopsy import Liquid
from gputme.rng import Stream, random_words, uniform
from gputme.state.ledger import Event

__all__ = ["Samples", "drawn"]

SINGLE, CLUSTER, COPIES = 4, 5, 6  # draws
PER_ML = 1e12
"""um3 in a millilitre."""
GONE = 60.0
"""Half-lives after which nothing is left."""


@dataclass
class Samples:
    """(n,) one value per sample."""

    minutes: np.ndarray
    single: np.ndarray  # single cells in the simulated blood, on the mean since the sample before
    clusters: np.ndarray  # clusters there
    genomes: np.ndarray  # of the DNA of tumour cells, per ml of plasma
    found_single: np.ndarray  # in the sample
    found_clusters: np.ndarray
    found_copies: np.ndarray  # of one site, in its plasma
    positive: np.ndarray  # whether enough cells were found
    detected: np.ndarray  # whether enough copies were


def drawn(lineage: Lineage, given: Liquid) -> Samples:
    """Samples at the times that the scenario says, up to the frame."""
    step = max(round(given.every * TICKS), 1)
    ticks = np.arange(round(given.first * TICKS), lineage.tick + 1, step, dtype=np.int64)
    single, clusters = _on_their_way(lineage, ticks)
    share = given.sample / given.blood * given.scale
    genomes = given.scale * given.shed * _left(_deaths(lineage), ticks, given.half_life * TICKS)
    per_ml = genomes / (given.blood * given.plasma / PER_ML)
    counts = [
        _poisson(lineage, ticks, draw, mean)
        for draw, mean in (
            (SINGLE, single * share * given.recovery),
            (CLUSTER, clusters * share * given.recovery),
            (COPIES, per_ml * given.sample * given.plasma / PER_ML),
        )
    ]
    cells, copies = counts[0] + counts[1], counts[2]
    positive, detected = cells >= given.least_cells, copies >= given.least_copies
    return Samples(ticks / TICKS, single, clusters, per_ml, *counts, positive, detected)


def _poisson(lineage: Lineage, ticks: np.ndarray, draw: int, mean: np.ndarray) -> np.ndarray:
    words = random_words(lineage.scenario.seed, ticks, np.zeros(len(ticks), np.uint64), Stream.BIOPSY, draw)
    return np.where(mean > 0, poisson.ppf(uniform(words[0]), np.maximum(mean, 1e-300)), 0).astype(np.int64)


def _on_their_way(lineage: Lineage, ticks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean numbers of single cells and of clusters that flow in the blood from the sample before to each. What holds
    together is what entered together, and has not parted."""
    when, single, clusters = _flowing(lineage)
    if not len(when):
        return np.zeros(len(ticks)), np.zeros(len(ticks))
    means = []
    for number in (single, clusters):
        added = np.concatenate([[0.0], np.cumsum(number[:-1] * np.diff(when))])
        until = np.interp(ticks, when, added) + np.maximum(ticks - when[-1], 0) * number[-1]
        means.append(np.diff(until, prepend=0.0) / np.maximum(np.diff(ticks, prepend=0), 1))
    return means[0], means[1]


def _flowing(lineage: Lineage) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ticks at which something happened in the blood, and how many single cells and clusters flow from then on."""
    rows = lineage.ledger
    if not rows:
        return (np.zeros(0),) * 3
    order = np.lexsort((rows["event"], rows["tick"]))
    of: dict[int, tuple[int, int]] = {}  # what a cell is together with
    size: dict[tuple[int, int], int] = {}
    numbers, told = [0, 0], [(0, 0, 0)]

    def change(key: tuple[int, int], by: int) -> None:
        before, size[key] = size.get(key, 0), size.get(key, 0) + by
        for n, sign in ((before, -1), (size[key], 1)):
            if n:
                numbers[n > 1] += sign

    for cell, event, tick, unit in zip(*(rows[name][order].tolist() for name in ("cell", "event", "tick", "unit"))):
        if event == Event.ENTERED:
            of[cell] = (tick, unit)
            change(of[cell], 1)
        elif cell in of and event in (Event.PARTED, Event.HELD, Event.DIED):
            change(of.pop(cell), -1)
            if event == Event.PARTED:
                of[cell] = (tick, cell)
                change(of[cell], 1)
        told.append((tick, *numbers))
    return tuple(np.array(column, np.float64) for column in zip(*told))


def _deaths(lineage: Lineage) -> np.ndarray:
    """Ticks at which tumour cells died, in tissues and in the blood."""
    ends = lineage.genealogy.get("ends")
    alive = np.zeros(len(lineage), bool)
    if ends:
        alive[lineage.find(ends["cell"][ends["death"] == 0])] = True  # gone, and not dead
    died = lineage.tumour & (lineage.end <= lineage.tick) & ~alive
    if lineage.ledger:
        came = lineage.ledger["event"] == Event.CAME_OUT
        tallied = np.isin(lineage.ledger["tissue"], lineage.tallies) & came
        died[lineage.find(lineage.ledger["cell"][tallied])] = False
    return np.sort(lineage.end[died])


def _left(times: np.ndarray, ticks: np.ndarray, half: float) -> np.ndarray:
    """What is left at some ticks of one of something at each of the times."""
    left = np.zeros(len(ticks))
    for k, now in enumerate(ticks.tolist()):
        some = times[np.searchsorted(times, now - GONE * half) : np.searchsorted(times, now, side="right")]
        left[k] = np.exp2(-(now - some) / half).sum()
    return left
