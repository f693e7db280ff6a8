"""Mesenchymal cells colonise once they have turned back (scenario `met-required`)."""

from __future__ import annotations

import numpy as np
import pytest

from gputme import Simulation, load

MANY, MICE = 16, 12 / 14  # cells that a colony has more of (Luzzi 1998); mice with metastases (Tsai 2012)
FITTED = "fitted: arrivals per mouse, by the reversible arm; held out: the other, whose rate is a design choice"


def colonies(rate: str, seed: int) -> int:
    """Founders with more than MANY living epithelial descendants in the lung on day 13."""
    keys = f"body.organ.0.switch.0.rate={rate} /min", f"seed={seed}"
    cells = Simulation(load("met-required", keys)).run().organs["lung"].cells
    growing = (cells["type"] == 2) & (cells["death"] == 0)
    return int((np.unique(cells["clone"][growing], return_counts=True)[1] > MANY).sum())


@pytest.mark.slow
def test_b11_who_does_not_turn_back_colonises_less(measured):
    """Four seeds of each. Of n arrivals none founds a colony with the probability exp(-n p)."""
    reversible, sustained = (sum(colonies(rate, seed) for seed in range(1, 5)) for rate in ("1.4e-4", "2.3e-5"))
    fewer = 1 - (1 - MICE) ** (sustained / reversible)
    name = "share of mice with colonies of more than 16 cells on day 13, MET within 5 d over 30 d"
    measured("B11", name, 4, MICE / fewer, 2, note=FITTED)
    measured("B11", "colonies, MET within 30 d over 5 d", "< 0.5", sustained / reversible)
    assert colonies("0", 1) == 0
