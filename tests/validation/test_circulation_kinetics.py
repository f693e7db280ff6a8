"""How long cells stay in the blood (scenario `ctc-kinetics`), and how many are there."""

from __future__ import annotations

import numpy as np
import pytest

from gputme import Simulation, load
from gputme.columns import TICKS
from gputme.state.ledger import Event

SET = "set, not predicted"
HELD_OUT = "fitted: how many single cells are held, to 27.5 min; held out: clusters"
SINGLE, SHED, COHESIVE = range(3)
RATE, LOSS = 1e-3, np.log(2) / 27.5  # 1/min: of entry and of loss, of single cells
OWN_DEATH = 0.00578


def stays(*overrides: str, seed: int = 1) -> dict[str, np.ndarray]:
    """Of each cell that entered: its type, with how many it entered, when, and when it was out of the blood, min."""
    rows = Simulation(load("ctc-kinetics", [f"seed={seed}", *overrides])).run().ledger
    entered, out = rows["event"] == Event.ENTERED, (rows["event"] == Event.DIED) & (rows["tissue"] < 0)
    out |= rows["event"] == Event.HELD
    order = np.argsort(rows["cell"][entered])
    found = {name: rows[name][entered][order] for name in ("cell", "type", "cells", "tick")}
    gone = np.full(len(order), np.inf)
    gone[np.searchsorted(found["cell"], rows["cell"][out])] = rows["tick"][out] / TICKS
    return {"type": found["type"], "cells": found["cells"], "in": found["tick"] / TICKS, "out": gone}


def half(found: dict[str, np.ndarray], which: np.ndarray) -> float:
    return float(np.median((found["out"] - found["in"])[which]))


@pytest.fixture(scope="module")
def found() -> dict[str, np.ndarray]:
    """Of three seeds together."""
    runs = [stays(seed=seed) for seed in (1, 2, 3)]
    return {name: np.concatenate([run[name] for run in runs]) for name in runs[0]}


@pytest.mark.slow
def test_a31_the_load_of_the_blood_is_what_is_shed_over_the_rate_of_loss(found, measured):
    """Shed at 0.001 /min each, until few are left: N r / (k - r) [exp(-r t) - exp(-k t)] are there at t."""
    shed = found["type"] == SHED
    times = np.arange(120, 361, 6.0)
    there = [((found["in"] <= t) & (found["out"] > t) & shed).sum() for t in times]
    n = 3 * 1800
    expected = np.mean(n * RATE / (LOSS - RATE) * (np.exp(-RATE * times) - np.exp(-LOSS * times)))
    error = 3 * (expected * 2 / LOSS / 240) ** 0.5  # independent each 2 / loss
    measured("A31", "shed cells in the blood, 2 to 6 h, three runs of ctc-kinetics", expected, np.mean(there), error)
    single = found["type"] == SINGLE
    for n in (1, 2):
        share, sd = 0.5**n, (0.5**n * (1 - 0.5**n) / single.sum()) ** 0.5
        left = (found["out"] - found["in"])[single] > 27.5 * n
        measured("A31", f"share left {27.5 * n} min after all entered at once", share, left.mean(), 3 * sd)


@pytest.mark.slow
def test_b28_clusters_leave_the_blood_of_mice_sooner_as_any_cell_may_be_held(found, measured):
    several = (found["type"] == COHESIVE) & (found["cells"] > 1)
    name = "half-life in mice, cells of clusters of 2 and more"
    measured("B28", name, 8, half(found, several), 2, "min", HELD_OUT)
    measured("B28", "half-life in mice, single cells", 27.5, half(found, found["type"] == SINGLE), "10 %", "min", SET)
    units = found["cells"][several]
    measured("B28", "cells of a cluster on the mean", 4.05, len(units) / (1 / units).sum(), 1.25, "", SET)
    sizes = np.arange(2, 9)
    points = [half(found, (found["type"] == COHESIVE) & (found["cells"] == n)) for n in sizes]
    smooth = np.linspace(1, 8)
    alone = np.log(2) / (smooth * (LOSS - OWN_DEATH) + OWN_DEATH * smooth ** (-1 / 3))
    measured.panel(
        "B28", "Half-life in the blood of mice", "cells of the unit that entered", "min",
        {"ctc-kinetics": ([1, *sizes], [half(found, found["type"] == SINGLE), *points])},
        {"held n times as often": (smooth.tolist(), alone.tolist())},
    )  # fmt: skip
    assert half(found, (found["type"] == COHESIVE) & (found["cells"] == 1)) > 20


@pytest.mark.slow
@pytest.mark.parametrize("hours", [1.0, 2.4])
def test_b28_the_half_life_of_single_cells_of_patients_is_that_which_was_set(hours, measured):
    death = f"body.circulation.death={np.log(2) / (60 * hours)}"
    keys = death, "body.organ.0.arrest=0", "body.circulation.transit=30 d", "time.end=12 h"
    found = stays(*keys)
    value = half(found, found["type"] == SINGLE) / 60
    measured("B28", f"half-life of cells in the blood, set to {hours} h", hours, value, "10 %", "h", SET)
