"""Of many cells that enter, few become metastases (scenario `inefficiency`): the product of stages that are set."""

from __future__ import annotations

import numpy as np
import pytest

from gputme import Simulation, load
from gputme.cascade import draws

SET = "set, not predicted"
STAGES = ("left portal vein", "arrested in liver", "came out in liver", "grew in liver", "colonised liver")


@pytest.mark.slow
def test_a34_b29_most_is_lost_after_cells_have_come_out(measured):
    """Ten seeds: a hundred thousand single cells."""
    rows = [Simulation(load("inefficiency", [f"seed={seed}"])).run().summary() for seed in range(1, 11)]
    entered, held, out, grew, gone_on = (sum(row[name] for row in rows) for name in STAGES)
    assert entered == 100_000
    for what, target, n, k in (
        ("share of single cells that are held and come out", 0.8, held, out),
        ("of these, share that begins to grow", 1 / 40, out, grew),
        ("of these, share that goes on", 1 / 100, grew, gone_on),
    ):
        measured("A34", what, target, k / n, 3 * (target * (1 - target) / n) ** 0.5, "", SET)
    loss = np.log(entered / np.array([out, gone_on]))
    after = 100 * (1 - loss[0] / loss[1])
    measured("B29", "share of the logarithm of the loss that comes after extravasation", 97, after, 2, "%", SET)
    measured("B29", "metastases per cell that entered, least of mice", "> 1e-4", gone_on / entered, note=SET)
    measured("B29", "metastases per cell that entered, most of mice", "< 1e-3", gone_on / entered, note=SET)


def test_a34_what_a_tally_draws(measured):
    """Cells begin to grow at 1/40 and go on at 1/100, by more draws than a run has."""
    numbers = np.array([draws.numbers(3, 5, id, draws.TALLY)[:2] for id in range(1, 60001)])
    n = len(numbers)
    for k, (what, share) in enumerate((("share that begins to grow", 1 / 40), ("share that goes on", 1 / 100))):
        drawn = (numbers[:, k] < share).mean()
        measured("A34", f"draws of a tally, {what}", share, drawn, 3 * (share / n) ** 0.5, "", SET)
