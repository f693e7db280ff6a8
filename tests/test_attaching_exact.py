"""Cells that share partners attach and let go as the exact law has it, whatever the step and however many rounds."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from bonds_of import bonded
from scipy.linalg import expm

from gputme.engine import Simulation

SITES = np.stack(np.meshgrid(*[np.arange(-180.0, 181, 60)] * 3), axis=-1).reshape(-1, 3)
PLACES = 5.0 * np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1], [0, 0, 0]])  # all within reach
TIMES = (6, 12, 36)


def exact(k: int, most: int, r: float, d: float) -> list[tuple[float, float]]:
    """Mean and variance of the number of bonds of k cells, all neighbours, at TIMES: the master equation over all sets
    of bonds in which nobody has more than ``most``; each cell attaches at r and lets go at d."""
    edges = list(combinations(range(k), 2))
    allowed = [
        s for s in range(2 ** len(edges))
        if max(sum(s >> e & 1 for e, pair in enumerate(edges) if c in pair) for c in range(k)) <= most
    ]  # fmt: skip
    number = {s: n for n, s in enumerate(allowed)}
    rates = np.zeros((len(allowed), len(allowed)))
    for s in allowed:
        for e in range(len(edges)):
            if (other := s ^ (1 << e)) in number:
                rates[number[s], number[other]] += 2 * (d if s >> e & 1 else r)
    rates -= np.diag(rates.sum(axis=1))
    bonds = np.array([s.bit_count() for s in allowed], float)
    found = []
    for t in TIMES:
        p = expm(rates * t)[0]
        found.append((p @ bonds, p @ bonds**2 - (p @ bonds) ** 2))
    return found


@pytest.mark.parametrize("step", [0.5, 2, 6])
@pytest.mark.parametrize(
    ("k", "most", "r", "d"), [(3, 1, 0.05, 0.02), (4, 1, 0.1, 0.1), (4, 2, 0.2, 0.05), (5, 1, 0.3, 0), (5, 2, 0.1, 0.2)]
)
def test_cells_that_share_partners_follow_the_master_equation(tmp_path, k, most, r, d, step):
    places = np.concatenate([SITES + place for place in PLACES[:k]])
    asked = (
        "numerics.mechanics=false", f"cell_type.a.attachment.rate={r}", f"cell_type.a.attachment.detachment_rate={d}",
        f"cell_type.a.attachment.most={most}", f"time.step={step}", "output.every=36",
    )  # fmt: skip
    seeds, bonds = 6, np.zeros(len(TIMES))
    for seed in range(seeds):
        simulation = Simulation(bonded(tmp_path, places, [], *asked, f"seed={seed}"), backend="native")
        bonds += [len(simulation.run(minutes).bonds) for minutes in TIMES]
    n = seeds * len(SITES)
    for found, (mean, variance) in zip(bonds / n, exact(k, most, r, d)):
        assert found == pytest.approx(mean, abs=3.3 * np.sqrt(variance / n) + 1e-9), (found, mean)
