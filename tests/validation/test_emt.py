"""Tumour cells change state by dose: the library's switches against the thresholds and times of Tian's circuit (B9).

A plate of wells, each with a dose of its own, in which half of the cells began epithelial and half as hybrids; counts
of ten seeds are added up, so that each well has more than a thousand cells of either beginning. Half of them have
changed at the threshold, interpolated between wells. The mean time in a state is the time that all cells spend in it
over the number that leave it.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from gputme.engine import Simulation
from gputme.model import load

E, H, M = range(3)
DOSES = np.array([0, 0.5, 0.54, 0.57, 0.6, 0.75, 0.9, 0.97, 1.1, 1.2, 1.5, 1.9, 2, 2.2, 2.5, 3, 4])
WELL = 100  # um
SEEDS = range(101, 111)
DAYS = 14


@cache
def plate() -> np.ndarray:
    """Cells by hour (every fourth), well, beginning (E, H) and state, of all seeds together."""
    return sum(one_plate(seed) for seed in SEEDS)


def one_plate(seed: int) -> np.ndarray:
    half = WELL * len(DOSES) // 2
    wells = [
        f"{{box=[[{k * WELL - half},-380],[{(k + 1) * WELL - half},380]],value={dose}}}" for k, dose in enumerate(DOSES)
    ]
    keys = (
        f"domain.size=[{2 * half},760]", f"substrate.TGF-beta.initial_regions=[{','.join(wells)}]",
        "substrate.TGF-beta.deposit=nearest", f"cells.0.box=[[{-half},-370],[{half},-10]]",
        f"cells.1.box=[[{-half},10],[{half},370]]", "cells.2.count=1", f"seed={seed}", "numerics.threads=1",
    )  # fmt: skip
    simulation, counts = Simulation(load("emt-dose", keys)), []

    def count(now: Simulation) -> None:
        cells = now.cells
        well = ((np.array(cells["x"]) + half) // WELL).astype(int)
        began = (np.array(cells["y"]) > 0).astype(int)
        place = (well * 2 + began) * 3 + np.array(cells["type"], int)
        counts.append(np.bincount(place, minlength=6 * len(DOSES)).reshape(-1, 2, 3))

    simulation.observe(count, every="4 h")
    simulation.run(f"{DAYS} d")
    return np.array(counts)


def crossing(doses: np.ndarray, changed: np.ndarray) -> float:
    """The dose at which half has changed, the share rising or falling between the first and the last."""
    if changed[0] > changed[-1]:
        changed = 1 - changed
    k = int(np.argmax(changed > 0.5))
    return float(np.interp(0.5, changed[k - 1 : k + 1], doses[k - 1 : k + 1]))


def stay(state: int, well: int) -> float:
    """Mean time in a state that nobody enters from behind, days: of both beginnings together."""
    cells = plate()[:, well].sum(1)
    days = np.arange(len(cells)) / 6
    here, beyond = cells[:, state], cells[:, state + 1 :].sum(1)
    return float(np.trapezoid(here, days) / (beyond[-1] - beyond[0]))


@pytest.mark.slow
def test_b9_half_of_the_cells_change_at_the_thresholds_of_the_circuit(measured):
    counts = plate()
    assert counts[0, :, [E, H], [E, H]].min() > 1000
    share = counts[-1] / counts[-1].sum(-1, keepdims=True)
    up, down, onward = share[:, E, H:].sum(-1), share[:, H, E], share[:, H, M]
    low, high = slice(5, 12), slice(1, 7)
    for what, target, found in (
        ("epithelial cells become hybrids", 1.01, crossing(DOSES[low], up[low])),
        ("hybrids turn back", 0.64, crossing(DOSES[high], down[high])),
        ("hybrids become mesenchymal", 2.02, crossing(DOSES[11:], onward[11:])),
    ):
        measured("B9", f"dose at which half have changed after 14 d: {what}", target, found, "15 %", "ng/mL", NOTE)
    at = DOSES.tolist().index(0.75)
    what = "hybrids at 0.75 ng/mL after 14 d, of cells that began as such less of those that began epithelial"
    measured("B9", what, "> 0.5", share[at, H, H] - share[at, E, H])
    measured.panel("B9", "cells that have changed after 14 d", "TGF-beta (ng/mL)", "share", {
        "epithelial to hybrid": (DOSES, up), "hybrid to epithelial": (DOSES, down),
        "hybrid to mesenchymal": (DOSES, onward),
    })  # fmt: skip


NOTE = "the circuit's own thresholds are limits of long exposure; the rates were set to reach them within 14 d"


@pytest.mark.slow
@pytest.mark.parametrize(("dose", "days"), [(1.1, 11.6), (1.2, 7.1), (1.5, 3.6), (2, 2.3), (2.5, 1.8), (4, 1.4)])
def test_b9_mean_times_to_become_a_hybrid(measured, dose, days):
    well = DOSES.tolist().index(dose)
    measured("B9", f"mean time from epithelial to hybrid at {dose:g} ng/mL", days, stay(E, well), "35 %", "d")


@pytest.mark.slow
@pytest.mark.parametrize(("dose", "days"), [(2.5, 14.3), (3, 11.4), (4, 9.5)])
def test_b9_mean_times_to_become_mesenchymal(measured, dose, days):
    well = DOSES.tolist().index(dose)
    found = stay(E, well) + stay(H, well)
    measured("B9", f"mean time from epithelial to mesenchymal at {dose:g} ng/mL", days, found, "35 %", "d")


@pytest.mark.slow
@pytest.mark.parametrize(("dose", "days"), [(0, 1.25), (0.5, 4.5)])
def test_b9_mean_times_to_turn_back(measured, dose, days):
    """Hybrids alone, of which hardly any come back."""
    well = DOSES.tolist().index(dose)
    cells = plate()[:, well, H]
    found = np.trapezoid(cells[:, H], np.arange(len(cells)) / 6) / (cells[0, H] - cells[-1, H])
    measured("B9", f"mean time from hybrid to epithelial at {dose:g} ng/mL", days, found, "35 %", "d")


def test_b9_mesenchymal_cells_stay_when_tgf_beta_is_gone(measured):
    """Two weeks at 4 ng/mL, then two without any: hybrids turn back, mesenchymal cells do not. Doses stand still
    meanwhile, so long steps are exact."""
    keys = [f"substrate.TGF-beta.initial_ramp.{end}=4 ng/mL" for end in ("low", "high")]
    keys += [f"cells.{k}.count=100" for k in range(3)]
    keys += ["time.end=28 d", "time.step=30 min"]
    left = []
    for seed in SEEDS:
        simulation = Simulation(load("emt-dose", [*keys, f"seed={seed}"])).run("14 d")
        simulation.fields["TGF-beta"] = 0
        before = simulation.living()
        after = simulation.run("28 d").living()
        assert before["mesenchymal"] > 220
        assert after["hybrid"] == 0
        assert after["epithelial"] == before["hybrid"] + before["epithelial"]
        left.append(after["mesenchymal"] / before["mesenchymal"])
    what = "mesenchymal cells 14 d after TGF-beta was taken away over those before, least of 10 seeds"
    measured("B9", what, 1, min(left))
